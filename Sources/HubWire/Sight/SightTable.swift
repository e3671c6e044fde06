import Orders

/// What a customer sees of each document, event and answer, and with it a kiosk of what it placed and a seller of what it
/// sells. Staff see all of them as they are written.
///
/// The rule behind the rows: a customer sees what it ordered, gets, owes and has paid. It does not see the stock, who of
/// the staff did something, or what they wrote for one another. A seller sees beside that what it needs to send the goods:
/// what of them is not there, and what is written for whoever delivers. A new member is added here with its decision; until
/// then none of them is given it.
public enum SightTable {
  // MARK: Documents

  static let customer: Columns = [
    "id": .value, "name": .value, "phone": .value, "email": .value, "address": .value,
  ]

  static let item: Columns = [
    "id": .value, "productId": .value, "name": .value, "unitPrice": .value, "quantity": .value, "cancelled": .value,
    "delivered": .value, "received": .value, "returned": .value, "remaining": .value, "invoiced": .value,
    "discount": .value, "taxRate": .value, "tax": .value, "total": .value,
    // That a part must be waited for is the customer's business; how much says how large the stock was.
    "backorder": .value, "backordered": .sellersToo,
  ]

  static let order: Columns = [
    "id": .value, "_id": .value, "orderNumber": .value, "workflow": .value, "workflowVersion": .value,
    "tenantId": .value, "status": .value,
    "phase": .value, "fulfilment": .value, "paymentStatus": .value, "progress": .value, "version": .value,
    "currency": .value, "customer": .object(customer), "items": .list(.object(item)), "subtotal": .value,
    "discount": .value, "tax": .value, "total": .value, "paid": .value,
    "advance": .object(["amount": .value, "method": .value, "applied": .value]),
    "credit": .object(["amount": .value, "applied": .value]),
    // What the staff write for one another, a reason too; and what they mean for the customer.
    "notes": .staffOnly, "notesForCustomer": .value, "cancelReason": .staffOnly, "closeReason": .staffOnly,
    "particulars": .map(.value), "deliveryDate": .value,
    // A user's name of the staff.
    "createdBy": .staffOnly, "createdAt": .value, "updatedAt": .value,
  ]

  static let delivery: Columns = [
    "id": .value, "_id": .value, "deliveryNumber": .value, "orderId": .value, "status": .value,
    "items": .list(.object(["itemId": .value, "productId": .value, "name": .value, "quantity": .value])),
    "value": .value, "currency": .value, "date": .value,
    // For whoever takes it there.
    "notes": .sellersToo, "notesForCustomer": .value, "invoiceId": .value, "createdBy": .staffOnly, "createdAt": .value,
    "updatedAt": .value,
  ]

  static let part: Columns = [
    "id": .value, "_id": .value, "orderId": .value, "kind": .value, "number": .value, "status": .value,
    "items": .list(.object(["itemId": .value, "productId": .value, "name": .value, "quantity": .value])),
    // The workflow's table says which fields go where.
    "record": .map(.value), "staffRecord": .staffOnly, "createdBy": .staffOnly, "createdAt": .value,
    "updatedAt": .value,
  ]

  static let payment: Columns = [
    "amount": .value, "method": .value, "at": .value,
    // Who took it: a user's name of the staff.
    "by": .staffOnly,
  ]

  static let creditNote: Columns = [
    "number": .value, "refund": .object(["amount": .value, "method": .value]), "at": .value,
    // Free text of the staff, and a user's name of it.
    "reason": .staffOnly, "by": .staffOnly,
  ]

  static let invoice: Columns = [
    "id": .value, "_id": .value, "invoiceNumber": .value, "orderId": .value, "deliveryId": .value,
    "paymentStatus": .value,
    "lines": .list(
      .object([
        "itemId": .value, "productId": .value, "name": .value, "quantity": .value, "unitPrice": .value,
        "subtotal": .value, "discount": .value, "tax": .value, "total": .value,
      ])), "currency": .value, "subtotal": .value, "discount": .value, "tax": .value, "total": .value,
    "rounding": .value, "advanceApplied": .value, "paid": .value, "due": .value, "payments": .list(.object(payment)),
    "creditNote": .object(creditNote),
    "createdBy": .staffOnly, "createdAt": .value, "updatedAt": .value,
  ]

