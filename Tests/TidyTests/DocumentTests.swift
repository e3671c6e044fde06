import Foundation
import Testing

@Suite struct DocumentTests {
  /// The README and its pages, by their files.
  private static func pages(_ repository: Repository) throws -> [String: String] {
    var pages: [String: String] = [:]
    for file in repository.files
    where file == "README.md" || file.hasPrefix("Sources/orderhub/Documentation.docc/") && file.hasSuffix(".md") {
      let text: String = try #require(try repository.text(file), "\(file)")
      pages[file] = text
    }
    return pages
  }

  @Test func thePagesNameWhatIsThereAndAllOfIt() throws {
    let repository = try Repository()
    let facts = try DocumentRules.Facts(of: repository)
    let pages = try Self.pages(repository)
    #expect(DocumentRules(facts: facts).breaches(pages.sorted { $0.key < $1.key }.map(\.value)) == [])
    #expect(pages.count > 5)
    // What is compared was found at all.
    #expect(facts.commands.count >= 8)
    #expect(facts.options.isSuperset(of: ["tenant", "role", "repair"]))
    #expect(facts.routes.contains("PATCH /api/orders/:id/cancel"))
    #expect(facts.settings["PORT"] == "3002")
    #expect(facts.metrics.count >= 20)
    #expect(facts.closeCodes.contains("4408"))
    #expect(facts.callersVariables.isSuperset(of: ["KEEP_LOGS", "ORDERHUB_TEST_COSTS", "ORDERHUB_TEST_LONG", "TOKEN"]))
    #expect(facts.callersVariables.isDisjoint(with: ["PORT", "ORDERHUB_TEST_MONGOD", "HUB_PASSWORD"]))
  }

  @Test func theReadmeOpensWithTheTwoCommands() throws {
    let readme = try #require(try Repository().text("README.md"))
    let commands = DocumentRules.code(in: readme).prefix(2).map { String($0.prefix { $0 != " " }) }
    #expect(commands == ["scripts/run", "scripts/test"])
  }

  @Test func theReadmeIsShortAndLeadsToEveryPageItselfOrByTheFirst() throws {
    let repository = try Repository()
    let readme = try #require(try repository.text("README.md"))
    // What only some readers need stands on their page.
    #expect(readme.utf8.count < 10_240)
    let start = "Sources/orderhub/Documentation.docc/start.md"
    #expect(readme.contains("](\(start))"))
    let first = try #require(try repository.text(start))
    let pages = repository.files.filter { ![start, "README.md"].contains($0) && $0.hasSuffix(".md") }
    let missing = pages.filter { page in
      let name = page.split(separator: "/").last ?? ""
      return page.hasPrefix(CatalogueTests.folder) ? !first.contains("](\(name))") : !readme.contains("](\(page))")
    }
    #expect(missing == [])
    #expect(pages.contains("LoadTests/README.md"))
  }

