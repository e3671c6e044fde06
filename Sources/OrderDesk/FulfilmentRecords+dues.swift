public import HubContracts
public import Orders

extension FulfilmentRecords {
  /// All invoices of an order that was written before amounts had their currency's decimals and awaits rounding, which it
  /// does once in its life; none of any other.
  public func dues(of order: Order) async throws(StoreError) -> [Invoice] {
    guard order.awaitsRounding, order.invoices.issued > 0 else { return [] }
    var all: [Invoice] = []
    while true {
      let page = try await invoices(of: order.id, tenant: order.tenantID, after: all.last?.id, limit: StoreCall.limit)
      all += page
      guard page.count == StoreCall.limit else { return all }
    }
  }
}
