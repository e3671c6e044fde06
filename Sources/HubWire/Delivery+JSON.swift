public import Orders

extension Delivery {
  /// Writes the delivery as the REST answers and the events show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("id")
    json.id(id)
    json.name("_id")
    json.id(id)
    json.name("deliveryNumber")
    json.string(number)
    json.name("orderId")
    json.id(orderID)
    json.name("status")
    json.string(status.rawValue)
    json.name("items")
    json.beginArray()
    for item in items {
      json.beginObject()
      json.name("itemId")
      json.id(item.itemID)
      json.name("productId")
      json.string(item.productID)
      json.name("name")
      json.string(item.name)
      json.name("quantity")
      json.quantity(item.quantity)
      json.endObject()
    }
    json.endArray()
    json.name("value")
    json.money(value)
    json.name("date")
    json.time(date)
    json.name("notes")
    json.string(notes)
    json.name("invoiceId")
    if let invoiceID { json.id(invoiceID) } else { json.null() }
    json.name("createdBy")
    json.string(createdBy.text)
    json.name("createdAt")
    json.time(createdAt)
    json.name("updatedAt")
    json.time(updatedAt)
    json.endObject()
  }
}
