import Orders

extension Part: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.identifier("orderId", orderID)
    writer.tenant("tenantId", tenantID)
    writer.string("kind", kind.text)
    writer.int64("number", number)
    writer.string("status", status.rawValue)
    writer.documents("items", items) { $1.write(to: &$0) }
    if !record.isEmpty { record.write("record", to: &writer) }
    if !staffRecord.isEmpty { staffRecord.write("staffRecord", to: &writer) }
    writer.user("createdBy", createdBy)
    writer.date("createdAt", createdAt)
    writer.date("updatedAt", updatedAt)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Part {
    let id = try reader.identifier("_id", Part.self)
    let order = try reader.identifier("orderId", Order.self)
    let tenant = try reader.tenant("tenantId")
    guard let kind = PartKind(try reader.string("kind") as Text) else { throw .wrong("kind") }
    return Part(
      id: id, orderID: order, tenantID: tenant, kind: kind, number: try reader.integer("number"),
      status: Status(rawValue: try reader.string("status")),
      items: try reader.documents("items") { item throws(BSONError) in try DeliveryItem.read(&item) },
      record: try Particulars.read("record", &reader), staffRecord: try Particulars.read("staffRecord", &reader),
      createdBy: try reader.user("createdBy"), createdAt: try reader.date("createdAt"),
      updatedAt: try reader.date("updatedAt"))
  }
}
