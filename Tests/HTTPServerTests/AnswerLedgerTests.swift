import HubTestSupport
import Orders
import Testing

@testable import HTTPServer

/// Who makes room for an answer, without sockets.
@Suite struct AnswerLedgerTests {
  private func connection() -> ConnectionState {
    ConnectionState(nil, socket: -1, number: 0, peer: PeerKey(of: nil), second: 0)
  }

  @Test func anAddressHasAFourthAndItsOldestAnswersMakeRoomForItsNewest() {
    let ledger = AnswerLedger(limit: 400)
    let connections = (0..<5).map { _ in connection() }
    for state in connections[..<4] { #expect(ledger.take(25, of: "a", by: state)?.isEmpty == true) }
    #expect(
      ledger.take(25, of: "a", by: connections[4])?.map(ObjectIdentifier.init) == [ObjectIdentifier(connections[0])])
    #expect(ledger.heldBytes == 100)
    // A single one may have more than an address's part, and all others of the address go for it.
    let large = connection()
    #expect(ledger.take(300, of: "a", by: large)?.count == 4)
    #expect(ledger.heldBytes == 300)
    // What can never find room is refused, and nothing is closed for it.
    #expect(ledger.take(401, of: "b", by: connection()) == nil)
    #expect(ledger.heldBytes == 300)
    ledger.giveBack(large)
    ledger.giveBack(large)
    #expect(ledger.heldBytes == 0)
  }

  @Test func whoHoldsMostMakesRoomForOthers() {
    let ledger = AnswerLedger(limit: 400)
    var ofGreedy: [ConnectionState] = []
    for address in ["a", "b", "c"] as [Text] {
      for _ in 0..<9 {
        let state = connection()
        if address == "c" { ofGreedy.append(state) }
        #expect(ledger.take(address == "c" ? 11 : 10, of: address, by: state)?.isEmpty == true)
      }
    }
    #expect(ledger.heldBytes == 279)
    let (small, large) = (connection(), connection())
    #expect(ledger.take(100, of: "d", by: small)?.isEmpty == true)
    // 21 are free.
    let closed = ledger.take(30, of: "e", by: large)
    #expect(closed?.map(ObjectIdentifier.init) == [ObjectIdentifier(small)], "it holds 100, more than the 99 of c")
    let next = ledger.take(100, of: "d", by: connection())
    #expect(next?.map(ObjectIdentifier.init) == [ObjectIdentifier(ofGreedy[0])])
    #expect(ledger.heldBytes <= 400)
  }

  @Test(arguments: 1...20) func neverIsMoreHeldThanMayBe(seed: UInt64) {
    var random = SplitMix(state: seed)
    let ledger = AnswerLedger(limit: 100_000)
    var open: [ConnectionState] = []
    for _ in 0..<5_000 {
      if !open.isEmpty, Int.random(in: 0..<4, using: &random) == 0 {
        ledger.giveBack(open.remove(at: Int.random(in: open.indices, using: &random)))
      } else {
        let state = connection()
        let address = Text("10.0.0.\(Int.random(in: 0..<9, using: &random))")
        let closed = ledger.take(Int.random(in: 1..<20_000, using: &random), of: address, by: state) ?? []
        #expect(state.answer != nil)
        let gone = Set(closed.map(ObjectIdentifier.init))
        open.removeAll { gone.contains(ObjectIdentifier($0)) }
        open.append(state)
      }
      #expect(ledger.heldBytes <= 100_000)
      #expect(ledger.heldBytes == open.reduce(0) { $0 + ($1.answer?.bytes ?? 0) })
    }
    for state in open { ledger.giveBack(state) }
    #expect(ledger.heldBytes == 0)
  }
}
