import Foundation

/// What no line of the repository may hold, and how long a file may be.
struct TextRules {
  /// The most lines a file may have.
  static let limitLines = 400

  /// Marks of work that was left over, as whole words. Written in two parts, or this file would refuse itself.
  static let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

  /// Folders of one machine: somebody's home, a working copy, a temporary file with a fixed name.
  static let machineFolders = ["/" + "home/", "/" + "root/", "/" + "Users/", "/" + "work/", "/" + "tmp/"]

  /// What is wrong with one file's text, a line each; empty if nothing is.
  static func breaches(file: String, text: String) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var breaches: [String] = []
    for (index, line) in lines.enumerated() {
      for mark in marks where words(line).contains(mark[...]) {
        breaches.append("\(file):\(index + 1): a mark of unfinished work: \(mark)")
      }
      for folder in machineFolders where namesFolder(line, folder) {
        breaches.append("\(file):\(index + 1): a path of one machine: \(folder)…")
      }
    }
    return breaches
  }

  /// How many lines a text has; a last line without its newline counts.
  static func lineCount(_ text: String) -> Int {
    text.utf8.count { $0 == UInt8(ascii: "\n") } + (text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? 0 : 1)
  }

  private static func words(_ line: Substring) -> [Substring] {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }

  /// Whether an absolute path starts in `folder` and goes on: not within a longer path or address, as in `a/home/b`.
  private static func namesFolder(_ line: Substring, _ folder: String) -> Bool {
    var rest = line
    while let found = rest.range(of: folder) {
      let before = found.lowerBound > line.startIndex ? line[line.index(before: found.lowerBound)] : " "
      let after = found.upperBound < line.endIndex ? line[found.upperBound] : " "
      if !(before.isLetter || before.isNumber || "._-}*)".contains(before)), after.isLetter || after.isNumber {
        return true
      }
      rest = rest[found.upperBound...]
    }
    return false
  }
}
