import Foundation
import HubTestSupport
import Testing

/// The examples of the documents, so that what is tested is what stands there.
enum DocumentBlocks {
  /// The one block of the README and its pages that is marked with this language.
  static func block(_ language: String) throws -> String {
    let found = try pages().flatMap { blocks(language, in: try String(contentsOf: $0, encoding: .utf8)) }
    guard found.count == 1 else { throw TestServerError("the documents have \(found.count) blocks ```\(language)") }
    return found[0]
  }

  /// The block with other addresses in it; each of those that are replaced must be there.
  static func block(_ language: String, replacing: [(String, String)]) throws -> String {
    try replacing.reduce(into: try block(language)) { text, pair in
      guard text.contains(pair.0) else { throw TestServerError("the block \(language) has no \(pair.0)") }
      text = text.replacingOccurrences(of: pair.0, with: pair.1)
    }
  }

  /// All blocks of one page that are marked with this language, in order.
  static func all(_ language: String, of page: String) throws -> [String] {
    let file = try #require(try pages().first { $0.lastPathComponent == page }, "there is no page \(page)")
    return blocks(language, in: try String(contentsOf: file, encoding: .utf8))
  }

  private static func pages() throws -> [URL] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = try FileManager.default.contentsOfDirectory(
      at: root.appendingPathComponent("Sources/orderhub/Documentation.docc"), includingPropertiesForKeys: nil)
    return [root.appendingPathComponent("README.md")] + folder.filter { $0.pathExtension == "md" }
  }

  private static func blocks(_ language: String, in text: String) -> [String] {
    var found: [String] = []
    var lines: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.drop { $0 == " " }
      if let inside = lines {
        if bare.hasPrefix("```") {
          found.append(inside.joined(separator: "\n") + "\n")
          lines = nil
        } else {
          lines = inside + [line]
        }
      } else if bare == "```\(language)" {
        lines = []
      }
    }
    return found
  }
}
