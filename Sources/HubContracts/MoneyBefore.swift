public import Orders

/// A walk over what older versions wrote of money.
public enum MoneyWalk: Sendable, CaseIterable {
  /// Orders under way: what their invoices ask for is rounded so that it can be paid.
  case orders
  /// Invoices: each is given its status for the lists.
  case invoices
  /// Tallies of deliveries: their worth is counted by currency.
  case tallies

  /// What the store, the metric and the log call it.
  public var word: String {
    switch self {
    case .orders: "orders"
    case .invoices: "invoices"
    case .tallies: "tallies"
    }
  }
}

/// What is to be brought up to date of what older versions wrote, while all processes go on: a page at a time, by any
/// number of workers, each walk with a place that is kept. Two workers may do the same page: what is done stays as it is.
///
/// Processes of older versions write no order any more once one of this version has made its indexes, which a worker does
/// before it begins: all that they wrote is there when the first look starts. Only a database that was put back by hand
/// has something new of theirs; then the walks are begun anew.
public protocol MoneyBeforeSource: AuditSource {
  /// Where a walk is.
  func place(of walk: MoneyWalk) async throws(StoreError) -> WalkPlace
  /// Moves a walk on; false if another did so since `place` was read.
  func move(_ walk: MoneyWalk, from place: WalkPlace, to next: WalkPlace) async throws(StoreError) -> Bool

  /// Looks at the next orders by identity, whoever has them, at most `limit` (1…1,000), for those that are under way, have
  /// invoices and were written before amounts had their currency's decimals, and whose dues nobody has rounded yet.
  func ordersToRound(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<OrderToRound>
  /// Looks at the next invoices by identity, at most `limit` (1…1,000), and names the status of those that have none.
  func nameStatus(ofInvoicesAfter: Text?, limit: Int) async throws(StoreError) -> WalkStep
  /// Looks at the next tallies by identity, at most `limit` (1…1,000), for those in which a worth is counted whose currency
  /// is not told.
  func talliesWithoutCurrency(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<TallyScope>
  /// Has the deliveries that a tally counts name their order's currency; how many did not.
  func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int
}

extension MoneyBeforeSource {
  /// Has all walks begin anew. A worker that moves one on meanwhile does not keep it from that; `broken` if workers did so
  /// each of `WalkPlace.restartTries` times.
  public func restartMoneyWalks() async throws(StoreError) {
    for walk in MoneyWalk.allCases { try await restart(walk) }
  }

  private func restart(_ walk: MoneyWalk) async throws(StoreError) {
    for _ in 0..<WalkPlace.restartTries {
      let place = try await place(of: walk)
      var anew = WalkPlace()
      anew.step = place.step + 1
      if try await move(walk, from: place, to: anew) { return }
    }
    throw WalkPlace.keptMoving(walk.word)
  }
}

/// An order whose dues are to be rounded.
public struct OrderToRound: Sendable, Equatable {
  /// Which.
  public var id: OrderID
  /// Whose.
  public var tenant: TenantID
  /// Names one.
  public init(id: OrderID, tenant: TenantID) {
    self.id = id
    self.tenant = tenant
  }
}
