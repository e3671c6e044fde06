import HubTestSupport
import HubContracts
import Orders
import Testing

@Suite struct BearerTokenTests {
  @Test(arguments: [
    ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"), ("bEaReR abc", "abc"), ("Bearer   abc", "abc"),
    (" Bearer abc", "abc"), ("Bearer abc  ", "abc"), ("\tBearer abc\t", "abc"), ("Bearer a", "a"),
    // Not a token that anybody takes, but what was meant for one: who checks it says so.
    ("Bearer a b", "a b"), ("Bearer a,Bearer b", "a,Bearer b"), ("Bearer \"abc\"", "\"abc\""),
    ("Bearer \tabc", "\tabc"),
    ("Bearer ä", "ä"), ("Bearer Bearer", "Bearer"),
  ])
  func readsWhatStandsBehindTheScheme(value: String, token: String) {
    #expect(BearerToken.read(Text(value)) == Text(token))
  }

  @Test(arguments: [
    "", " ", "Bearer", "Bearer ", "Bearer \t ", "Bearerabc", "Bearer\tabc", "Bearer\u{0}abc", "abc", "Basic abc",
    "Beare abc", "Bearers abc", "Token Bearer abc", "\u{0}Bearer abc", "ＢＥＡＲＥＲ abc", "B\u{65}\u{301}arer abc",
    ",Bearer abc",
  ])
  func givesNothingOfAnythingElse(value: String) {
    #expect(BearerToken.read(Text(value)) == nil)
  }

  /// What RFC 9110 says, once more and another way: blanks off both ends, the scheme, spaces, the rest.
  private func expected(_ value: [UInt8]) -> [UInt8]? {
    var text = value
    while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
    while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
    let scheme = text.prefix(6).map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
    guard scheme == Array("bearer".utf8), text.count > 6, text[6] == 0x20 else { return nil }
    return Array(text.dropFirst(6).drop { $0 == 0x20 })
  }

  @Test func anyBytesAreReadAsTheRuleSays() {
    var generator = SplitMix(state: 20_261_127)
    let parts = ["Bearer", "bearer", "BEARER", "Basic", " ", "  ", "\t", "abc", "e.y.J", ",", "=", "\u{0}", "é"]
    for _ in 0..<5_000 {
      let text = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        parts.randomElement(using: &generator) ?? ""
      }
      var bytes = Array(text.joined().utf8)
      if let place = bytes.indices.randomElement(using: &generator), Bool.random(using: &generator) {
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
      }
      let found = bytes.withUnsafeBytes { value in BearerToken.find(in: value).map { Array($0) } }
      #expect(found == expected(bytes), "\(bytes)")
    }
  }
}
