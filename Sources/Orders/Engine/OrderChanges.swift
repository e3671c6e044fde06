/// Which members of an order an edit has changed, in the order's own words: `customer.phone`, `items`, `total`.
public struct OrderChanges: Sendable, Equatable {
  /// Those that its customer sees too.
  public var shown: [String]
  /// Those that only the staff see.
  public var staffs: [String]
  /// Names them.
  public init(shown: [String], staffs: [String] = []) {
    self.shown = shown
    self.staffs = staffs
  }

  /// Those in which two states of an order differ; not what every change makes another, as its version.
  init(from before: Order, to after: Order) {
    let (was, now) = (before.customer, after.customer)
    shown = [
      ("customer.name", was.name != now.name), ("customer.phone", was.phone != now.phone),
      ("customer.email", was.email != now.email), ("customer.address", was.address != now.address),
      ("deliveryDate", before.deliveryDate != after.deliveryDate),
      ("notesForCustomer", before.notesForCustomer != after.notesForCustomer),
      ("items", before.items != after.items), ("subtotal", before.subtotal != after.subtotal),
      ("discount", before.discount != after.discount), ("tax", before.tax != after.tax),
      ("total", before.total != after.total), ("paymentStatus", before.paymentStatus != after.paymentStatus),
      ("status", before.status != after.status), ("particulars", before.particulars != after.particulars),
    ].filter(\.1).map(\.0)
    staffs = before.notes != after.notes ? ["notes"] : []
  }
}

/// One thing that happened to an order, for whoever did not know of it.
public struct PastChange: Sendable, Equatable {
  /// Its number.
  public var seq: Int64
  /// What happened.
  public var type: EventType
  /// When.
  public var at: Timestamp
  /// Who did it; nil for those who are not to know.
  public var by: Text?
  /// Which members of the order are another since, where it was an edit.
  public var changed: [Text]
  /// Describes it.
  public init(seq: Int64, type: EventType, at: Timestamp, by: Text?, changed: [Text]) {
    self.seq = seq
    self.type = type
    self.at = at
    self.by = by
    self.changed = changed
  }

  /// The most that a refusal tells.
  public static let limit = 20
}
