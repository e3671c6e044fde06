public import Orders

/// What one transaction left to be published: one entry for all of it, so that noting that it is out costs one small
/// document and not one for each of its events.
public struct OutboxEntry: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: OutboxID
  /// One write an order.
  public var writes: [UnpublishedWrite]
  /// Names an entry.
  public init(id: OutboxID, writes: [UnpublishedWrite]) {
    self.id = id
    self.writes = writes
  }
}

/// The identity of an entry of the outbox.
public typealias OutboxID = Identifier<OutboxEntry>

/// A write whose events may not be out yet.
public struct UnpublishedWrite: Sendable, Hashable {
  /// The order.
  public var orderID: OrderID
  /// Whose it is; nil in an entry of a hub that did not note it yet.
  public var tenant: TenantID?
  /// Its first event.
  public var firstSeq: Int64
  /// Its last event; the order's version after the write.
  public var lastSeq: Int64
  /// Names a write.
  public init(orderID: OrderID, tenant: TenantID? = nil, firstSeq: Int64, lastSeq: Int64) {
    self.orderID = orderID
    self.tenant = tenant
    self.firstSeq = firstSeq
    self.lastSeq = lastSeq
  }
}
