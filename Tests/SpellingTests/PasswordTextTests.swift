import Orders
import Spelling
import Testing

@Suite struct PasswordTextTests {
  @Test(
    arguments: [
      // RFC 8265, 4.3, table 4, and what keyboards differ in.
      ("correct horse battery staple", "correct horse battery staple"),
      ("Correct Horse Battery Staple", "Correct Horse Battery Staple"), ("πß\u{e5}", "πß\u{e5}"),
      ("Jack of \u{2666}s", "Jack of \u{2666}s"), ("foo\u{1680}bar", "foo bar"), ("caf\u{e9}", "caf\u{e9}"),
      ("cafe\u{301}", "caf\u{e9}"), ("a\u{a0}b\u{3000}c", "a b c"), (" outer ", " outer "), ("ﬁ", "ﬁ"), ("Ａ", "Ａ"),
      ("\u{1100}\u{1161}", "가"), ("क्\u{200d}ष", "क्\u{200d}ष"),
    ] as [(Text, Text)])
  func aPasswordIsPreparedAsAnOpaqueString(typed: Text, prepared: Text) throws {
    #expect(Text(try PasswordText(typed).text) == prepared)
  }

  @Test(
    arguments: [
      ("", .empty), ("a\u{0}b", .forbidden), ("my cat is a \u{9}by", .forbidden), ("a\u{7f}", .forbidden),
      ("a\u{200b}b", .forbidden), ("a\u{200d}b", .forbidden), ("a\u{202e}b", .forbidden), ("\u{1160}", .forbidden),
      ("a\u{e0fff}", .forbidden), ("a\u{378}", .forbidden),
      (Text("a" + String(repeating: "\u{301}", count: 31)), .tooManyMarks),
    ] as [(Text, PasswordDefect)])
  func whatNoPasswordMayHoldIsRefused(typed: Text, defect: PasswordDefect) {
    #expect(throws: defect) { try PasswordText(typed) }
    #expect(!defect.explanation.isEmpty)
  }

  @Test func thirtyMarksInARowArePrepared() throws {
    _ = try PasswordText(Text("a" + String(repeating: "\u{316}\u{301}", count: 15)))
  }
}
