import HubTestSupport
import Testing

/// What an edit changes of an order, all of it.
extension KeptMemberTests {
  /// Of an order of its own: what is edited is not what was placed.
  static func takeEdit(_ boss: Caller, _ take: Take) async throws {
    let order = try await boss.place([("stool", "4")])
    let customer: Document = [
      "name": "Asha Rao", "phone": "+91 98450 12345", "email": "asha@example.org", "address": "2 High St",
    ]
    let line: Document = [
      "itemId": order["items"][0]["id"], "productId": "stool", "quantity": 3, "unitPrice": 25, "discount": 1,
      "taxRate": 0.1, "name": "Stool",
    ]
    let body: Document = [
      "version": order["version"], "customer": customer, "deliveryDate": "2026-12-24T10:00:00.000Z",
      "notes": "second floor", "notesForCustomer": "we ring twice", "discount": 2, "items": .array([line]),
    ]
    try await take("PATCH /api/orders/{id}", "/api/orders/\(order.id)", body) { reply in
      let edited = try await boss.order(order)
      #expect(reply["order"] == edited)
      var found = leaves(of: edited["customer"], "customer")
      for (name, value) in edited["items"][0].members { found["items[].\(name)"] = value }
      found["items[].itemId"] = edited["items"][0]["id"]
      // The item bears its own discount and its share of the order's, which is all of it.
      found["items[].discount"] = .number(edited["items"][0]["discount"].value - 2)
      found["discount"] = .number(edited["discount"].value - 1)
      for name in ["deliveryDate", "notes", "notesForCustomer"] { found[name] = edited[name] }
      // An event of the order, and one of the stock.
      found["version"] = .number(edited["version"].value - 2)
      return found
    }
  }
}
