import Testing

@testable import RedisHub

@Suite struct HeartbeatTests {
  private func text(_ number: Int64) -> [UInt8] { Array(String(number).utf8) }

  @Test func aBeatCountsFromWhenItWasSentHoweverLateItComes() {
    var heart = Heartbeat(now: 1_000_000)
    let first = heart.send(now: 1_000_000)
    #expect(heart.next == 1_300_000)
    let second = heart.send(now: 1_300_000)
    heart.hear(text(first))
    #expect(heart.isFresh(now: 1_999_999))
    #expect(!heart.isFresh(now: 2_000_000))
    heart.hear(text(second))
    #expect(heart.isFresh(now: 2_299_999))
    #expect(!heart.isFresh(now: 2_300_000))
    #expect(!heart.isSilent(for: 3_000_000, now: 4_300_000))
    #expect(heart.isSilent(for: 3_000_000, now: 4_300_001))
  }

  @Test func whatNobodySentMakesNothingFresher() {
    var heart = Heartbeat(now: 1_000_000)
    _ = heart.send(now: 1_300_000)
    for content in ["", "x", "-5", "1000", "99999999999999999999"] { heart.hear(Array(content.utf8)) }
    #expect(heart.freshUntil == 2_000_000)
    heart.hear(text(9_000_000))
    #expect(heart.freshUntil == 2_300_000)
  }
}
