import Foundation
import HubTestSupport
import Testing

/// The catalogue of the documents beside what is made from it, and what it is made from.
@Suite struct CatalogueTests {
  static let folder = "Sources/orderhub/Documentation.docc/"

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
