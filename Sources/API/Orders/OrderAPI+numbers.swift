import HubContracts
import Orders

extension OrderAPI {
  /// The same call with the order's id in the place of its number, before anything looks at it: so a write by either is
  /// one and the same, for its `Idempotency-Key` too.
  func byID(_ call: Call) async throws -> Call {
    guard call.route.namesOrder, let number = call.parameters.first, number.isOrderNumber else { return call }
    var call = call
    call.orderNumber = number
    // Another tenant's is none.
    guard let id = try await parts.store.orderID(number: number, tenant: call.actor().tenant) else {
      throw call.noOrder(named: "\"\(number)\"")
    }
    call.parameters[0] = Text("\(id)")
    return call
  }
}

extension Call {
  /// There is no such order, or none that the caller may see: both are told in the path's own words, so that a number
  /// does not tell the id of an order that is somebody else's.
  func noOrder(_ id: OrderID) -> Problem { noOrder(named: orderNumber.map { "\"\($0)\"" } ?? "\(id)") }

  fileprivate func noOrder(named name: String) -> Problem {
    Problem(status: 404, code: "order_not_found", detail: "there is no order \(name)")
  }
}

extension Text {
  /// Whether it may be an order's number, `ORD-2026-001234`: no id is one, and nothing longer is looked up.
  fileprivate var isOrderNumber: Bool { hasPrefix("ORD-") && utf8.count <= 32 }
}
