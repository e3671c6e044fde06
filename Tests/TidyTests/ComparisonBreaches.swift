/// Ways in which a comparison may come into a source that does not import Foundation: what is generic in the standard
/// library and in `_StringProcessing`. One a function, and never called: a test looks for them in what the compiler made.
enum ComparisonBreaches {
  static func contains(_ text: String, _ other: String) -> Bool { text.contains(other) }
  static func firstRange(_ text: String, _ other: String) -> Range<String.Index>? { text.firstRange(of: other) }
  static func split(_ text: Substring, _ other: String) -> [Substring] { text.split(separator: other) }
  static func before(_ text: String, _ other: Character) -> Bool { text.first.map { $0 < other } ?? false }
  static func regex(_ text: String) -> Bool { text.contains(#/x/#) }
}
