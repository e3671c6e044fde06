import HubContracts
import HubRuntime
import Testing

@Suite struct ConditionBoardTests {
  @Test func looksOnceHoweverManyAskAndAgainWhenItsAnswerIsOld() async {
    let (asked, now) = (Locked(0), Locked<UInt64>(1_000))
    let board = ConditionBoard(steadyMicros: { now.with { $0 } }) {
      let number = asked.with { asked in
        asked += 1
        return asked
      }
      await Task.yield()
      return [Condition("x", .ok, found: "\(number)", wanted: "")]
    }
    let all = await withTaskGroup(of: [Condition].self) { group in
      for _ in 0..<50 { group.addTask { await board.conditions() } }
      return await group.reduce(into: [Condition]()) { $0 += $1 }
    }
    #expect(all.count == 50)
    #expect(Set(all.map(\.found)) == ["1"])
    now.with { $0 += ConditionBoard.goodMicros - 1 }
    #expect(await board.conditions()[0].found == "1")
    now.with { $0 += 1 }
    #expect(await board.conditions()[0].found == "2")
  }
}
