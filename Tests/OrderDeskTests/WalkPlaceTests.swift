import HubContracts
import Orders
import Testing

/// When a walk is done.
@Suite struct WalkPlaceTests {
  private let now = Timestamp(millis: 5)

  private func step(_ changed: Int = 0, left: [Text] = [], postponed: [Text] = [], last: Text? = nil) -> WalkStep {
    var step = WalkStep(last: last)
    (step.changed, step.left, step.postponed) = (changed, left, postponed)
    return step
  }

  @Test func aLookThatChangesSomethingIsFollowedByAnother() {
    let under = WalkPlace().moved(by: step(2, left: ["a"], last: "b"), now: now)
    #expect(under.after == "b" && under.step == 1 && under.looks == 0 && under.leftCount == 1)
    let looked = under.moved(by: step(), now: now)
    #expect(looked.after == nil && !looked.isDone && looked.looks == 1 && looked.leftCount == 1)
    #expect(looked.last?.changed == 2 && looked.last?.names == ["a"])
    #expect(looked.due == Timestamp(millis: 5 + WalkPlace.pauseMs))
    let done = looked.moved(by: step(left: ["a"]), now: now)
    #expect(done.isDone && done.leftCount == 1)
    #expect(looked.moved(by: step(), now: now).leftCount == 0)
  }

  @Test func whatIsPostponedIsTriedAgainAndNotForEver() {
    var place = WalkPlace()
    for look in 1...WalkPlace.looksLimit {
      #expect(!place.isDone, "\(look)")
      place = place.moved(by: step(postponed: ["a"]), now: now)
    }
    #expect(place.isDone && place.leftCount == 1)
  }

  @Test func onlySoManyAreNamed() {
    var place = WalkPlace()
    for page in 0..<3 {
      place = place.moved(by: step(left: (0..<70).map { "\(page).\($0)" }, last: "x"), now: now)
    }
    #expect(place.leftCount == 210)
    #expect(place.sum.names.count == WalkPlace.namesLimit)
  }
}
