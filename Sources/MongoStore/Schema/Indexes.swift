/// The indexes, by collection. What a read relies on by name is named here.
enum Indexes {
  static let orderNumber: StaticString = "tenant_number"
  static let created: StaticString = "tenant_created"
  static let state: StaticString = "tenant_status_payment_created"
  static let search: StaticString = "tenant_search_created"
  static let changed: StaticString = "tenant_change"
  static let customer: StaticString = "tenant_customer_created"
  static let seller: StaticString = "tenant_seller_created"
  static let kiosk: StaticString = "tenant_kiosk_created"
  static let total: StaticString = "tenant_total"
  static let deliveryDate: StaticString = "tenant_deliveryDate"
  static let deliveryDay: StaticString = "tenant_status_day"
  static let ledgerProduct: StaticString = "tenant_product"
  static let ledgerOrder: StaticString = "order_seq"
  static let ledgerProductOrder: StaticString = "tenant_product_order_seq"
  static let invoiceNumber: StaticString = "tenant_number"
  static let invoiceStatus: StaticString = "tenant_status_created"
  static let creditNumber: StaticString = "tenant_credit"
  static let outboxOrder: StaticString = "order"
  static let outboxTenant: StaticString = "tenant"
  static let formBefore: StaticString = "form_before"
  static let sessionUser: StaticString = "tenant_user"
  static let userRole: StaticString = "tenant_role"
  static let jobReady: StaticString = "kind_ready"
  static let jobTenantReady: StaticString = "kind_tenant_ready"
  static let jobDied: StaticString = "kind_died"
  static let partNumber: StaticString = "tenant_order_kind_number"
  static let jobState: StaticString = "tenant_state_kind_name_due"

  /// One index.
  struct Index {
    let collection: Collection
    let name: StaticString
    let keys: [(StaticString, Int32)]
    var isUnique = false
    /// Only documents that have this field stand in it.
    var onlyWith: StaticString?
    /// Only documents that have not this field stand in it; and none of them can, for a hashed key is never an array.
    var refusesWithout: StaticString?
    /// Documents go once this date is past.
    var expires = false
  }