  /// A product whose stock an order moved: what of it moved is the order's own, what stock there is is not.
  static let affectedProduct: Columns = [
    "productId": .value, "name": .value, "quantity": .value, "tracked": .staffOnly, "backordered": .sellersToo,
    "onHand": .staffOnly,
  ]

  /// An event's head in an order's document.
  static let eventHead: Columns = ["id": .value, "seq": .value, "type": .value, "at": .value, "by": .staffOnly]

  /// An envelope.
  static let event: Columns = [
    "offset": .value, "id": .value, "seq": .value, "tenant": .value, "type": .value, "orderId": .value,
    "customer": .value, "seller": .value, "at": .value,
    // A user's name, as `createdBy` of an order.
    "kiosk": .staffOnly,
    // By the event's type.
    "data": .staffOnly,
  ]

  /// A field of what an action asks for.
  static let inputField: Columns = [
    "name": .value, "type": .value, "min": .value, "max": .value, "choices": .list(.value), "required": .value,
    "label": .value,
  ]

  // MARK: Events

  /// What is shown of an event's `data`, by its type. Of a type that is not here a customer is told nothing.
  public static let events: [(type: EventType, data: Columns)] = [
    (.orderCreated, ["order": .object(order)]),
    (.orderUpdated, ["changed": .list(.value), "staffChanged": .staffOnly, "order": .object(order)]),
    (.orderPaymentUpdated, ["order": .object(order)]),
    (.orderCancelled, ["orderId": .value, "orderNumber": .value, "cancelReason": .staffOnly]),
    (.orderProgressUpdated, ["orderId": .value, "progress": .value, "status": .value]),
    // They stay in the customer's sequence, so that it has no gaps, and say what of the order's own goods they are about.
    (.inventoryReduced, inventory), (.inventoryRestored, inventory),
    (.deliveryCreated, ["delivery": .object(delivery), "order": .object(order)]),
    (.deliveryStatusUpdated, ["deliveryId": .value, "deliveryNumber": .value, "status": .value]),
    (.invoiceGenerated, ["invoice": .object(invoice), "delivery": .object(delivery)]),
    (.invoiceCredited, ["invoice": .object(invoice), "delivery": .object(delivery)]),
    (.partCreated, ["part": .object(part)]), (.partUpdated, ["part": .object(part)]),
  ]

  private static let inventory: Columns = [
    "orderId": .value, "orderNumber": .value, "affectedProducts": .list(.object(affectedProduct)),
  ]

  // MARK: Answers

  /// What is shown of an answer, by the name of its schema. A route that customers may call gives one of these.
  static let answers: [(schema: String, showing: Showing)] = [
    (
      "OrderList",
      .object([
        "orders": .list(.object(order)),
        "pagination": .object([
          "page": .value, "limit": .value, "total": .value, "totalPages": .value, "totalIsCapped": .value,
          "nextCursor": .value,
        ]),
      ])
    ),
    ("OrderAnswer", .object(["success": .value, "order": .object(order), "parts": .list(.object(part))])),
    ("PartList", .object(["orderId": .value, "parts": .list(.object(part)), "nextAfter": .value])),
    (
      "ActionAnswer",
      .object([
        "success": .value, "order": .object(order), "delivery": .object(delivery), "invoice": .object(invoice),
        "creditNote": .object(creditNote), "parts": .list(.object(part)),
      ])
    ),
    (
      "ActionList",
      .object([
        "orderId": .value, "version": .value, "status": .value,
        "actions": .list(.object(["event": .value, "label": .value, "input": .list(.object(inputField))])),
      ])
    ),
    ("ChangeList", .object(["orders": .list(.object(order)), "next": .value, "hasMore": .value])),
    ("OrderDocument", .object(["order": .object(order), "events": .list(.event(eventHead))])),
    (
      "Remaining",
      .object([
        "orderId": .value, "version": .value,
        "remaining": .map(.object(["total": .value, "delivered": .value, "remaining": .value])),
      ])
    ),
    ("Progress", .object(["orderId": .value, "progress": .value, "status": .value, "version": .value])),
    (
      "EventList",
      .object([
        "orderId": .value, "version": .value, "events": .list(.event(event)), "hasMore": .value, "nextAfter": .value,
      ])
    ),
    ("DeliveryList", .object(["deliveries": .list(.object(delivery)), "nextAfter": .value])),
    ("InvoiceList", .object(["invoices": .list(.object(invoice)), "nextAfter": .value])),
  ]
}
