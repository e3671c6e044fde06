/// A change of an order as somebody asks for it, not yet judged. What is not named stays as it is.
public struct OrderEdit: Sendable, Equatable {
  /// What becomes of what an order may be without.
  public enum Setting<Value: Sendable & Equatable>: Sendable, Equatable {
    case stays
    /// It is taken away.
    case cleared
    case set(Value)
  }

  /// What of the customer is to be another. Who it is (`id`) stays.
  public struct CustomerEdit: Sendable, Equatable {
    /// Nil: it stays.
    public var name: Text?
    /// Its phone.
    public var phone = Setting<Text>.stays
    /// Its mail address.
    public var email = Setting<Text>.stays
    /// Where it lives or is delivered to.
    public var address = Setting<Text>.stays
    /// Nothing.
    public init() {}
  }

  /// One line: what an item of the order is to be, a further item, or none any more.
  public struct ItemEdit: Sendable, Equatable {
    /// An item of the order; or a product, of which the order has one item, or none: then it gets one.
    public var subject: DeliveryLine.Subject
    /// The product that a line names beside its item, which must be the item's own.
    public var itemsProduct: Text?
    /// How much is wanted of it in all, without what was cancelled of it; zero takes it off. Nil: as much as before.
    public var quantity: Quantity?
    /// Nil: as before; of a further item the catalogue's.
    public var unitPrice: Money?
    /// The item's own, without its share of the order's. Nil: as before, or none.
    public var discount: Money?
    /// Nil: as before, or the catalogue's, or none.
    public var taxRate: TaxRate?
    /// Nil: as before, or the catalogue's, or the product's id.
    public var name: Text?
    /// Describes a line.
    public init(
      _ subject: DeliveryLine.Subject, quantity: Quantity? = nil, unitPrice: Money? = nil, discount: Money? = nil,
      taxRate: TaxRate? = nil, name: Text? = nil, itemsProduct: Text? = nil
    ) {
      self.subject = subject
      self.quantity = quantity
      self.unitPrice = unitPrice
      self.discount = discount
      self.taxRate = taxRate
      self.name = name
      self.itemsProduct = itemsProduct
    }
  }

  /// The members of an order that an edit may name, in the order in which people see them.
  public enum Member: String, CaseIterable, Sendable {
    case customer, deliveryDate, notes, notesForCustomer, discount, items

    /// Whether only those who run the business may name it.
    public var isStaffs: Bool {
      switch self {
      case .notes, .notesForCustomer, .discount: true
      case .customer, .deliveryDate, .items: false
      }
    }
  }

  /// The order's version that it is meant for.
  public var version: Int64
  /// What of who ordered; nil: nothing.
  public var customer: CustomerEdit?
  /// When the customer wants it.
  public var deliveryDate = Setting<Timestamp>.stays
  /// What the staff write for one another.
  public var notes = Setting<Text>.stays
  /// What the staff write for the customer.
  public var notesForCustomer = Setting<Text>.stays
  /// Taken off the whole order, spread over its items anew.
  public var discount: Money?
  /// 1 to 500 lines; what none names stays.
  public var items: [ItemEdit]?
  /// Changes nothing of this version.
  public init(version: Int64) { self.version = version }

  /// The members that it names.
  public var named: [Member] {
    Member.allCases.filter { member in
      switch member {
      case .customer: customer != nil
      case .deliveryDate: deliveryDate != .stays
      case .notes: notes != .stays
      case .notesForCustomer: notesForCustomer != .stays
      case .discount: discount != nil
      case .items: items != nil
      }
    }
  }

  /// The products that its lines name, each once.
  public var namedProducts: [Text] {
    let products = (items ?? []).compactMap { line -> Text? in
      if case .product(let id) = line.subject { id } else { nil }
    }
    return Array(Set(products))
  }
}

extension OrderEdit.Setting {
  /// What is there afterwards.
  func applied(to value: Value?) -> Value? {
    switch self {
    case .stays: value
    case .cleared: nil
    case .set(let new): new
    }
  }

  /// What is set; nil if nothing is.
  var new: Value? { if case .set(let new) = self { new } else { nil } }
}

// MARK: Its fields in a workflow's table

extension OrderEdit {
  /// The fields by which a row asks for these members.
  public static func fields(_ members: [Member] = Member.allCases) -> [InputField] { members.map(\.field) }

  /// Which version an edit is meant for: asked for by every row that edits, whatever its table says.
  public static let versionField = InputField(
    ParticularName(known: "version"), .whole(1...9_007_199_254_740_991), isRequired: true,
    label: "the order's version that is to be changed")

  /// What a row that edits asks for, of somebody who runs the business or does not.
  public static func fields(of row: WorkflowRow, isStaff: Bool) -> [InputField] {
    [versionField]
      + row.input.filter { field in isStaff || !(Member(field.name.text)?.isStaffs ?? false) }
  }
}

extension OrderEdit.Member {
  /// The field by which a row asks for it.
  var field: InputField {
    switch self {
    case .customer:
      InputField(ParticularName(known: "customer"), .customer, label: "name, phone, email, address of the customer")
    case .deliveryDate: InputField(ParticularName(known: "deliveryDate"), .time, label: "when the customer wants it")
    case .notes: InputField(ParticularName(known: "notes"), .text(0...2_000), label: "notes for the staff")
    case .notesForCustomer:
      InputField(ParticularName(known: "notesForCustomer"), .text(0...2_000), label: "notes for the customer")
    case .discount:
      InputField(ParticularName(known: "discount"), .money, label: "taken off the whole order; 0: nothing")
    case .items: InputField(.items, .items, label: "items to add, to set the quantity of, or to take off with 0")
    }
  }

  /// Whether a field of this type can hold it.
  func fits(_ kind: InputField.Kind) -> Bool {
    switch (self, kind) {
    case (.customer, .customer), (.deliveryDate, .time), (.notes, .text), (.notesForCustomer, .text),
      (.discount, .money), (.items, .items):
      true
    case (.customer, _), (.deliveryDate, _), (.notes, _), (.notesForCustomer, _), (.discount, _), (.items, _): false
    }
  }
}

extension WorkflowEvent {
  /// What an order was placed with changes; see `OrderEdit`.
  public static let edit = WorkflowEvent(rawValue: "edit")
}

extension WorkflowRow {
  /// Whether it changes what an order was placed with.
  public var isEdit: Bool { effects.contains(.editOrder) }
}

extension Workflow {
  /// Whether this event changes what its orders were placed with, in whatever state: by a body that `OrderEdit` describes.
  public func edits(by event: WorkflowEvent) -> Bool {
    event == .edit && definition.rows.contains { $0.event == .edit && $0.isEdit }
  }
}