  @Test func everyFileThatAPageNamesIsThere() throws {
    let repository = try Repository()
    let text = try Self.pages(repository).values.joined(separator: "\n")
    let named = DocumentRules.all(#/`((?:Sources|Tests)/[^`]+)`/#, in: text)
    #expect(named.filter { name in !repository.files.contains { $0 == name || $0.hasPrefix(name) } } == [])
    #expect(named.count > 5)
  }

  @Test func everyLinkOfAPageLeadsToSomething() throws {
    let repository = try Repository()
    var pages: [String: String] = [:]
    for file in repository.files where file.hasSuffix(".md") { pages[file] = try repository.text(file) }
    let rules = LinkRules(files: repository.files, pages: pages)
    #expect(pages.keys.sorted().flatMap(rules.breaches) == [])
    #expect(pages.values.map { LinkRules.targets(in: $0).count }.reduce(0, +) > 60)
  }

  @Test func everyMetricIsMadeInOnePlace() throws {
    let repository = try Repository()
    let table = try #require(try repository.text("Sources/HubRuntime/MetricName.swift"))
    let cases = DocumentRules.all(#/\n  case ([a-zA-Z]+) = "/#, in: table)
    #expect(cases.count > 50)
    var places: [String: [String]] = [:]
    for file in repository.files where file.hasPrefix("Sources/") && file.hasSuffix(".swift") {
      let made = DocumentRules.all(
        #/(?:counter|gauge|histogram)\(\s*\.([a-zA-Z]+)/#, in: try repository.text(file) ?? "")
      for name in made { places[name, default: []].append(file) }
    }
    // Two parts of a process that count under one name give series that cannot be told apart, or added up.
    #expect(places.filter { $0.value.count > 1 } == [:])
    #expect(Set(places.keys) == cases)
  }

  private static let rules = DocumentRules(
    facts: DocumentRules.Facts(
      commands: ["api"], options: ["repair"], scripts: ["run"], settings: ["PORT": "3002"],
      scriptVariables: ["KEEP_LOGS"], callersVariables: ["KEEP_LOGS"], routes: ["GET /api/orders/:id"],
      metrics: ["orderhub_up"], closeCodes: ["4401"]))

  private static let good = """
    Start `scripts/run`, or `KEEP_LOGS=1 orderhub api --repair`; it counts `orderhub_up`, as `orderhub_up 1`.
    ```sh
    curl "$API/api/orders/$ORDER"
    ```
    | `PORT` | `3002` | the port |
    | `GET /api/orders/:id` | an order |
    | `4401` | no token |
    | `orderhub_up` | whether it is |
    """

  @Test func allowsATextThatNamesAllThereIs() {
    #expect(Self.rules.breaches([Self.good]) == [])
  }

  @Test func allowsItOnSeveralPages() {
    let lines = Self.good.split(separator: "\n", omittingEmptySubsequences: false)
    let pages = [lines.prefix(4), lines.dropFirst(4)].map { $0.joined(separator: "\n") }
    #expect(Self.rules.breaches(pages) == [])
    // Of a list that stands on two pages one would grow old.
    #expect(Self.rules.breaches(pages + [pages[1]]).count == 4)
  }

  @Test(arguments: [
    ("orderhub api", "orderhub serve"), ("--repair", "--fix"), ("scripts/run", "scripts/start"),
    ("`3002`", "`3000`"), ("| `PORT`", "| `POTR`"), ("KEEP_LOGS", "KEEP_LOG"),
    ("$API/api/orders/$ORDER", "$API/api/order/$ORDER"), ("`GET /api", "`PUT /api"), ("orderhub_up", "orderhub_down"),
    ("`orderhub_up 1`", "`orderhub_away 1`"), ("| `orderhub_up`", "| up"),
    ("KEEP_LOGS=1 ", ""), ("`4401`", "`4402`"), ("| `4401` | no token |", ""),
    ("| `GET /api/orders/:id` | an order |", ""),
  ])
  func refusesWhatIsNotThereAndWhatIsLeftOut(part: String, other: String) {
    let text = Self.good.replacingOccurrences(of: part, with: other)
    #expect(text != Self.good)
    #expect(Self.rules.breaches([text]) != [])
  }

  @Test(arguments: [
    (#"if [[ -n ${KEEP_LOGS-} || -n ${A_B:-1} || -n $OURS ]]"#, true, ["A_B", "KEEP_LOGS"]),
    (#"os.environ.get("TOKEN") or os.environ["HUB"]"#, true, ["HUB", "TOKEN"]),
    (#"environment["ORDERHUB_TEST_COSTS"] ?? environment["PATH"]"#, false, ["ORDERHUB_TEST_COSTS"]),
  ])
  func findsWhatIsReadFromTheEnvironment(text: String, isScript: Bool, names: [String]) {
    #expect(DocumentRules.Facts.readVariables(text, isScript: isScript).sorted() == names)
  }

  @Test(arguments: [
    ("/api/orders/$ORDER", "/api/orders/:id", true), ("/api/orders", "/api/orders/:id", false),
    ("/api/orders/a/b", "/api/orders/:id", false), ("/api/order/a", "/api/orders/:id", false),
  ])
  func comparesAPathWithAPatternBySegments(path: String, pattern: String, fits: Bool) {
    #expect(DocumentRules.fits(path, Substring(pattern)) == fits)
  }
}