  static let all: [Index] = [
    Index(collection: .orders, name: orderNumber, keys: [("tenantId", 1), ("orderNumber", 1)], isUnique: true),
    Index(collection: .orders, name: created, keys: [("tenantId", 1), ("createdAt", 1), ("_id", 1)]),
    Index(
      collection: .orders, name: state,
      keys: [("tenantId", 1), ("status", 1), ("paymentStatus", 1), ("createdAt", 1), ("_id", 1)]),
    Index(
      collection: .orders, name: search, keys: [("tenantId", 1), ("search", 1), ("createdAt", 1), ("_id", 1)]),
    Index(
      collection: .orders, name: customer,
      keys: [("tenantId", 1), ("customer.id", 1), ("createdAt", 1), ("_id", 1)], onlyWith: "customer.id"),
    // Nothing of these two changes once it is there, and only the orders stand in them that sellers and kiosks have.
    Index(
      collection: .orders, name: seller, keys: [("tenantId", 1), ("seller", 1), ("createdAt", 1), ("_id", 1)],
      onlyWith: "seller"),
    Index(
      collection: .orders, name: kiosk, keys: [("tenantId", 1), ("kiosk", 1), ("createdAt", 1), ("_id", 1)],
      onlyWith: "kiosk"),
    // What these two sort by does not change while an order is delivered and paid.
    Index(collection: .orders, name: total, keys: [("tenantId", 1), ("total", 1), ("_id", 1)]),
    Index(collection: .orders, name: deliveryDate, keys: [("tenantId", 1), ("deliveryDate", 1), ("_id", 1)]),
    Index(collection: .deliveries, name: "order", keys: [("orderId", 1), ("_id", 1)]),
    // With the status before the day it answers as well what is still pending, whatever its day.
    Index(collection: .deliveries, name: deliveryDay, keys: [("tenantId", 1), ("status", 1), ("day", 1), ("_id", 1)]),
    // A delivery has one live invoice, and as many as were credited: these differ in their credit note's number.
    Index(
      collection: .invoices, name: "delivery_credit", keys: [("deliveryId", 1), ("creditNote.number", 1)],
      isUnique: true),
    // Of no document, and of the name by which versions before credit notes allow one invoice a delivery: whoever of them
    // starts finds it made.
    Index(collection: .invoices, name: "delivery", keys: [("invoiceBefore", 1)], onlyWith: "invoiceBefore"),
    Index(collection: .invoices, name: invoiceNumber, keys: [("tenantId", 1), ("number", 1)], isUnique: true),
    Index(
      collection: .invoices, name: creditNumber, keys: [("tenantId", 1), ("creditNote.number", 1)], isUnique: true,
      onlyWith: "creditNote.number"),
    Index(collection: .invoices, name: "order", keys: [("orderId", 1), ("_id", 1)]),
    Index(
      collection: .invoices, name: invoiceStatus,
      keys: [("tenantId", 1), ("paymentStatus", 1), ("createdAt", 1), ("_id", 1)]),
    Index(collection: .ledger, name: ledgerProduct, keys: [("tenantId", 1), ("productId", 1), ("_id", -1)]),
    // Of the rows alone that steps of workflows write: those of other orders cost nothing by them.
    Index(collection: .ledger, name: ledgerOrder, keys: [("orderId", 1), ("seq", 1)], onlyWith: "seq"),
    Index(
      collection: .ledger, name: ledgerProductOrder,
      keys: [("tenantId", 1), ("productId", 1), ("orderId", 1), ("seq", 1)], onlyWith: "seq"),
    Index(
      collection: .events, name: changed,
      keys: [("tenantId", 1), ("changeShard", 1), ("changeRevision", 1), ("orderId", 1)], onlyWith: "changeShard"),
    // See `DocumentForm`.
    Index(collection: .outbox, name: formBefore, keys: [("writes", 1)], refusesWithout: "form"),
    Index(collection: .outbox, name: outboxOrder, keys: [("writes.orderId", 1)]),
    Index(collection: .outbox, name: outboxTenant, keys: [("writes.tenant", 1), ("_id", 1)]),
    Index(collection: .answers, name: "expires", keys: [("expiresAt", 1)], expires: true),
    Index(collection: .users, name: userRole, keys: [("tenantId", 1), ("role", 1), ("_id", 1)]),
    Index(
      collection: .users, name: "tokens_from_id", keys: [("tokensFrom", 1), ("_id", 1)], onlyWith: "tokensFrom"),
    Index(collection: .workflows, name: "revision", keys: [("revision", 1)], isUnique: true),
    // What is to be done: only those that wait have a time from which they may be taken.
    Index(
      collection: .jobs, name: jobReady, keys: [("kind", 1), ("ready", 1), ("tenantId", 1), ("_id", 1)],
      onlyWith: "ready"),
    Index(
      collection: .jobs, name: jobTenantReady, keys: [("kind", 1), ("tenantId", 1), ("ready", 1), ("_id", 1)],
      onlyWith: "ready"),
    Index(collection: .jobs, name: jobDied, keys: [("kind", 1), ("diedAt", 1)], onlyWith: "diedAt"),
    Index(collection: .jobs, name: "timer", keys: [("timer", 1)], isUnique: true, onlyWith: "timer"),
    Index(
      collection: .jobs, name: jobState,
      keys: [("tenantId", 1), ("state", 1), ("kind", 1), ("name", 1), ("due", 1), ("_id", 1)]),
    Index(collection: .jobs, name: "expires", keys: [("expiresAt", 1)], expires: true),
    Index(
      collection: .parts, name: partNumber, keys: [("tenantId", 1), ("orderId", 1), ("kind", 1), ("number", 1)],
      isUnique: true),
    Index(collection: .sessions, name: "token", keys: [("tokenHash", 1)], isUnique: true),
    Index(collection: .sessions, name: "used", keys: [("used", 1)]),
    Index(collection: .sessions, name: sessionUser, keys: [("tenantId", 1), ("user", 1)]),
    Index(collection: .sessions, name: "expires", keys: [("expiresAt", 1)], expires: true),
  ]

  /// What older versions made and would now be in the way, or has a better one in its place; `field` is the first of the
  /// keys, for a name may be another index's today.
  static let obsolete: [(collection: Collection, name: StaticString, field: StaticString)] = [
    (.invoices, "delivery", "deliveryId"), (.deliveries, "tenant_day", "tenantId"),
    (.orders, "tenant_change", "tenantId"), (.tallies, "worth_before", "counts.value"),
    (.tallies, "fraction_before", "counts.valueFraction"),
    (.users, "tokens_from", "tokensFrom"),
  ]
}

extension Indexes.Index {
  func write(to writer: inout BSONWriter) {
    writer.document("key") {
      for (field, direction) in keys {
        if refusesWithout == nil { $0.int32(field, direction) } else { $0.string(field, "hashed" as StaticString) }
      }
    }
    writer.string("name", name)
    if let refusesWithout { writer.document("partialFilterExpression") { $0.null(refusesWithout) } }
    if isUnique { writer.bool("unique", true) }
    if let onlyWith {
      writer.document("partialFilterExpression") { $0.document(onlyWith) { $0.bool("$exists", true) } }
    }
    if expires { writer.int32("expireAfterSeconds", 0) }
  }
}
