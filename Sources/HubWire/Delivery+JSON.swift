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
    json.name("items")
    json.beginArray()
    for item in items {
      json.beginObject()
      json.member("itemId", item.itemID)
      json.member("productId", item.productID)
      json.member("name", item.name)
      json.member("quantity", item.quantity)
      json.endObject()
    }
    json.endArray()
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
