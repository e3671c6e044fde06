import HubContracts
import OrderDesk
import Orders

/// What the invoices of orders of an older version will ask for once their next write has rounded it, for one answer: each
/// order is read once in it, with its invoices, however many of them the answer has.
struct OlderDues {
  private var orders: [OrderID: [InvoiceID: Invoice]] = [:]

  /// Invoices of one tenant, at most 100, those of such orders as the next write will round them; the others as they are.
  mutating func payable(_ invoices: [Invoice], in store: any OrderStore) async throws -> [Invoice] {
    let odd = invoices.filter { $0.due.units % $0.currency.unit != 0 }
    let new = Set(odd.map(\.orderID)).subtracting(orders.keys)
    if !new.isEmpty {
      for order in try await store.orders(Array(new)) { orders[order.id] = try await Self.rounded(order, in: store) }
      // Of one that is not there nothing is known, and it is not asked for again.
      for id in new where orders[id] == nil { orders[id] = [:] }
    }
    return invoices.map { orders[$0.orderID]?[$0.id] ?? $0 }
  }

  /// The invoices of an order of an older version that its next write will change; none of any other order.
  static func rounded(_ order: Order, in store: any OrderStore) async throws -> [InvoiceID: Invoice] {
    let all = try await store.dues(of: order)
    guard !all.isEmpty else { return [:] }
    var order = order
    // Read one after the other, they may contradict each other for a moment; then they stand as they are.
    let rounded = (try? order.round(all, at: order.updatedAt)) ?? []
    return Dictionary(rounded.map { ($0.id, $0) }) { first, _ in first }
  }
}
