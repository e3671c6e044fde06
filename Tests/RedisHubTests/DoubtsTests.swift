import HubContracts
import Orders
import Testing

@testable import RedisHub

@Suite struct DoubtsTests {
  let ids = RandomIDs()

  @Test func anOrderIsBelievedFromTheDoubtedVersionOn() {
    let doubts = Doubts()
    let id = ids.next(Order.self)
    #expect(!doubts.add(id, version: 5))
    #expect(!doubts.add(id, version: 4))
    #expect(!doubts.add(id, version: Doubts.unnamed))
    #expect(!doubts.allows(id, version: 4))
    #expect(doubts.allows(ids.next(Order.self), version: 1))
    #expect(doubts.allows(id, version: 5))
    #expect(doubts.allows(id, version: 1))
  }

  @Test func anUnnamedDoubtEndsWithAPublicationOnly() {
    let doubts = Doubts()
    let id = ids.next(Order.self)
    #expect(!doubts.add(id, version: Doubts.unnamed))
    #expect(!doubts.allows(id, version: 1_000))
    doubts.settled(id, version: 1)
    #expect(doubts.allows(id, version: 1))
  }

  @Test func anEarlierPublicationEndsNoLaterDoubt() {
    let doubts = Doubts()
    let id = ids.next(Order.self)
    #expect(!doubts.add(id, version: 5))
    doubts.settled(id, version: 4)
    #expect(!doubts.allows(id, version: 4))
  }

  @Test func pastTheLimitNothingIsBelievedUntilTheKeysAreGone() {
    let doubts = Doubts()
    for _ in 0..<Doubts.orderLimit { #expect(!doubts.add(ids.next(Order.self), version: 1)) }
    #expect(doubts.add(ids.next(Order.self), version: 1))
    #expect(!doubts.add(ids.next(Order.self), version: 1))
    #expect(!doubts.allows(ids.next(Order.self), version: 1))
    doubts.clearing()
    let meanwhile = ids.next(Order.self)
    #expect(!doubts.add(meanwhile, version: 3))
    #expect(doubts.isFull)
    doubts.cleared()
    #expect(!doubts.isFull)
    #expect(!doubts.allows(meanwhile, version: 2))
    #expect(doubts.allows(ids.next(Order.self), version: 1))
  }

  @Test func sumsOfATenantAreNotReadWhileAShardOfItWaits() throws {
    let doubts = Doubts()
    let scope = TallyScope(tenant: try tenant(), kind: .orders)
    let shard = TallyShard(scope: scope, shard: 3, revision: 7, counts: [:])
    #expect(!doubts.add([shard]))
    #expect(!doubts.allowsSums(of: try tenant()))
    #expect(doubts.allowsSums(of: try tenant("other")))
    #expect(doubts.waiting(limit: 10) == [shard])
    doubts.settled([TallyShard(scope: scope, shard: 3, revision: 6, counts: [:])])
    #expect(!doubts.allowsSums(of: try tenant()))
    doubts.settled([TallyShard(scope: scope, shard: 3, revision: 8, counts: [:])])
    #expect(doubts.allowsSums(of: try tenant()))
  }
}
