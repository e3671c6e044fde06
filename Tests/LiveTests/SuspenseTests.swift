import Orders
import Testing

@testable import Live

@Suite struct SuspenseTests {
  /// Takes a place if there is one.
  private func take(_ suspense: inout Suspense, _ address: Text, nowMs: Int64 = 0) -> Bool {
    guard suspense.hasPlace(for: address, nowMs: nowMs) else { return false }
    suspense.take(address, nowMs: nowMs)
    return true
  }

  @Test func oneAddressMayHaveMostPlacesAndNeverAll() {
    var suspense = Suspense(limit: 1_000, holdMs: 10_000)
    #expect((0..<5_000).count { _ in take(&suspense, "attacker") } == 800)
    #expect((0..<5_000).count { _ in take(&suspense, "office") } > 100)
    #expect(take(&suspense, "somebody"))
    #expect(suspense.count(nowMs: 0) < 1_000)
  }

  @Test(arguments: [10, 100, 240]) func howeverManyAddressesThereAreOneMoreFindsAPlace(addresses: Int) {
    var suspense = Suspense(limit: 1_000, holdMs: 10_000)
    for turn in 0..<2_000 { for address in 0..<addresses where turn < 1_000 { _ = take(&suspense, "a\(address)") } }
    #expect(take(&suspense, "somebody"))
    #expect(suspense.count(nowMs: 0) <= 1_000)
  }

  @Test func aPlaceIsGivenBackByProofOrByTime() {
    var suspense = Suspense(limit: 100, holdMs: 10_000)
    for _ in 0..<50 { #expect(take(&suspense, "a", nowMs: 500)) }
    for _ in 0..<10 { #expect(take(&suspense, "b", nowMs: 5_500)) }
    for _ in 0..<20 { suspense.prove("a", nowMs: 6_000) }
    #expect(suspense.count(nowMs: 6_000) == 40)
    suspense.prove("nobody", nowMs: 6_000)
    #expect(suspense.count(nowMs: 9_999) == 40)
    #expect(suspense.count(nowMs: 11_500) == 10, "those of a, within a second of their time")
    // Whoever proves itself when its place is gone already gives back nobody else's.
    suspense.prove("a", nowMs: 11_500)
    #expect(suspense.count(nowMs: 11_500) == 10)
    #expect(suspense.count(nowMs: 1_000_000_000) == 0)
    #expect(take(&suspense, "a", nowMs: 1_000_000_000))
  }

  @Test func theGoodAreNotCountedLongerThanTheyTake() {
    var suspense = Suspense(limit: 100, holdMs: 10_000)
    for number in 0..<10_000 {
      #expect(take(&suspense, "office", nowMs: Int64(number)))
      suspense.prove("office", nowMs: Int64(number))
    }
    #expect(suspense.count(nowMs: 10_000) == 0)
  }

  @Test func noLimitMeansNone() {
    var suspense = Suspense(limit: 0, holdMs: 10_000)
    #expect((0..<10_000).allSatisfy { _ in take(&suspense, "a") })
    #expect(suspense.count(nowMs: 0) == 0)
  }
}
