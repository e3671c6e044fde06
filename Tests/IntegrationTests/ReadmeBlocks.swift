import Foundation
import HubTestSupport

/// The examples of the README, so that what is tested is what stands there.
enum ReadmeBlocks {
  /// The block that is marked with this language, its lines without the indentation of the first.
  static func block(_ language: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    var lines: [Substring] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.drop { $0 == " " }
      if isInside {
        if bare.hasPrefix("```") { return lines.joined(separator: "\n") + "\n" }
        lines.append(line)
      } else if bare == "```\(language)" {
        isInside = true
      }
    }
    throw TestServerError("the README has no block ```\(language)")
  }

  /// The block with other addresses in it; each of those that are replaced must be there.
  static func block(_ language: String, replacing: [(String, String)]) throws -> String {
    try replacing.reduce(into: try block(language)) { text, pair in
      guard text.contains(pair.0) else { throw TestServerError("the block \(language) has no \(pair.0)") }
      text = text.replacingOccurrences(of: pair.0, with: pair.1)
    }
  }
}
