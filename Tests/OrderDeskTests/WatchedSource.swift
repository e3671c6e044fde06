import HubContracts
import HubRuntime
import MongoStore
import Orders

/// A store that notes which pages of the walks it is asked for.
struct WatchedSource: MoneyBeforeSource, PassingSource {
  let store: MongoStore
  var source: any AuditSource { store }
  /// Each page's place, walk by walk.
  let pages = Locked<[MoneyWalk: [Text?]]>([:])
  /// What is done at each page, before it is read.
  var atPage: @Sendable (MoneyWalk) -> Void = { _ in }
  /// What others do right after a place was read.
  var afterPlace: @Sendable (MoneyWalk, WalkPlace) async throws(StoreError) -> Void = { _, _ in }

  private func note(_ walk: MoneyWalk, _ after: Text?) {
    pages.with { $0[walk, default: []].append(after) }
    atPage(walk)
  }

  func ordersToRound(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<OrderToRound> {
    note(.orders, after)
    return try await store.ordersToRound(after: after, limit: limit)
  }
  func nameStatus(ofInvoicesAfter after: Text?, limit: Int) async throws(StoreError) -> WalkStep {
    note(.invoices, after)
    return try await store.nameStatus(ofInvoicesAfter: after, limit: limit)
  }
  func talliesWithoutCurrency(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<TallyScope> {
    note(.tallies, after)
    return try await store.talliesWithoutCurrency(after: after, limit: limit)
  }

  // MARK: What is passed on

  func place(of walk: MoneyWalk) async throws(StoreError) -> WalkPlace {
    let place = try await store.place(of: walk)
    try await afterPlace(walk, place)
    return place
  }
  func move(_ walk: MoneyWalk, from place: WalkPlace, to next: WalkPlace) async throws(StoreError) -> Bool {
    try await store.move(walk, from: place, to: next)
  }
  func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int {
    try await store.nameCurrency(ofDeliveriesIn: scope)
  }
}
