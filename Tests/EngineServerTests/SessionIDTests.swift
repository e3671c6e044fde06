import Orders
import Testing

@testable import EngineServer

@Suite struct SessionIDTests {
  @Test(arguments: ["", "one", "live-2"]) func aSidTellsItsProcessAndItsLoopAndNothingElse(name: String) {
    let ids = SessionIDs(process: name)
    let beginning = name.isEmpty ? "" : name + "."
    for loop in 0..<64 {
      let sids = Set((0..<100).map { _ in ids.next(loop: loop) })
      #expect(sids.count == 100)
      for sid in sids {
        #expect(sid.utf8.starts(with: beginning.utf8))
        let secret = sid.utf8.dropFirst(beginning.utf8.count)
        #expect(secret.count == 21)
        #expect(ids.loop(of: sid) == loop)
        #expect(secret.allSatisfy { "-_".utf8.contains($0) || (0x30...0x7a).contains($0) })
      }
    }
  }

  @Test func aSidOfAnotherProcessNamesNoLoop() {
    let names = ["", "a", "ab", "b"]
    for (mine, other) in names.flatMap({ mine in names.map { (mine, $0) } }) where mine.utf8.count != other.utf8.count {
      #expect(SessionIDs(process: mine).loop(of: SessionIDs(process: other).next(loop: 3)) == nil)
    }
    #expect(SessionIDs(process: "a").loop(of: SessionIDs(process: "b").next(loop: 3)) == nil)
  }

  @Test(arguments: ["", "A", "*AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA", "ÄAAAAAAAAAAAAAAAAAAA ", "one.", "one"])
  func whatIsNoSidNamesNoLoop(text: Text) {
    #expect(SessionIDs(process: "").loop(of: text) == nil)
    #expect(SessionIDs(process: "one").loop(of: text) == nil)
  }
}
