import HubContracts
import Orders

extension OutboxEntry: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.int64("form", DocumentForm.current)
    writer.documents("writes", writes) { writer, write in
      writer.identifier("orderId", write.orderID)
      if let tenant = write.tenant { writer.string("tenant", tenant.text) }
      writer.int64("first", write.firstSeq)
      writer.int64("last", write.lastSeq)
    }
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> OutboxEntry {
    OutboxEntry(
      id: try reader.identifier("_id", OutboxEntry.self),
      writes: try reader.documents("writes") { write throws(BSONError) in
        UnpublishedWrite(
          orderID: try write.identifier("orderId", Order.self),
          tenant: try write.optionalString("tenant").flatMap { TenantID($0) }, firstSeq: try write.integer("first"),
          lastSeq: try write.integer("last"))
      })
  }
}
