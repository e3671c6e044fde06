import HubRuntime
import Orders
import Testing

/// `ada@shop`
func party(_ text: String) throws -> Party {
  let parts = text.split(separator: "@").map(String.init)
  return Party(
    Actor(tenant: try #require(TenantID(parts[1])), user: try #require(UserID(parts[0])), role: .employee))
}

@Suite struct FairQueueTests {
  private struct Errand: Equatable {
    let owner: String
    let work: Int
    var number = 0
  }

  private func queue(quantum: Int = 10) -> FairQueue<Errand> { FairQueue(quantum: quantum) }

  private func add(_ count: Int, of owner: String, work: Int, to queue: inout FairQueue<Errand>) throws {
    for number in 0..<count {
      queue.append(Errand(owner: owner, work: work, number: number), of: try party(owner))
    }
  }

  private func take(_ count: Int, from queue: inout FairQueue<Errand>) -> [Errand] {
    var taken: [Errand] = []
    while taken.count < count, let next = queue.take(work: { $0.work }) { taken.append(next.element) }
    return taken
  }

  private func works(_ errands: [Errand]) -> [String: Int] {
    errands.reduce(into: [:]) { $0[$1.owner, default: 0] += $1.work }
  }

  @Test func whatOneUserWantsIsDoneInTheOrderInWhichItCame() throws {
    var queue = queue()
    try add(3_000, of: "ada@a", work: 3, to: &queue)
    #expect(take(3_000, from: &queue).map(\.number) == Array(0..<3_000))
    #expect(queue.isEmpty)
    #expect(take(1, from: &queue) == [])
  }

  @Test func whoComesWhileAnotherHasMuchWaitingWaitsForOneThingOfIt() throws {
    var queue = queue()
    try add(4_000, of: "ada@a", work: 500, to: &queue)
    _ = take(7, from: &queue)
    try add(1, of: "ben@b", work: 1, to: &queue)
    let before = take(3, from: &queue).prefix { $0.owner != "ben@b" }
    #expect(before.count <= 1, "\(before)")
  }

  @Test func tenantsGetTheSameWorkDoneHoweverManyUsersTheyHaveAndHoweverLargeTheirThingsAre() throws {
    var queue = queue()
    for user in 0..<50 { try add(100, of: "u\(user)@a", work: 5, to: &queue) }
    try add(1_000, of: "ben@b", work: 50, to: &queue)
    try add(5_000, of: "cleo@c", work: 1, to: &queue)
    let done = works(take(3_000, from: &queue))
    let tenants = done.reduce(into: [Substring: Int]()) { $0[$1.key.split(separator: "@")[1], default: 0] += $1.value }
    let sums = tenants.values.sorted()
    #expect(tenants.count == 3)
    // Apart by a turn and by the largest thing at most, twice: at the beginning and at the end.
    #expect(sums[2] - sums[0] <= 2 * (10 + 50), "\(tenants)")
    let users = done.filter { $0.key.hasSuffix("@a") }.values.sorted()
    #expect(users.count == 50)
    #expect(try #require(users.last) - #require(users.first) <= 2 * (10 + 5), "\(users)")
  }

  @Test func whoAsksForLargeThingsOneAtATimeGetsNoMoreThanItsPart() throws {
    var queue = queue()
    try add(2_000, of: "ben@b", work: 5, to: &queue)
    var done: [String: Int] = [:]
    for _ in 0..<400 {
      // As soon as one is done the next is there.
      if done["ada@a", default: 0] % 100 == 0 { try add(1, of: "ada@a", work: 100, to: &queue) }
      for errand in take(1, from: &queue) { done[errand.owner, default: 0] += errand.work }
      if done["ada@a", default: 0] % 100 == 0, done["ada@a", default: 0] > 0, queue.count < 3 { break }
    }
    #expect(done["ada@a", default: 0] <= done["ben@b", default: 0] + 2 * 110, "\(done)")
  }

  @Test func workThatIsKnownOnlyAfterwardsCounts() throws {
    var queue = queue()
    let (ada, ben) = (try party("ada@a"), try party("ben@b"))
    try add(1_000, of: "ada@a", work: 1, to: &queue)
    try add(1_000, of: "ben@b", work: 1, to: &queue)
    var done: [Party: Int] = [:]
    for _ in 0..<500 {
      guard let next = queue.take(work: { $0.work }) else { break }
      // Each of Ada's turns out to be nine times as much.
      let extra = next.party == ada ? 8 : 0
      queue.charge(extra, to: next.party)
      done[next.party, default: 0] += next.element.work + extra
    }
    #expect(abs((done[ada] ?? 0) - (done[ben] ?? 0)) <= 2 * (10 + 9), "\(done)")
  }

  @Test func whoMayNotIsPassedOverAndKeepsItsTurn() throws {
    var queue = queue()
    try add(5, of: "ada@a", work: 1, to: &queue)
    try add(5, of: "ben@b", work: 1, to: &queue)
    let ada = try party("ada@a")
    var owners: [String] = []
    while let next = queue.take(where: { $0 != ada }, work: { $0.work }) { owners.append(next.element.owner) }
    #expect(owners == Array(repeating: "ben@b", count: 5))
    #expect(queue.count == 5)
    #expect(take(9, from: &queue).map(\.number) == [0, 1, 2, 3, 4])
  }

  @Test func whatDoesNotFitStaysNextAndWhatIsPutBackIsFirst() throws {
    var queue = queue()
    try add(3, of: "ada@a", work: 4, to: &queue)
    let isTaken = queue.take(work: { _ in nil }) != nil
    #expect(!isTaken)
    let taken = queue.take(work: { $0.work })
    let first = try #require(taken)
    #expect(first.element.number == 0)
    queue.prepend(first.element, of: first.party)
    #expect(take(9, from: &queue).map(\.number) == [0, 1, 2])
  }

  @Test func findingWhoseTurnItIsTakesStepsInProportionToTheWork() throws {
    var queue = queue(quantum: 64)
    for user in 0..<2_000 { try add(2, of: "u@t\(user)", work: 500, to: &queue) }
    var looks = 0
    while queue.take(
      where: { _ in
        looks += 1
        return true
      }, work: { $0.work }) != nil
    {}
    // A look for each thing that is taken, whoever else waits.
    #expect(looks <= 2 * 4_000, "\(looks)")
  }
}
