import HubContracts
import Testing

@testable import Live

@Suite struct RingTests {
  private func batch(_ numbers: [Int], serial: Int = 1) throws -> EventBatch {
    try #require(try Samples.growing(numbers).sealed(tenant: Samples.tenant(), serial: UInt64(serial)))
  }

  private func found(_ ring: Ring, _ number: Int) -> [Int]? {
    ring.events(after: Samples.place(number)).map { Samples.numbers($0) }
  }

  @Test func givesWhatFollowsAPlaceAcrossBatches() throws {
    var ring = Ring(limitBytes: 1_000_000)
    ring.reset(to: Samples.place(1))
    try ring.append(batch([2, 3]))
    try ring.append(batch([-4]))
    try ring.append(batch([5, -6, 7]))
    #expect(found(ring, 1) == [2, 3, 4, 5, 6, 7])
    #expect(found(ring, 2) == [3, 4, 5, 6, 7])
    #expect(found(ring, 3) == [4, 5, 6, 7])
    #expect(found(ring, 5) == [6, 7])
    #expect(found(ring, 7) == [])
    for unknown in [0, 4, 6, 8] { #expect(found(ring, unknown) == nil) }
  }

  @Test func knowsNoPlaceBeforeItsFirstEventUnlessItWasTold() throws {
    var ring = Ring(limitBytes: 1_000_000)
    #expect(found(ring, 1) == nil)
    try ring.append(batch([2]))
    #expect(found(ring, 1) == nil)
    #expect(found(ring, 2) == [])
    ring.reset(to: Samples.place(9))
    #expect(found(ring, 2) == nil)
    #expect(found(ring, 9) == [])
  }

  @Test func letsGoOfTheOldestAndKeepsTheNewestHoweverLarge() throws {
    var ring = Ring(limitBytes: 1)
    for number in 1...200 {
      try ring.append(batch([number]))
      #expect(found(ring, number) == [])
      // Who has all but the newest misses that.
      if number > 1 { #expect(found(ring, number - 1) == [number]) }
      if number > 2 { #expect(found(ring, number - 2) == nil) }
    }
  }

  @Test func keepsAboutAsMuchAsItMay() throws {
    let one = try batch([1]).byteCount
    var ring = Ring(limitBytes: one * 10)
    for number in 1...1_000 {
      try ring.append(batch([number]))
      guard number > 20 else { continue }
      #expect(found(ring, number - 8) == Array((number - 7)...number))
      #expect(found(ring, number - 12) == nil)
    }
  }

  @Test func cannotSayWhatFollowsABatchThatEndedWithoutAPlace() throws {
    var ring = Ring(limitBytes: 1)
    try ring.append(batch([1, -2]))
    try ring.append(batch([3]))
    // The second event is gone, and whoever has only the first would miss it.
    #expect(found(ring, 1) == nil)
    #expect(found(ring, 3) == [])
  }
}
