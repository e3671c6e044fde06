/// Something that an order has beside its deliveries and invoices: a return, a refund, a shipment, a dispute, a
/// prescription.
///
/// Its workflow's table alone makes it and moves it (`WorkflowEffect.addPart`, `.movePart`); nothing else of the hub knows
/// what its kind is about. Whoever writes one writes its order too, whose version guards it.
public struct Part: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: PartID
  /// The order it belongs to.
  public var orderID: OrderID
  /// The order's tenant.
  public var tenantID: TenantID
  /// What sort of part.
  public var kind: PartKind
  /// 1, 2, 3 … without a gap among the order's parts of its kind.
  public var number: Int64
  /// How it stands, in the table's words.
  public var status: Status
  /// What of the order it is about; an item stands once. Empty where it is about no items, or all.
  public var items: [DeliveryItem]
  /// What is known of it that the staff and the order's customer see.
  public var record: Particulars
  /// What the staff alone see.
  public var staffRecord: Particulars
  /// Who made it.
  public var createdBy: UserID
  /// When it was made.
  public var createdAt: Timestamp
  /// When it last changed.
  public var updatedAt: Timestamp

  /// Makes a part of all its members.
  public init(
    id: PartID, orderID: OrderID, tenantID: TenantID, kind: PartKind, number: Int64, status: Status,
    items: [DeliveryItem] = [], record: Particulars = Particulars(), staffRecord: Particulars = Particulars(),
    createdBy: UserID, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.orderID = orderID
    self.tenantID = tenantID
    self.kind = kind
    self.number = number
    self.status = status
    self.items = items
    self.record = record
    self.staffRecord = staffRecord
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// The most parts an order may ever have, of all kinds.
  public static let limit = 100
}

/// The identity of a part.
public typealias PartID = Identifier<Part>

/// What sort of part, in its workflow's word: 1 to 32 of `A–Z a–z 0–9 _`, a letter first: `return`.
public struct PartKind: Hashable, Sendable {
  /// The word as written.
  public let text: Text
  /// The field of an event's input that names a part of this kind: `returnId`.
  public let idField: ParticularName
  /// Nil unless the text is such a word.
  public init?(_ text: Text) {
    guard text.utf8.count <= Self.limitBytes, ParticularName(text) != nil, let field = ParticularName("\(text)Id")
    else { return nil }
    self.text = text
    idField = field
  }
  /// The most bytes of one.
  public static let limitBytes = 32
  /// What one may be, for people.
  public static let allowed = "1 to 32 of A-Z a-z 0-9 _, a letter first"
}

/// Which fields of an event's input a part keeps, each by its own name.
public struct PartFields: Hashable, Sendable {
  /// Those that the order's customer sees too. `items` become the part's items.
  public var shown: [ParticularName]
  /// Those that the staff alone see.
  public var staffs: [ParticularName]
  /// Names fields.
  public init(_ shown: [ParticularName] = [], staffs: [ParticularName] = []) {
    self.shown = shown
    self.staffs = staffs
  }
  /// All of them.
  var all: [ParticularName] { shown + staffs }
}
