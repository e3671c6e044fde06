import Foundation
import HubTestSupport
import Testing

/// The catalogue of the documents beside what is made from it, and what it is made from.
@Suite struct CatalogueTests {
  static let folder = "Sources/orderhub/Documentation.docc/"

  @Test func theProgramBringsEveryFileOfIt() throws {
    let repository = try Repository()
    let files = repository.files.filter { $0.hasPrefix(Self.folder) }.map { String($0.dropFirst(Self.folder.count)) }
    let source = try #require(try repository.text("Sources/CLibraries/CDocuments/documents.c"))
    let embedded = source.matches(of: #/\n#embed "\.\./\.\./(orderhub/Documentation\.docc/[^"]+)"\n/#)
      .map { String($0.1.split(separator: "/").last ?? "") }
    #expect(embedded.sorted() == files.sorted())
    let named = source.matches(of: #/\n    \{"([^"]+)", ([a-z_]+), sizeof ([a-z_]+)\},/#)
    #expect(named.map { String($0.1) } == embedded)
    for row in named {
      let variable = row.1.map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
      #expect(row.2 == variable && row.3 == variable)
    }
  }

  @Test(arguments: ["routes", "settings", "metrics", "events", "workflows"])
  func aPageOfTheReferenceIsWhatTheProgramPrints(page: String) throws {
    let file = "\(Self.folder)\(page).md"
    let isSame = try Self.printed(["describe", page]) == Repository().text(file)
    #expect(isSame, "the code's tables say otherwise; renew the page: orderhub describe \(page) > \(file)")
  }

  @Test(arguments: ["delivery", "pickup"])
  func aPictureIsWhatTheProgramDraws(workflow: String) throws {
    let file = "\(Self.folder)\(workflow).svg"
    let isSame = try Self.printed(["workflow", "show", workflow, "--as", "svg"]) == Repository().text(file)
    #expect(
      isSame, "the table is another one; renew the picture: orderhub workflow show \(workflow) --as svg > \(file)")
  }

  @Test func thereIsNoPageThatTheProgramDoesNotKnow() throws {
    let binary = try Self.binary()
    let status = try ChildProcess(
      binary, ["describe", "nonesuch"], environment: [:], folder: FileManager.default.temporaryDirectory,
      output: URL(fileURLWithPath: "/dev/null"), errors: URL(fileURLWithPath: "/dev/null")
    ).wait()
    #expect(status == 2)
  }

  private static func binary() throws -> String {
    try #require(
      ProcessInfo.processInfo.environment["ORDERHUB_BIN"], "ORDERHUB_BIN is not set: run the tests with scripts/test")
  }

  private static func printed(_ arguments: [String]) throws -> String {
    let temporary = FileManager.default.temporaryDirectory
    let output = temporary.appendingPathComponent("orderhub-printed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    let status = try ChildProcess(
      try binary(), arguments, environment: [:], folder: temporary, output: output,
      errors: URL(fileURLWithPath: "/dev/null")
    ).wait()
    #expect(status == 0)
    return try String(contentsOf: output, encoding: .utf8)
  }
}
