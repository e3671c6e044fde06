import Foundation

/// What the README and its pages name, and what the repository has of it: each list is compared with the other.
struct DocumentRules {
  /// What is there, read from the sources' text.
  struct Facts: Equatable {
    /// `api`, `token`, …
    var commands: Set<String> = []
    /// The templates of notices that workflows name.
    var templates: Set<String> = []
    /// Every option of every command, without its dashes.
    var options: Set<String> = []
    /// The files under `scripts/`, without that folder.
    var scripts: Set<String> = []
    /// Names and defaults, of `.env.example`.
    var settings: [String: String] = [:]
    /// Other words that the scripts read from the environment.
    var scriptVariables: Set<String> = []
    /// Those of them, and of the tests' own, that whoever calls a script may set: nothing else sets them.
    var callersVariables: Set<String> = []
    /// `GET /api/orders/:id`
    var routes: Set<String> = []
    /// Names of metrics.
    var metrics: Set<String> = []
    /// The codes that a WebSocket is closed with.
    var closeCodes: Set<String> = []
  }

  let facts: Facts

  /// What is wrong with some pages, a line each; empty if nothing is. Each list may stand on any page, a row of it once.
  func breaches(_ pages: [String]) -> [String] {
    // A fence that is left open must not reach into the next page.
    let code = pages.flatMap(Self.code)
    let text = pages.map { "\n" + $0 }.joined(separator: "\n")
    return commandBreaches(code) + settingBreaches(text, code) + routeBreaches(text, code) + metricBreaches(text, code)
      + rows("close code", #/\n\| `([0-9]{4})` /#, in: text, there: facts.closeCodes)
  }

  private func commandBreaches(_ code: [String]) -> [String] {
    var breaches: [String] = []
    var commands: Set<String> = []
    for line in code {
      for found in line.matches(of: #/(?:^|[ (`])orderhub ([a-z]+)(.*)/#) {
        commands.insert(String(found.1))
        for option in found.2.matches(of: #/(?:^| )--([a-z-]+)/#) where !facts.options.contains(String(option.1)) {
          breaches.append("orderhub \(found.1) has no option --\(option.1)")
        }
      }
      for found in line.matches(of: #/scripts/([a-z-]+(?:/[a-z.-]+)?)/#) where !facts.scripts.contains(String(found.1))
      {
        breaches.append("there is no scripts/\(found.1)")
      }
    }
    return breaches + differences("command", named: commands, there: facts.commands)
  }

  private func settingBreaches(_ text: String, _ code: [String]) -> [String] {
    var breaches = rows(
      "setting", #/\n\| `([A-Z][A-Z0-9_]*)` *\| (?:`[^`]*`)? *\|/#, in: text, there: Set(facts.settings.keys))
    for row in text.matches(of: #/\n\| `([A-Z][A-Z0-9_]*)` *\| (?:`([^`]*)`)? *\|/#) {
      let (name, value) = (String(row.1), String(row.2 ?? ""))
      guard let wanted = facts.settings[name], wanted != value else { continue }
      breaches.append("the default of \(name) is \(wanted), not \(value)")
    }
    // Names with an underscore are settings, wherever they stand; the examples' own variables have none.
    for word in Self.all(#/\b([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])\b/#, in: code.joined(separator: "\n"))
    where facts.settings[word] == nil && !facts.scriptVariables.contains(word) && !facts.templates.contains(word) {
      breaches.append("\(word) is neither a setting nor a variable of the scripts")
    }
    let named = Self.all(#/\b([A-Z][A-Z0-9_]+)\b/#, in: code.joined(separator: "\n"))
    return breaches
      + facts.callersVariables.subtracting(named).sorted().map { "the variable \($0) is not in it" }
  }

  private func routeBreaches(_ text: String, _ code: [String]) -> [String] {
    var breaches = rows("route", #/\n\| `([A-Z]+ /[^`]*)` /#, in: text, there: facts.routes)
    let patterns = facts.routes.compactMap { $0.split(separator: " ").last }
    // A path in an example, as in `$API/api/orders/$ORDER/remaining`.
    for path in Self.all(#/(/api/[^\s"'?)`<]*[^\s"'?)`</.,])/#, in: code.joined(separator: "\n"))
    where !patterns.contains(where: { Self.fits(path, $0) }) {
      breaches.append("no route has the path \(path)")
    }
    return breaches
  }

  private func metricBreaches(_ text: String, _ code: [String]) -> [String] {
    let named = Self.all(#/\b(orderhub_[a-z_]+)\b/#, in: code.joined(separator: "\n"))
    return rows("metric", #/\n\| `(orderhub_[a-z_]+)` /#, in: text, there: facts.metrics)
      + named.subtracting(facts.metrics).sorted().map { "\($0) is named, and there is no such metric" }
  }

  /// Whether the rows that a pattern finds are what is there, each once.
  private func rows(
    _ what: String, _ pattern: Regex<(Substring, Substring)>, in text: String, there: Set<String>
  ) -> [String] {
    let found = text.matches(of: pattern).map { String($0.1) }
    let counts = Dictionary(grouping: found, by: { $0 }).mapValues(\.count)
    return differences(what, named: Set(found), there: there)
      + counts.filter { $0.value > 1 }.keys.sorted().map { "the \(what) \($0) has more than one row" }
  }

  private func differences(_ what: String, named: Set<String>, there: Set<String>) -> [String] {
    named.subtracting(there).sorted().map { "there is no \(what) \($0)" }
      + there.subtracting(named).sorted().map { "the \(what) \($0) is not in it" }
  }

  /// Whether a path is one of a pattern's; a segment `:name` fits every segment.
  static func fits(_ path: String, _ pattern: Substring) -> Bool {
    let (path, pattern) = (path.split(separator: "/"), pattern.split(separator: "/"))
    return path.count == pattern.count && zip(path, pattern).allSatisfy { $1.hasPrefix(":") || $0 == $1 }
  }

  /// The lines of fenced blocks, and the spans between backticks.
  static func code(in text: String) -> [String] {
    var code: [String] = []
    var isFenced = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isFenced.toggle()
      } else if isFenced {
        code.append(String(line))
      } else {
        code += line.matches(of: #/`([^`]+)`/#).map { String($0.1) }
      }
    }
    return code
  }

  /// Every first group of a pattern's matches.
  static func all(_ pattern: Regex<(Substring, Substring)>, in text: String) -> Set<String> {
    Set(text.matches(of: pattern).map { String($0.1) })
  }
}

extension DocumentRules.Facts {
  /// What a repository has.
  init(of repository: Repository) throws {
    func text(_ file: String) throws -> String {
      guard let text = try repository.text(file) else { throw Unreadable(file: file) }
      return text
    }
    for file in repository.files where file.hasPrefix("Sources/") && file.hasSuffix(".swift") {
      let source = try text(file)
      templates.formUnion(DocumentRules.all(#/\.notify\("([A-Z_]+)"\)/#, in: source))
      metrics.formUnion(DocumentRules.all(#/"(orderhub_[a-z_]+)"/#, in: source))
      guard file.hasPrefix("Sources/orderhub/") else { continue }
      commands.formUnion(DocumentRules.all(#/Subcommand\(\s*name: "([a-z]+)"/#, in: source))
      options.formUnion(DocumentRules.all(#/Option\(\s*name: "([a-z-]+)"/#, in: source))
    }
    for file in repository.files where file.hasPrefix("Sources/API/") && file.contains("/Routes") {
      for route in try text(file).matches(of: #/method: \.([a-z]+), pattern: "([^"]+)"/#) {
        routes.insert("\(route.1.uppercased()) \(route.2)")
      }
    }
    closeCodes = DocumentRules.all(
      #/case [a-zA-Z]+ = ([0-9]{4})/#, in: try text("Sources/LiveProtocol/CloseCode.swift"))
    for line in try text(".env.example").split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { settings[String(parts[0])] = String(parts[1]) }
    }
    try addVariables(of: repository)
    for file in repository.files where file.hasPrefix("scripts/") {
      scripts.insert(String(file.dropFirst("scripts/".count)))
      let names = DocumentRules.all(#/\$\{?([A-Z][A-Z0-9_]+)/#, in: try text(file))
      scriptVariables.formUnion(names)
      // What only the tests read is in the help of scripts/test.
      scriptVariables.formUnion(DocumentRules.all(#/\n  (ORDERHUB_TEST_[A-Z_]+)=/#, in: try text(file)))
    }
  }

  /// What scripts and tests read from their environment and no script sets.
  private mutating func addVariables(of repository: Repository) throws {
    var ours: Set<String> = ["TERM", "SUDO_USER"]
    for file in repository.files where file.hasPrefix("scripts/") || file.hasPrefix("Tests/") {
      guard let text = try repository.text(file) else { continue }
      callersVariables.formUnion(Self.readVariables(text, isScript: file.hasPrefix("scripts/")))
      if file.hasPrefix("scripts/") { ours.formUnion(DocumentRules.all(#/\b([A-Z][A-Z0-9_]+)=["$]/#, in: text)) }
    }
    // A binary is both: the caller's for `scripts/run`, and the one that was built for the tests.
    callersVariables = callersVariables.subtracting(ours).subtracting(settings.keys).union(["ORDERHUB_BIN"])
  }

  /// The variables that a text reads as one does that may be missing: `${NAME-}` of a shell, `environ` of Python, and those
  /// of the hub that a Swift test asks for.
  static func readVariables(_ text: String, isScript: Bool) -> Set<String> {
    guard isScript else { return DocumentRules.all(#/environment\["(ORDERHUB_[A-Z_]+)"\]/#, in: text) }
    return DocumentRules.all(#/\$\{([A-Z][A-Z0-9_]+):?-/#, in: text)
      .union(DocumentRules.all(#/environ(?:\.get\(|\[)"([A-Z][A-Z0-9_]+)"/#, in: text))
  }

  /// A file that is not there, or is no text.
  struct Unreadable: Error {
    let file: String
  }
}
