import Orders
import Spelling

/// A value that is one document of a collection.
protocol Document: Sendable {
  /// Writes its fields.
  func write(to writer: inout BSONWriter) throws(BSONError)
  /// Reads it back.
  static func read(_ reader: inout BSONReader) throws(BSONError) -> Self
}

extension Order: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.tenant("tenantId", tenantID)
    writePlaced(to: &writer)
    writeState(to: &writer)
  }

  /// Writes it as a change of what is stored: its state, for what it was placed with stays. The server compares each field
  /// and leaves alone, in its indexes and its log too, what is as it was; a replacement would be logged whole.
  func writeChange(to writer: inout BSONWriter, at place: WrittenAt?) {
    writer.document("$set") {
      writeState(to: &$0)
      place?.write(to: &$0)
    }
  }

  /// The same of an edit, which changes what the order was placed with too, and may take some of it away.
  func writeEdit(to writer: inout BSONWriter, at place: WrittenAt?) {
    writer.document("$set") {
      writeState(to: &$0)
      $0.document("customer") { customer.write(to: &$0) }
      $0.optionalString("notes", notes)
      $0.optionalString("notesForCustomer", notesForCustomer)
      $0.optionalDate("deliveryDate", deliveryDate)
      $0.strings("search", SearchWords.of(number: number, name: customer.name, phone: customer.phone))
      discounts?.write(to: &$0)
      place?.write(to: &$0)
    }
    guard notes == nil || notesForCustomer == nil || deliveryDate == nil || discounts == nil else { return }
    writer.document("$unset") {
      if notes == nil { $0.bool("notes", true) }
      if notesForCustomer == nil { $0.bool("notesForCustomer", true) }
      if deliveryDate == nil { $0.bool("deliveryDate", true) }
      if discounts == nil { $0.bool("discounts", true) }
    }
  }

  /// What an order is placed with. Only an edit changes it, and its words for search with it, which are dear to find.
  private func writePlaced(to writer: inout BSONWriter) {
    writer.string("orderNumber", number)
    writer.document("customer") { customer.write(to: &$0) }
    if let advance {
      writer.document("advance") {
        $0.money("amount", advance.amount)
        $0.string("method", advance.method)
      }
    }
    writer.optionalString("notes", notes)
    writer.optionalString("notesForCustomer", notesForCustomer)
    writer.optionalDate("deliveryDate", deliveryDate)
    if let workflowVersion { writer.int64("workflowVersion", workflowVersion) }
    writer.user("createdBy", createdBy)
    if let kiosk { writer.user("kiosk", kiosk) }
    writer.date("createdAt", createdAt)
    writer.strings("search", SearchWords.of(number: number, name: customer.name, phone: customer.phone))
    discounts?.write(to: &writer)
  }

  /// What the rules change. A reason that was given stays, so nothing is ever taken away.
  private func writeState(to writer: inout BSONWriter) {
    writer.string("workflow", workflow.rawValue)
    // With its workflow, if it is not the plain one: so every index of the states knows the workflow.
    writer.string("status", standing.word)
    writer.string("phase", phase.rawValue)
    writer.string("paymentStatus", paymentStatus.rawValue)
    writer.int64("version", version)
    writer.string("currency", currency.code)
    if let decimals { writer.int64("decimals", Int64(decimals)) }
    writer.documents("items", items) { $1.write(to: &$0) }
    writer.money("subtotal", subtotal)
    writer.money("discount", discount)
    writer.money("tax", tax)
    writer.money("total", total)
    writer.money("paid", paid)
    writer.money("advanceApplied", advanceApplied)
    writer.document("invoices") {
      $0.int64("issued", Int64(invoices.issued))
      $0.int64("settled", Int64(invoices.settled))
    }
    writer.int64("deliveryCount", Int64(deliveryCount))
    writer.optionalString("cancelReason", cancelReason)
    writer.optionalString("closeReason", closeReason)
    writer.date("updatedAt", updatedAt)
    if let rounding { writer.money("rounding", rounding) }
    if credited != .zero { writer.money("credited", credited) }
    if !particulars.isEmpty { particulars.write("particulars", to: &writer) }
    // It stands among the particulars too, where no index finds it but with all others.
    writer.optionalString("seller", particulars.seller)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Order {
    let decimals = try reader.optionalInteger("decimals")
    guard decimals.map({ (0...8).contains($0) }) ?? true else { throw .wrong("decimals") }
    let allocation = Allocation(decimals: decimals.map(Int.init))
    let workflow = WorkflowName(rawValue: try reader.string("workflow"))
    let state = Standing(word: try reader.string("status"))
    return Order(
      id: try reader.identifier("_id", Order.self),
      tenantID: try reader.tenant("tenantId"),
      number: try reader.string("orderNumber"),
      workflow: workflow,
      status: state.status,
      // The word says it, not the field, which processes of before leave as it was.
      phase: state.workflow == workflow ? state.phase : nil,
      paymentStatus: try reader.word("paymentStatus", PaymentStatus.self),
      version: try reader.integer("version"),
      currency: try reader.currency("currency"),
      customer: try Customer.read(try reader.document("customer")),
      items: try reader.documents("items") { item throws(BSONError) in try OrderItem.read(&item, allocation) },
      subtotal: try reader.money("subtotal"),
      discount: try reader.money("discount"),
      tax: try reader.money("tax"),
      total: try reader.money("total"),
      paid: try reader.money("paid"),
      advance: try Advance.read(try reader.optionalDocument("advance")),
      advanceApplied: try reader.money("advanceApplied"),
      invoices: try InvoiceCount.read(try reader.document("invoices")),
      deliveryCount: try reader.int("deliveryCount"),
      notes: try reader.optionalString("notes"),
      notesForCustomer: try reader.optionalString("notesForCustomer"),
      cancelReason: try reader.optionalString("cancelReason"),
      closeReason: try reader.optionalString("closeReason"),
      deliveryDate: try reader.optionalDate("deliveryDate"),
      createdBy: try reader.user("createdBy"),
      createdAt: try reader.date("createdAt"),
      updatedAt: try reader.date("updatedAt"),
      decimals: decimals.map(Int.init),
      rounding: try reader.optionalInteger("rounding").map(Money.init(units:)),
      credited: try reader.optionalInteger("credited").map(Money.init(units:)) ?? .zero,
      particulars: try Particulars.read("particulars", &reader),
      workflowVersion: try reader.optionalInteger("workflowVersion"),
      kiosk: try reader.optionalString("kiosk").flatMap { UserID($0) },
      discounts: try OrderDiscounts.read(try reader.optionalDocument("discounts")))
  }
}

