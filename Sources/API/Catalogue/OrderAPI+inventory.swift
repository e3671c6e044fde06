import HubContracts
import HubRuntime
import HubWire
import Orders

/// Where the goods of the caller's tenant are.
extension OrderAPI {
  func inventory(_ call: Call) async throws -> HTTPReply {
    let (after, limit) = try call.stockPage { $0.utf8.count <= 64 ? $0 : nil }
    // One more than is shown, to know whether there is more.
    var products = try await parts.store.products(tenant: call.actor().tenant, after: after, limit: limit + 1)
    let isLast = products.count <= limit
    products = Array(products.prefix(limit))
    return .json(capacity: 96 + products.count * 256) { json in
      json.name("inventory")
      json.beginArray()
      for product in products { product.writeStock(to: &json) }
      json.endArray()
      json.pages(limit, next: isLast ? nil : products.last.map(\.productID))
    }
  }

  func reservations(_ call: Call) async throws -> HTTPReply {
    let (after, limit) = try call.stockPage { OrderID($0) }
    let product = try await ownProduct(call)
    let query = ReservationQuery(tenant: product.tenantID, productID: product.productID, after: after, limit: limit)
    // A page may look at many rows and find few.
    return try await shares.lists.pass(call.party, work: { $0.body.bytes.count }) {
      try await reservations(query, of: product, limit)
    }
  }

  private func reservations(_ query: ReservationQuery, of product: Product, _ limit: Int) async throws -> HTTPReply {
    let page = try await parts.store.reservations(query)
    return .json(capacity: 160 + page.reservations.count * 192) { json in
      json.member("productId", product.productID)
      json.member("reserved", product.reserved)
      json.name("reservations")
      json.beginArray()
      for reservation in page.reservations { reservation.write(to: &json) }
      json.endArray()
      json.pages(limit, next: page.next.map { Text("\($0)") })
    }
  }
}

extension Call {
  /// `limit` and `cursor`; `read` makes sense of the latter.
  fileprivate func stockPage<Place>(_ read: (Text) -> Place?) throws -> (after: Place?, limit: Int) {
    var problems = FieldProblems()
    var values = QueryValues(request.query, known: ["cursor", "limit"], &problems)
    let page = (
      after: values.cursor(&problems, read), limit: values.integer("limit", 1...100, &problems) ?? 50
    )
    try problems.refuse()
    return page
  }
}

extension Product {
  fileprivate func writeStock(to json: inout JSONWriter) {
    json.beginObject()
    json.member("productId", productID)
    json.member("name", name)
    json.member("active", active)
    json.member("available", available)
    json.member("backordered", backordered)
    json.member("reserved", reserved)
    json.member("onHold", onHold)
    json.member("damaged", damaged)
    json.endObject()
  }
}

extension Reservation {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("orderId", orderID)
    json.member("orderNumber", orderNumber)
    json.member("owner", owner)
    json.member("quantity", quantity)
    json.member("expiresAt", expiresAt)
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func pages(_ limit: Int, next: Text?) {
    name("pagination")
    beginObject()
    member("limit", Int64(limit))
    member("nextCursor", next)
    endObject()
  }
}
