public import HubContracts
import HubWire
public import Orders

/// Documents in which nothing is empty, and an event of each type about them. What only the staff may see has texts that
/// stand nowhere else.
public enum SightSamples {
  /// A user of the staff, in every `by` and `createdBy`.
  public static let staffName = "maya-of-the-staff"
  /// What the staff write for each other.
  public static let note = "leave-it-with-the-porter"
  /// What they write for the customer.
  public static let message = "we-ring-the-bell-twice"

  /// Members that no customer is shown, wherever they stand: written down here apart from the table.
  public static let staffMembers: Set<String> = [
    "onHand", "tracked", "backordered", "createdBy", "by", "notes", "cancelReason", "closeReason", "reason",
    "staffRecord", "staffChanged",
  ]
  /// What no customer may read in any bytes.
  public static let staffTexts = [staffName, note, "7654.321", "32.17"] + staffMembers.map { "\"\($0)\"" }

  private static let at = Timestamp(millis: 1_780_000_000_000)
  private static let stock = Quantity(millionths: 7_654_321_000)
  private static let lacking = Quantity(millionths: 32_170_000)

  private static func id<Entity>(_ low: UInt32) -> Identifier<Entity> {
    Identifier(high: 0x6563_f1c2_a9b4_e800, low: low)
  }
  private static func name<Value>(_ text: String, _ make: (String) -> Value?) -> Value {
    guard let value = make(text) else { preconditionFailure("\(text) is not valid") }
    return value
  }

  /// A user of the staff.
  public static let staff = name(staffName, UserID.init)

  /// An order of a customer whose user name this is, if it has one.
  public static func order(
    tenant: String = "north", customer: String? = "asha", number: UInt32 = 1, version: Int64 = 20,
    particulars: Particulars = Particulars(), workflowVersion: Int64? = nil, kiosk: String? = nil
  ) -> Order {
    let price = Money(units: 1_250_000_000)
    return Order(
      id: id(number), tenantID: name(tenant, TenantID.init), number: "ORD-2026-000001", workflow: .delivery,
      status: Status(rawValue: "in_progress"), paymentStatus: .partiallyPaid, version: version,
      currency: name("EUR", Currency.init),
      customer: Customer(
        id: customer.map { Text($0) }, name: "Asha \"R\" Rao", phone: "+91 98450", email: "asha@example.org",
        address: "2 High St"),
      items: [
        OrderItem(
          id: id(11), productID: "desk", name: "Desk", unitPrice: price, quantity: Quantity(millionths: 40_000_000),
          subtotal: price, discount: price, taxRate: TaxRate(millionths: 180_000), tax: price, backordered: lacking,
          tracked: true)
      ], subtotal: price, discount: price, tax: price, total: price, paid: price,
      advance: Advance(amount: price, method: "card"), advanceApplied: price,
      invoices: InvoiceCount(issued: 1, settled: 0), deliveryCount: 1, notes: Text(note),
      notesForCustomer: Text(message), cancelReason: Text(note), closeReason: Text(note), deliveryDate: at,
      createdBy: staff, createdAt: at, updatedAt: at, credited: price, particulars: particulars,
      workflowVersion: workflowVersion, kiosk: kiosk.map { name($0, UserID.init) })
  }

  /// A delivery of an order.
  public static func delivery(of order: Order) -> Delivery {
    Delivery(
      id: id(21), orderID: order.id, tenantID: order.tenantID, number: "\(order.number)-D1", status: .dispatched,
      items: order.items.map {
        DeliveryItem(itemID: $0.id, productID: $0.productID, name: $0.name, quantity: $0.quantity)
      }, value: order.total, date: at, day: "2026-05-28", notes: Text(note),
      notesForCustomer: Text(message), invoiceID: id(31), createdBy: staff, createdAt: at, updatedAt: at,
      currency: order.currency)
  }

