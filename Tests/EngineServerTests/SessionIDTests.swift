import Orders
import Testing

@testable import EngineServer

@Suite struct SessionIDTests {
  @Test func aSidTellsItsLoopAndNothingElse() {
    for loop in 0..<64 {
      let sids = Set((0..<100).map { _ in SessionIDs.next(loop: loop) })
      #expect(sids.count == 100)
      for sid in sids {
        #expect(sid.utf8.count == 21)
        #expect(SessionIDs.loop(of: sid) == loop)
        #expect(sid.utf8.allSatisfy { "-_".utf8.contains($0) || (0x30...0x7a).contains($0) })
      }
    }
  }

  @Test(arguments: ["", "A", "*AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA", "ÄAAAAAAAAAAAAAAAAAAA "])
  func whatIsNoSidNamesNoLoop(text: Text) { #expect(SessionIDs.loop(of: text) == nil) }
}
