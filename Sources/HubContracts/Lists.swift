public import Orders

/// Which deliveries to list: the newest day first, and of a day the newest first.
public struct DeliveryQuery: Sendable {
  /// Whose.
  public var tenant: TenantID
  /// Only of this day, `yyyy-mm-dd`, or a later one.
  public var from: String?
  /// Only of this day or an earlier one.
  public var through: String?
  /// Only in one of these; in any, if none is named.
  public var statuses: [DeliveryStatus]
  /// Go on after this delivery.
  public var after: DeliveryPlace?
  /// How many at most, 1…1,000.
  public var limit: Int
  /// Describes a query.
  public init(
    tenant: TenantID, from: String? = nil, through: String? = nil, statuses: [DeliveryStatus] = [],
    after: DeliveryPlace? = nil, limit: Int
  ) {
    self.tenant = tenant
    self.from = from
    self.through = through
    self.statuses = statuses
    self.after = after
    self.limit = limit
  }
}

/// A place in a list of deliveries: the last one seen.
public struct DeliveryPlace: Sendable {
  /// Its day, `yyyy-mm-dd`.
  public var day: String
  /// Which it was.
  public var id: DeliveryID
  /// Names a place.
  public init(day: String, id: DeliveryID) {
    self.day = day
    self.id = id
  }
}

/// Which invoices to list: the newest first.
public struct InvoiceQuery: Sendable {
  /// Whose.
  public var tenant: TenantID
  /// Only in one of these; in any, if none is named.
  public var statuses: [PaymentStatus]
  /// Only made at or after.
  public var from: Timestamp?
  /// Only made before.
  public var before: Timestamp?
  /// Go on after this invoice.
  public var after: InvoicePlace?
  /// How many at most, 1…1,000.
  public var limit: Int
  /// Describes a query.
  public init(
    tenant: TenantID, statuses: [PaymentStatus] = [], from: Timestamp? = nil, before: Timestamp? = nil,
    after: InvoicePlace? = nil, limit: Int
  ) {
    self.tenant = tenant
    self.statuses = statuses
    self.from = from
    self.before = before
    self.after = after
    self.limit = limit
  }
}

/// A place in a list of invoices: the last one seen.
public struct InvoicePlace: Sendable {
  /// When it was made.
  public var createdAt: Timestamp
  /// Which it was.
  public var id: InvoiceID
  /// Names a place.
  public init(createdAt: Timestamp, id: InvoiceID) {
    self.createdAt = createdAt
    self.id = id
  }
}