extension OrderDiscounts {
  /// Beside the items and not in them: a process of before, which writes those whole, leaves it as it is.
  fileprivate func write(to writer: inout BSONWriter) {
    writer.document("discounts") {
      $0.money("order", order)
      $0.documents("items", items) { $0.money("own", $1) }
    }
  }

  fileprivate static func read(_ document: BSONReader?) throws(BSONError) -> OrderDiscounts? {
    guard var reader = document else { return nil }
    return OrderDiscounts(
      order: try reader.money("order"),
      items: try reader.documents("items") { item throws(BSONError) in try item.money("own") })
  }
}

extension Customer {
  fileprivate func write(to writer: inout BSONWriter) {
    writer.optionalString("id", id)
    writer.string("name", name)
    writer.optionalString("phone", phone)
    writer.optionalString("email", email)
    writer.optionalString("address", address)
  }

  fileprivate static func read(_ document: BSONReader) throws(BSONError) -> Customer {
    var reader = document
    return Customer(
      id: try reader.optionalString("id"), name: try reader.string("name"), phone: try reader.optionalString("phone"),
      email: try reader.optionalString("email"), address: try reader.optionalString("address"))
  }
}

extension OrderItem {
  fileprivate func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.string("productId", productID)
    writer.string("name", name)
    writer.money("unitPrice", unitPrice)
    writer.quantity("quantity", quantity)
    writer.quantity("cancelled", cancelled)
    writer.quantity("delivered", delivered)
    writer.quantity("received", received)
    writer.quantity("returned", returned)
    writer.quantity("invoiced", invoiced)
    writer.money("subtotal", subtotal)
    writer.money("discount", discount)
    writer.int64("taxRate", taxRate.millionths)
    writer.money("tax", tax)
    writer.quantity("backordered", backordered)
    writer.bool("tracked", tracked)
    if let billed {
      writer.document("billed") {
        $0.money("subtotal", billed.subtotal)
        $0.money("discount", billed.discount)
        $0.money("tax", billed.tax)
      }
    }
  }

  private static func billed(_ document: BSONReader?) throws(BSONError) -> ItemAmounts? {
    guard var reader = document else { return nil }
    let amounts = ItemAmounts(
      subtotal: try reader.money("subtotal"), discount: try reader.money("discount"), tax: try reader.money("tax"))
    guard let amounts else { throw .wrong("billed") }
    return amounts
  }

  fileprivate static func read(_ reader: inout BSONReader, _ allocation: Allocation) throws(BSONError) -> OrderItem {
    OrderItem(
      id: try reader.identifier("_id", OrderItem.self), productID: try reader.string("productId"),
      name: try reader.string("name"), unitPrice: try reader.money("unitPrice"),
      quantity: try reader.quantity("quantity"), cancelled: try reader.quantity("cancelled"),
      delivered: try reader.quantity("delivered"), received: try reader.quantity("received"),
      returned: try reader.quantity("returned"), invoiced: try reader.quantity("invoiced"),
      subtotal: try reader.money("subtotal"), discount: try reader.money("discount"),
      taxRate: TaxRate(millionths: try reader.integer("taxRate")), tax: try reader.money("tax"),
      backordered: try reader.quantity("backordered"), tracked: try reader.bool("tracked"),
      allocation: allocation, billed: try billed(try reader.optionalDocument("billed")))
  }
}

extension Advance {
  fileprivate static func read(_ document: BSONReader?) throws(BSONError) -> Advance? {
    guard var reader = document else { return nil }
    return Advance(amount: try reader.money("amount"), method: try reader.string("method"))
  }
}

extension InvoiceCount {
  fileprivate static func read(_ document: BSONReader) throws(BSONError) -> InvoiceCount {
    var reader = document
    return InvoiceCount(issued: try reader.int("issued"), settled: try reader.int("settled"))
  }
}
