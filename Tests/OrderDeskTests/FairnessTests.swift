import HubContracts
import HubRuntime
import HubTestSupport
import MongoStore
import Orders
import Testing

@testable import OrderDesk

/// What a test sees of a desk's transactions, and where it holds them up.
private final class Ledger: Sendable {
  private struct State {
    var writes: [WriteSet] = []
    var isHeld = true
    var held: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Locked(State())
  private let holds: @Sendable (WriteSet) -> Bool

  /// Holds up the transactions that `holds` names, until they are let go on.
  init(_ store: FaultyStore, holding holds: @escaping @Sendable (WriteSet) -> Bool) {
    self.holds = holds
    store.commits { [self] writes in
      await see(writes)
      return nil
    }
  }

  private func see(_ writes: WriteSet) async {
    state.with { $0.writes.append(writes) }
    guard holds(writes) else { return }
    await withCheckedContinuation { continuation in
      let goesOn = state.with { state in
        if state.isHeld { state.held.append(continuation) }
        return !state.isHeld
      }
      if goesOn { continuation.resume() }
    }
  }

  /// Lets all go on, from now on.
  func letGo() {
    let held = state.with { state in
      state.isHeld = false
      defer { state.held = [] }
      return state.held
    }
    for continuation in held { continuation.resume() }
  }

  var writes: [WriteSet] { state.with { $0.writes } }
  var held: Int { state.with { $0.held.count } }
}

extension WriteSet {
  fileprivate var tenants: Set<String> {
    Set((insertedOrders + changedOrders.map(\.value)).map(\.tenantID.text) + changedProducts.map(\.value.tenantID.text))
  }
  fileprivate var items: Int { (insertedOrders + changedOrders.map(\.value)).reduce(0) { $0 + $1.items.count } }
}

extension Office {
  fileprivate func placeLarge(_ items: Int, as actor: Actor) async throws -> Outcome {
    try await place((0..<items).map { ("P\($0)", 10) }, as: actor)
  }

  /// The same, when it must succeed.
  fileprivate func orders(_ items: Int, as actor: Actor) async throws {
    let outcome = try await placeLarge(items, as: actor)
    #expect(outcome.status == 201)
  }
}

/// Ada of one tenant and Ben of another, at a process whose store a test may hold up.
private struct Neighbours {
  let site: Site
  let store: FaultyStore
  let office: Office
  let ada: Actor
  let ben: Actor
}

private func withNeighbours(
  _ change: (inout DeskOptions) -> Void = { _ in }, _ body: (Neighbours) async throws -> Void
) async throws {
  try await withSite { site in
    let store = FaultyStore(site.store, seed: 1)
    try await body(
      Neighbours(
        site: site, store: store, office: try await site.office(on: store, change), ada: try site.actor(tenant: "a"),
        ben: try site.actor(tenant: "b")))
  }
}

@Suite struct FairnessTests {
  @Test func anotherTenantsOrderIsWrittenBeforeTheLargeOnesThatCameEarlier() async throws {
    try await withNeighbours { two in
      let (office, store, ada, ben) = (two.office, two.store, two.ada, two.ben)
      let ledger = Ledger(store) { _ in true }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<60 {
          group.addTask { try await office.orders(100, as: ada) }
        }
        try await eventually("all wait") { office.desk.waitingCount >= 48 }
        group.addTask { try await office.orders(2, as: ben) }
        try await eventually("Ben's is there") {
          office.desk.waitingCount >= 49 || ledger.writes.contains { $0.tenants == ["b"] }
        }
        ledger.letGo()
        try await group.waitForAll()
      }
      let place = try #require(ledger.writes.firstIndex { $0.tenants.contains("b") })
      let before = ledger.writes[..<place].reduce(0) { $0 + $1.items }
      // What was in the lanes' hands when he came, and no more of it; and his own transaction is his.
      #expect(before <= 2 * 640, "\(before) items")
      #expect(ledger.writes[place].tenants == ["b"])
      #expect(ledger.writes.reduce(0) { $0 + $1.items } == 60 * 100 + 2)
    }
  }

