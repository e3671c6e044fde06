import Foundation

/// The links of Markdown pages: whether the file that a link names is there, and in it the heading.
struct LinkRules {
  private let files: Set<String>
  private let pages: [String: String]
  private let anchors: [String: Set<String>]

  /// `files` are those of the repository, relative to its top; `pages` are the texts of those that are Markdown.
  init(files: [String], pages: [String: String]) {
    self.files = Set(files)
    self.pages = pages
    anchors = pages.mapValues(Self.anchors)
  }

  /// What is wrong with a page, a line each; empty if nothing is. Addresses of other sites are not followed.
  func breaches(_ page: String) -> [String] {
    Self.targets(in: pages[page] ?? "").compactMap { target in
      fault(of: target, on: page).map { "\(page): (\(target)) \($0)" }
    }
  }

  private func fault(of target: String, on page: String) -> String? {
    if target.contains("://") || target.hasPrefix("mailto:") { return nil }
    let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    guard let file = parts[0].isEmpty ? page : Self.resolved(parts[0], from: page) else {
      return "leaves the repository"
    }
    guard files.contains(file) || files.contains(where: { $0.hasPrefix(file + "/") }) else { return "is not there" }
    guard parts.count == 2 else { return nil }
    return anchors[file]?.contains(String(parts[1])) == true ? nil : "names no heading"
  }

  /// The file that a relative address means; nil if it is above the top.
  static func resolved(_ target: Substring, from page: String) -> String? {
    var folders = page.split(separator: "/").dropLast()
    for part in target.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": if folders.popLast() == nil { return nil }
      default: folders.append(part)
      }
    }
    return folders.joined(separator: "/")
  }

  /// Where the links of a text lead, in their order; what is code has none.
  static func targets(in text: String) -> [String] {
    let prose = prose(of: text).joined(separator: "\n").replacing(#/`[^`]+`/#, with: "code")
    return prose.matches(of: #/\[[^\]]*\]\(([^)\s]*)\)/#).map { String($0.1) }
  }

  /// What a link may name in a text, made of its headings as GitHub does: small letters, digits, hyphens and underscores
  /// stay, spaces become hyphens, and of headings alike the second has `-1`.
  static func anchors(of text: String) -> Set<String> {
    var counts: [String: Int] = [:]
    var anchors: Set<String> = []
    for heading in prose(of: text).compactMap({ $0.wholeMatch(of: #/[#]{1,6} +(.*)/#) }) {
      let bare = heading.1.replacing(#/\[([^\]]*)\]\([^)]*\)/#) { $0.1 }
      let anchor = String(
        bare.lowercased().compactMap { letter -> Character? in
          if letter == " " { return "-" }
          return letter.isLetter || letter.isNumber || letter == "-" || letter == "_" ? letter : nil
        })
      let before = counts[anchor, default: 0]
      counts[anchor] = before + 1
      anchors.insert(before == 0 ? anchor : "\(anchor)-\(before)")
    }
    return anchors
  }

  /// The lines outside of fenced blocks.
  private static func prose(of text: String) -> [Substring] {
    var isFenced = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isFenced.toggle()
        return false
      }
      return !isFenced
    }
  }
}
