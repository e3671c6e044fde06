public import Orders

extension Part {
  /// Writes the part as the REST answers and the events show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("_id", id)
    json.member("orderId", orderID)
    json.member("kind", kind.text)
    json.member("number", number)
    json.member("status", status.rawValue)
    json.member("items", items) { $1.write(to: &$0) }
    json.name("record")
    record.write(to: &json)
    json.name("staffRecord")
    staffRecord.write(to: &json)
    json.member("createdBy", createdBy.text)
    json.member("createdAt", createdAt)
    json.member("updatedAt", updatedAt)
    json.endObject()
  }
}