  @Test func heavyWritesNeverHaveAllLanes() async throws {
    try await withNeighbours { two in
      let (office, store, ada, ben) = (two.office, two.store, two.ada, two.ben)
      let ledger = Ledger(store) { $0.items > 64 }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<5 { group.addTask { try await office.orders(300, as: ada) } }
        try await eventually("one is held") { ledger.held == 1 && office.desk.waitingCount >= 3 }
        // None of the large ones ends before these do.
        for _ in 0..<10 { #expect(try await office.placeLarge(1, as: ben).status == 201) }
        #expect(ledger.held == 1)
        ledger.letGo()
        try await group.waitForAll()
      }
    }
  }

  @Test func aTransactionHoldsSoMuchWorkAndAsManySmallWritesAsBefore() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let store = FaultyStore(site.store, seed: 1)
      let office = try await site.office(on: store) { $0.lanes = 1 }
      let ledger = Ledger(store) { _ in true }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await office.orders(1, as: ada) }
        try await eventually("one is held") { ledger.held == 1 }
        for _ in 0..<100 { group.addTask { try await office.orders(2, as: ada) } }
        for _ in 0..<100 { group.addTask { try await office.orders(40, as: ada) } }
        for _ in 0..<3 { group.addTask { try await office.orders(500, as: ada) } }
        try await eventually("all wait") { office.desk.waitingCount == 203 }
        ledger.letGo()
        try await group.waitForAll()
      }
      let writes = ledger.writes
      #expect(writes.allSatisfy { $0.items <= 640 }, "\(writes.map(\.items))")
      // 1, then 100 × 6 and 100 × 44 in parts of 640, and the large ones each for itself.
      #expect(writes.count <= 1 + 2 + 8 + 3, "\(writes.map { $0.insertedOrders.count })")
    }
  }

  @Test func ordersThatTurnOutToBeLargeAreDividedAndEachIsWrittenOnceInItsOrder() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let first = try await site.office()
      var made: [OrderID] = []
      for _ in 0..<6 { made.append(try await first.placeLarge(250, as: ada).orderID()) }
      let orders = made
      // A process that knows nothing of them.
      let store = FaultyStore(site.store, seed: 1)
      let office = try await site.office(on: store) { $0.lanes = 1 }
      let ledger = Ledger(store) { _ in true }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await office.orders(1, as: ada) }
        try await eventually("one is held") { ledger.held == 1 }
        for units in 1...3 {
          for (index, id) in orders.enumerated() {
            let waiting = office.desk.waitingCount
            group.addTask {
              #expect(await office.deliver(Int64(units), of: "P\(index)", from: id, as: ada).status == 201)
            }
            try await eventually("it waits") { office.desk.waitingCount > waiting }
          }
        }
        ledger.letGo()
        try await group.waitForAll()
      }
      #expect(ledger.writes.allSatisfy { $0.items <= 640 }, "\(ledger.writes.map(\.items))")
      for (index, id) in orders.enumerated() {
        let deliveries = try await site.deliveries(id)
        let quantities = deliveries.map { $0.items.map(\.quantity.millionths) }
        #expect(quantities == [[1_000_000], [2_000_000], [3_000_000]], "\(index)")
        #expect(try await site.streamed(office, id) == Array(1...site.order(id).version))
      }
    }
  }

  @Test func whoFillsTheQueueIsToldSoAndOthersAreServed() async throws {
    try await withNeighbours({
      $0.lanes = 1
      $0.queueLimit = 12
    }) { two in
      let (office, store, ada, ben) = (two.office, two.store, two.ada, two.ben)
      let ledger = Ledger(store) { _ in true }
      let refused = Locked<[Places.Lack]>([])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await office.orders(1, as: ada) }
        try await eventually("one is held") { ledger.held == 1 }
        for _ in 0..<40 {
          group.addTask {
            switch try await office.placeLarge(1, as: ada) {
            case .overloaded(let lack): refused.with { $0.append(lack) }
            case let outcome: #expect(outcome.status == 201)
            }
          }
        }
        try await eventually("Ada has her part") { refused.with { $0.count } == 34 }
        #expect(office.desk.waitingCount == 6)
        #expect(refused.with { $0 }.allSatisfy { $0 == .user })
        for _ in 0..<2 { group.addTask { try await office.orders(1, as: ben) } }
        try await eventually("Ben's wait") { office.desk.waitingCount == 8 }
        ledger.letGo()
        try await group.waitForAll()
      }
    }
  }

  @Test func aTenantsStockHoldsUpNobodyElses() async throws {
    try await withNeighbours { two in
      let (office, store, ada, ben) = (two.office, two.store, two.ada, two.ben)
      for actor in [ada, ben] { try await office.stock("A", 100, as: actor) }
      let ledger = Ledger(store) { $0.tenants == ["a"] && $0.items > 64 }
      let large: [(product: Text, units: Int64)] = (0..<100).map { ("P\($0)", 1) } + [("A", 1)]
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let outcome = try await office.place(large, as: ada)
          #expect(outcome.status == 201)
        }
        try await eventually("Ada's is held") { ledger.held == 1 }
        #expect(try await office.place([("A", 1)], as: ben).status == 201)
        ledger.letGo()
        try await group.waitForAll()
      }
      #expect(try await two.site.store.products(["A"], tenant: ben.tenant).first?.onHand.millionths == 99_000_000)
    }
  }

  @Test func whoWaitsForAnotherProcessesLockHoldsUpNobodyBesideIt() async throws {
    try await withNeighbours({
      $0.lanes = 1
      $0.lockPatienceMs = 60_000
    }) { two in
      let (office, ada, ben) = (two.office, two.ada, two.ben)
      let locked = try await office.placed([("A", 5)], as: ada)
      let free = try await office.placed([("A", 5)], as: ben)
      _ = try two.site.ask("SET", "lock:order:\(locked)", "another", "PX", "600000")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { #expect(await office.deliver(1, from: locked, as: ada).status == 201) }
        for _ in 0..<3 { #expect(await office.deliver(1, from: free, as: ben).status == 201) }
        #expect(try await two.site.store.deliveries(of: locked, tenant: ada.tenant).isEmpty)
        _ = try two.site.ask("DEL", "lock:order:\(locked)")
        try await group.waitForAll()
      }
      #expect(try await two.site.store.deliveries(of: locked, tenant: ada.tenant).count == 1)
      #expect(try await two.site.store.deliveries(of: free, tenant: ben.tenant).count == 3)
    }
  }

  @Test func largeOrdersOfOneTenantLeaveTheOthersInMemory() throws {
    let memory = DeskMemory(itemsLimit: 1_000)
    let (small, large) = (
      try order(items: 2, tenant: "b"), try (0..<200).map { _ in try order(items: 100, tenant: "a") }
    )
    memory.remember([small])
    for order in large { memory.remember([order]) }
    #expect(memory.order(small.id) != nil)
    #expect(memory.itemCount(of: large[0].id) == 100, "how large it is, is known of more than are kept")
  }

  private func order(items: Int, tenant: String) throws -> Order {
    let ids = RandomIdentities()
    let draft = OrderDraft(
      customer: Customer(name: "Grace Hopper"),
      items: (0..<items).map {
        ItemDraft(
          productID: "P\($0)", quantity: Quantity(millionths: 1_000_000), unitPrice: Money(units: Money.scale))
      }, currency: try #require(Currency("EUR")))
    let ada = Actor(tenant: try #require(TenantID(tenant)), user: try #require(UserID("ada")), role: .admin)
    let context = RuleContext(
      actor: ada, now: Timestamp(millis: 0), workflows: Workflows.builtIn, ids: ids, day: { _ in "2026-11-20" })
    return try Rules.place(draft, number: "ORD-1", products: [:], in: context).order
  }
}
