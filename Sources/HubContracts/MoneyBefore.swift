public import Orders

/// What is to be brought up to date of what older versions wrote, while all processes go on: a part at a time, in any
/// order, by any number of workers. What is done does not come again, so a worker that dies is no matter.
public protocol MoneyBeforeSource: AuditSource {
  /// Some of a tenant's orders that are under way, have invoices and were written before amounts had their currency's
  /// decimals, and whose dues nobody has rounded yet; at most `limit` (1…1,000).
  func ordersToRound(tenant: TenantID, limit: Int) async throws(StoreError) -> [OrderID]
  /// Some tallies of deliveries in which a worth is counted whose currency is not told; at most `limit` (1…1,000).
  func talliesWithoutCurrency(limit: Int) async throws(StoreError) -> [TallyScope]
  /// Names the status of some invoices of a tenant that have none for the lists; how many, at most `limit` (1…1,000).
  func nameStatus(ofInvoicesOf tenant: TenantID, limit: Int) async throws(StoreError) -> Int
  /// Has the deliveries that a tally counts name their order's currency; how many did not.
  func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int
}