  /// An invoice of a delivery, with a payment.
  public static func invoice(of order: Order) -> Invoice {
    let item = order.items[0]
    return Invoice(
      id: id(31), orderID: order.id, deliveryID: id(21), tenantID: order.tenantID, number: "INV-2026-000001",
      lines: [
        InvoiceLine(
          itemID: item.id, productID: item.productID, name: item.name, quantity: item.quantity,
          unitPrice: item.unitPrice, subtotal: item.subtotal, discount: item.discount, tax: item.tax,
          total: order.total)
      ], currency: order.currency, subtotal: order.subtotal, discount: order.discount, tax: order.tax,
      total: order.total, advanceApplied: order.advanceApplied, paid: order.paid,
      payments: [Payment(amount: order.paid, method: "cash", at: at, by: staff)], createdBy: staff, createdAt: at,
      updatedAt: at)
  }

  /// The same once it is credited, and rounded as those of older versions are.
  public static func credited(of order: Order) -> Invoice {
    var invoice = invoice(of: order)
    invoice.rounding = Money(units: 1)
    invoice.creditNote = CreditNote(
      number: "CN-2026-000001", reason: Text(note), refund: Refund(amount: order.paid, method: "cash"), at: at,
      by: staff)
    return invoice
  }

  /// A part of an order, of which the staff know more than its customer.
  public static func part(of order: Order) -> Part {
    let (carrier, porter) = (
      name("carrier", { ParticularName(Text($0)) }), name("porter", { ParticularName(Text($0)) })
    )
    return Part(
      id: id(41), orderID: order.id, tenantID: order.tenantID, kind: name("shipment", { PartKind(Text($0)) }),
      number: 1,
      status: Status(rawValue: "packed"), items: delivery(of: order).items,
      record: Particulars([.init(carrier, .text("By sea")), .init(porter, .flag(true))]),
      staffRecord: Particulars([.init(porter, .text(Text(note)))]), createdBy: staff, createdAt: at, updatedAt: at)
  }

  private static let affected = [
    AffectedProduct(
      productID: "desk", name: "Desk", quantity: Quantity(millionths: 40_000_000), backordered: lacking, tracked: true,
      onHand: stock)
  ]

  /// An event of each type about an order.
  public static func payloads(of order: Order) -> [EventPayload] {
    var all: [EventPayload] = []
    while let next = next(after: all.last, of: order) { all.append(next) }
    return all
  }

  /// Every case stands here, or this does not compile.
  private static func next(after last: EventPayload?, of order: Order) -> EventPayload? {
    switch last {
    case nil: .orderCreated
    // The same type, with more in it.
    case .orderCreated: .orderEdited(OrderChanges(shown: ["items", "total"], staffs: ["notes"]))
    case .orderUpdated, .orderEdited: .orderCancelled
    case .orderCancelled: .orderProgressUpdated
    case .orderProgressUpdated: .orderPaymentUpdated
    case .orderPaymentUpdated: .inventoryReduced(affected)
    case .inventoryReduced: .inventoryRestored(affected)
    case .inventoryRestored: .deliveryCreated(delivery(of: order))
    case .deliveryCreated: .deliveryStatusUpdated(delivery(of: order))
    case .deliveryStatusUpdated: .partCreated(part(of: order))
    case .partCreated: .partUpdated(part(of: order))
    case .partUpdated: .invoiceGenerated(invoice(of: order), delivery(of: order))
    case .invoiceGenerated: .invoiceCredited(credited(of: order), delivery(of: order))
    case .invoiceCredited, .announced: nil
    }
  }

  /// The envelopes of an event of each type, as they are stored and published.
  public static func events(of order: Order) -> [RecordedEvent] {
    EnvelopeWriter.record(payloads(of: order), of: order, encoded: order.json, by: staff, at: at)
  }
}

extension Document {
  /// All members' names, however deep.
  public var names: Set<String> {
    switch self {
    case .object(let members): members.values.reduce(into: Set(members.keys)) { $0.formUnion($1.names) }
    case .array(let items): items.reduce(into: []) { $0.formUnion($1.names) }
    case .missing, .null, .bool, .number, .string: []
    }
  }

  /// The same without the members of some names, however deep.
  public func without(_ names: Set<String>) -> Document {
    switch self {
    case .object(let members):
      .object(members.filter { !names.contains($0.key) }.mapValues { $0.without(names) })
    case .array(let items): .array(items.map { $0.without(names) })
    case .missing, .null, .bool, .number, .string: self
    }
  }
}
