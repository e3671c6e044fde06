import Foundation
import Testing

@testable import orderhub_load

/// The page of the load tester, held against its commands.
@Suite struct PageTests {
  private static func page() throws -> String {
    let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: top.appendingPathComponent("LoadTests/README.md"), encoding: .utf8)
  }

  @Test func everyCommandLineOnThePageIsUnderstood() throws {
    var seen: Set<String> = []
    for line in try Self.page().split(separator: "\n") where line.hasPrefix("orderhub-load ") {
      // Quotes stand around single words only.
      let words = line.split(separator: " ").dropFirst().map { $0.replacingOccurrences(of: "'", with: "") }
      let name = try #require(words.first)
      let command = try #require(Program.commands.first { $0.name == name }, "\(line)")
      let given = try GivenOptions(Array(words.dropFirst()), kinds: command.options)
      for text in given.texts("expect") { #expect(try #require(Expectation(text)).refusal == nil, "\(line)") }
      seen.insert(name)
    }
    #expect(seen.count >= 8)
  }

  @Test func thePageHasARowForEveryCommandAndNoOther() throws {
    let rows = try Self.page().matches(of: #/\n\| `([a-z]+)` +\| [^|]+\| /#).map { String($0.1) }
    #expect(Set(rows).isSuperset(of: Program.commands.map(\.name)))
    #expect(Set(rows).subtracting(Program.commands.map(\.name)).isSubset(of: ["rate", "errors"]))
  }

  @Test func thePageNamesEveryFigureThatCanBeExpected() throws {
    let page = try Self.page()
    for name in Expectation.rowFigures + Expectation.facts { #expect(page.contains("`\(name)`"), "\(name)") }
  }

  @Test func thePageHasEveryTarget() throws {
    let rows = try Self.page().matches(of: #/\n\| ([A-Z]+ [^|]+) \| `([a-z-]+)` \| (\d+) ms \|/#).map {
      Promise(row: String($0.2), route: String($0.1), ms: Int64($0.3) ?? 0)
    }
    #expect(rows == Promise.all)
  }

  @Test func everyOptionOnThePageExists() throws {
    let known = Set(Program.commands.flatMap(\.options).map(\.name)).union([
      "help", "product",
      // Of `orderhub tenant remove`.
      "yes",
    ])
    let named = try Self.page().matches(of: #/(?:^|[ `])--([a-z-]+)/#).map { String($0.1) }
    #expect(Set(named).subtracting(known) == [])
    #expect(named.count > 10)
  }
}
