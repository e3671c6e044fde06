import HubRuntime
import Testing

@Suite struct DigestTests {
  /// What one byte after the other says must not be undone by those that follow.
  @Test func onlyTheSameTextIsEqual() {
    let digits = Array("0123456789abcdef".utf8)
    let texts = digits.flatMap { first in digits.map { [first, $0] } }
    var taken = 0
    for one in texts { for other in texts where Digest.areEqual(one, other) != (one == other) { taken += 1 } }
    #expect(taken == 0, "of \(texts.count * texts.count) pairs")
  }

  @Test func aDifferenceAtAnyPlaceIsSeen() {
    let text = Array(Digest.sha256Hex([1, 2, 3]).utf8)
    #expect(Digest.areEqual(text, text))
    for place in text.indices {
      for other in Array("0123456789abcdef".utf8) where other != text[place] {
        for rest in [text[(place + 1)...], Array(text.reversed())[(place + 1)...]] {
          let changed = text[..<place] + [other] + rest
          #expect(!Digest.areEqual(text, changed))
          #expect(!Digest.areEqual(changed, text))
        }
      }
    }
    #expect(!Digest.areEqual(text, text.dropLast()))
    #expect(!Digest.areEqual([UInt8](), text))
    #expect(Digest.areEqual([UInt8](), [UInt8]()))
  }
}
