import HubContracts
import Orders

/// All that is at hand in this process of what stands in Redis, and what of Redis is not to be believed.
struct NearCopies: Sendable {
  let orders: OrderCopies
  let counters = CounterCopies()
  let doubts = Doubts()
  let tenants = TenantEar()

  init(limitBytes: Int) { orders = OrderCopies(limitBytes: limitBytes) }

  /// Redis says what changes from now on.
  func open() {
    orders.open()
    counters.open()
  }

  /// Redis no longer says what changes.
  func close() {
    orders.close()
    counters.dropAll(closing: true)
  }

  /// Everything changed.
  func dropAll() {
    orders.dropAll()
    counters.dropAll(closing: false)
  }

  /// A key changed.
  func invalidate(_ key: UnsafeRawBufferPointer) {
    if key.starts(with: "order:".utf8) {
      guard key.count > 30, let id = OrderID(hex: UnsafeRawBufferPointer(rebasing: key[6..<30])) else { return }
      orders.invalidate(id)
    } else if let tenant = Self.tenant(key, after: "dashboard:counters:", skipping: 0)
      ?? Self.tenant(key, after: "deliveries:today:", skipping: "yyyy-mm-dd:".utf8.count)
    {
      counters.invalidate(tenant)
    }
  }

  private static func tenant(_ key: UnsafeRawBufferPointer, after prefix: String, skipping: Int) -> TenantID? {
    guard key.starts(with: prefix.utf8), key.count > prefix.utf8.count + skipping else { return nil }
    return TenantID(String(decoding: key[(prefix.utf8.count + skipping)...], as: UTF8.self))
  }
}
