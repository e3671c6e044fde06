public import Orders

extension Delivery {
  /// Writes the delivery as the REST answers and the events show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("_id", id)
    json.member("deliveryNumber", number)
    json.member("orderId", orderID)
    json.member("status", status.rawValue)
    json.member("items", items) { $1.write(to: &$0) }
    json.member("value", value)
    json.name("currency")
    if let currency { json.string(currency.code) } else { json.null() }
    json.member("date", date)
    json.member("notes", notes)
    json.member("notesForCustomer", notesForCustomer)
    json.member("invoiceId", invoiceID)
    json.member("createdBy", createdBy.text)
    json.member("createdAt", createdAt)
    json.member("updatedAt", updatedAt)
    json.endObject()
  }
}

extension DeliveryItem {
  /// Writes the item as deliveries and parts show it.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("itemId", itemID)
    json.member("productId", productID)
    json.member("name", name)
    json.member("quantity", quantity)
    json.endObject()
  }
}
