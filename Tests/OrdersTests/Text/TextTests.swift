import Orders
import Testing

@Suite struct TextTests {
  /// One letter in two spellings: U+00E9, and e with U+0301 behind it.
  static let composed: Text = "caf\u{e9}"
  static let decomposed: Text = "cafe\u{301}"

  @Test func twoSpellingsOfALetterAreTwoTexts() {
    // What a `String` makes of them.
    #expect(Self.composed.string == Self.decomposed.string)
    #expect(Self.composed != Self.decomposed)
    #expect(Set([Self.composed, Self.decomposed]).count == 2)
    #expect([Self.composed: 1][Self.decomposed] == nil)
    #expect([Self.composed].contains(Self.decomposed) == false)
    switch Self.composed {
    case "cafe\u{301}": Issue.record("a pattern takes one spelling for the other")
    case "caf\u{e9}": break
    default: Issue.record("a pattern does not know a text again")
    }
  }

  @Test func textsAreEqualExactlyWhereTheirBytesAre() {
    let words: [Text] = [
      "", "a", "b", "ab", "abcdefg", "abcdefgh", "abcdefghi", "abcdefgx", "abcdefghabcdefgh", "abcdefghabcdefgx", "\0",
      "a\0", "é", "e\u{301}", "😀", "a longer text that no register holds", "a longer text that no register holdS",
    ]
    for (place, one) in words.enumerated() {
      for (other, two) in words.enumerated() {
        // Made anew, so that it stands elsewhere.
        let again = Text(decoding: Array(two.utf8))
        #expect((one == again) == (place == other), "\(one) \(two)")
        #expect((one < again) == one.utf8.lexicographicallyPrecedes(two.utf8), "\(one) \(two)")
        if one == again { #expect(one.hashValue == again.hashValue) }
        #expect(one.hasPrefix(again) == one.utf8.starts(with: two.utf8), "\(one) \(two)")
        #expect(one.hasSuffix(again) == one.utf8.reversed().starts(with: two.utf8.reversed()), "\(one) \(two)")
      }
    }
  }

  @Test func theEndOfATextIsPartOfItsHash() {
    // Two names side by side must not hash as their letters in a row.
    #expect(Set([["ab", "c"], ["a", "bc"]] as [[Text]]).count == 2)
    func hash(_ texts: Text...) -> Int {
      var hasher = Hasher()
      for text in texts { text.hash(into: &hasher) }
      return hasher.finalize()
    }
    #expect(hash("ab", "c") != hash("a", "bc"))
  }

  @Test func asciiWordsAreKnownInLettersOfEitherCase() {
    #expect(Text("bEARER").isWord("Bearer"))
    #expect(!Text("Bearer ").isWord("Bearer"))
    #expect(!Text("").isWord("a"))
    // K, the kelvin sign, is a k to Unicode's tables.
    #expect(!Text("\u{212a}ey").isWord("key"))
    // Bytes that differ in the bit of the case and are no letters.
    #expect(!Text("@").isWord("`"))
    #expect(!Text("\u{d}").isWord("-"))
    #expect(Text("ÄBC-Z").asciiLowercased == "Äbc-z")
  }

  @Test func partsAreThoseOfTheBytes() {
    #expect(Text("a,b,,c").split(on: UInt8(ascii: ",")) == ["a", "b", "", "c"])
    #expect(Text("").split(on: UInt8(ascii: ",")) == [""])
    // A comma that carries a mark is a comma.
    #expect(Text("a,\u{301}b").split(on: UInt8(ascii: ",")) == ["a", "\u{301}b"])
    #expect(Text(" \t a b\t").trimmed == "a b")
    #expect(Text(" \t ").trimmed == "")
  }

  @Test func theBeginningIsCutBetweenScalars() {
    #expect(Text("abc").start(3) == "abc")
    #expect(Text("abcd").start(3) == "abc")
    #expect(Text("é").start(1) == "")
    #expect(Text("aé").start(2) == "a")
    #expect(Text("😀😀").start(7) == "😀")
    #expect(Text("t\u{301}\u{301}").start(3).utf8.count == 3)
    #expect(Text("abc").start(0) == "")
  }

  @Test func bytesThatAreNoUTF8AreNoText() {
    #expect(Text(validating: [0x61, 0xff]) == nil)
    #expect(Text(validating: Array("é".utf8)) == "é")
    #expect(Text(decoding: [0x61, 0xff] as [UInt8]) == "a\u{fffd}")
  }

  @Test func aWordIsACaseOnlyInItsOwnSpelling() {
    #expect(DeliveryStatus("delivered" as Text) == .delivered)
    #expect(DeliveryStatus("Delivered" as Text) == nil)
    #expect(DeliveryStatus("delivered\u{301}" as Text) == nil)
  }
}
