import HubTestSupport
import Orders
import Testing

@testable import HTTPServer

/// How what there is for bodies is shared out, without sockets.
@Suite struct BodyLedgerTests {
  private static let limit = 64 * 1_048_576
  private static let addressLimit = 16 * 1_048_576
  /// About what a log-in takes: its head as text, and the least room of a body.
  private static let small = 6_000

  private func ledger() -> BodyLedger {
    BodyLedger(limit: Self.limit, addressLimit: Self.addressLimit, tellsStrangers: true)
  }

  private func stranger(_ number: Int) -> BodyLedger.Holder {
    BodyLedger.Holder(address: Text("10.0.0.\(number)"), isKnown: false)
  }

  private func known(_ number: Int) -> BodyLedger.Holder {
    BodyLedger.Holder(address: Text("10.0.0.\(number)"), isKnown: true)
  }

  /// As much as somebody gets, in bodies of 16 KiB.
  private func fill(_ ledger: BodyLedger, _ holder: BodyLedger.Holder) -> Int {
    var held = 0
    while ledger.take(16_384, of: holder) { held += 16_384 }
    return held
  }

  @Test func strangersOfFewAddressesLeaveRoomForOneMoreAndAllOfItForThoseWhoAreKnown() {
    for addresses in [1, 4, 40, 400] {
      let ledger = ledger()
      for _ in 0..<2 { for number in 1...addresses { _ = fill(ledger, stranger(number)) } }
      #expect(ledger.heldBytes <= Self.limit / 4)
      #expect(ledger.take(Self.small, of: stranger(0)), "\(addresses) addresses")
      // Whoever is known, at one of their addresses too, finds as much as if nobody else were there.
      #expect(fill(ledger, known(1)) == Self.addressLimit / 4 * 3)
      #expect((2...4).map { fill(ledger, known($0)) } == [Int](repeating: Self.addressLimit / 4 * 3, count: 3))
      #expect(fill(ledger, known(5)) == 0)
      #expect(ledger.heldBytes <= Self.limit)
    }
  }

  @Test func oneAddressOfStrangersHasAFourthOfAnAddressesShare() {
    #expect(fill(ledger(), stranger(1)) == Self.addressLimit / 4)
    // Without a limit of an address it has half of what is the strangers'.
    let open = BodyLedger(limit: Self.limit, addressLimit: 0, tellsStrangers: true)
    #expect(fill(open, stranger(1)) == Self.limit / 8)
    #expect(fill(open, known(1)) == Self.limit / 4 * 3)
  }

  @Test func whereNobodyIsToldFromStrangersAllIsForAll() {
    let ledger = BodyLedger(limit: Self.limit, addressLimit: Self.addressLimit, tellsStrangers: false)
    #expect((1...5).map { fill(ledger, known($0)) } == [Int](repeating: Self.addressLimit, count: 4) + [0])
  }

  /// Whatever strangers do, in any order: who is known is answered as in a ledger that knows no strangers' bodies.
  @Test(arguments: 1...20) func strangersChangeNothingForThoseWhoAreKnown(seed: UInt64) {
    var random = SplitMix(state: seed)
    let (both, alone) = (ledger(), ledger())
    var held: [(bytes: Int, holder: BodyLedger.Holder)] = []
    for _ in 0..<5_000 {
      if !held.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
        let entry = held.remove(at: Int.random(in: held.indices, using: &random))
        both.giveBack(entry.bytes, of: entry.holder)
        if entry.holder.isKnown { alone.giveBack(entry.bytes, of: entry.holder) }
        continue
      }
      let number = Int.random(in: 0..<8, using: &random)
      let bytes = Int.random(in: 0..<1_048_576, using: &random)
      let holder = Bool.random(using: &random) ? known(number) : stranger(number)
      let isTaken = both.take(bytes, of: holder)
      if isTaken { held.append((bytes, holder)) }
      if holder.isKnown { #expect(alone.take(bytes, of: holder) == isTaken) }
      let strangers = held.filter { !$0.holder.isKnown }.reduce(0) { $0 + $1.bytes }
      #expect(strangers <= Self.limit / 4)
      #expect(both.heldBytes == held.reduce(0) { $0 + $1.bytes })
    }
    for entry in held { both.giveBack(entry.bytes, of: entry.holder) }
    #expect(both.heldBytes == 0)
    #expect(fill(both, stranger(1)) == Self.addressLimit / 4)
  }
}
