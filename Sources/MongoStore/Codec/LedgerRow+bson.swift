import Orders

extension LedgerRow: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.tenant("tenantId", tenantID)
    writer.string("productId", productID)
    let plain = plainKind
    writer.string("kind", plain.rawValue)
    if plain != kind { writer.string("newKind", kind.rawValue) }
    writer.quantity("onHand", onHand)
    if reserved != .zero { writer.quantity("reserved", reserved) }
    writer.quantity("damaged", damaged)
    writer.quantity("onHold", onHold)
    writer.quantity("backordered", backordered)
    if let orderID { writer.identifier("orderId", orderID) }
    if let hold {
      writer.int64("seq", hold.seq)
      writer.string("owner", hold.owner)
      if let expiresAt = hold.expiresAt { writer.date("expiresAt", expiresAt) }
    }
    writer.optionalString("reason", reason)
    writer.user("by", by)
    writer.date("at", at)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> LedgerRow {
    LedgerRow(
      id: try reader.identifier("_id", LedgerRow.self), tenantID: try reader.tenant("tenantId"),
      productID: try reader.string("productId"), kind: try LedgerKind.read(&reader),
      onHand: try reader.quantity("onHand"), reserved: try reader.optionalQuantity("reserved"),
      damaged: try reader.quantity("damaged"),
      onHold: try reader.quantity("onHold"), backordered: try reader.quantity("backordered"),
      orderID: try reader.optionalIdentifier("orderId", Order.self), hold: try Hold.read(&reader),
      reason: try reader.optionalString("reason"),
      by: try reader.user("by"), at: try reader.date("at"))
  }
}

extension LedgerRow.Hold {
  /// Nil for a row that no step wrote.
  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> LedgerRow.Hold? {
    guard let seq = try reader.optionalInteger("seq") else { return nil }
    return LedgerRow.Hold(
      seq: seq, owner: try reader.string("owner"), expiresAt: try reader.optionalDate("expiresAt"))
  }
}

extension LedgerRow {
  /// What `kind` says, in the words that every version reads: to one that knows no reservations, what is reserved is taken.
  fileprivate var plainKind: LedgerKind {
    switch kind {
    case .reserved, .confirmed: .deducted
    case .released: .restored
    case .transfer: damaged != .zero ? .damaged : .onHold
    case .receipt, .correction, .damaged, .onHold, .deducted, .restored: kind
    }
  }
}

extension LedgerKind {
  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> LedgerKind {
    // One of a newer version says beside it what it comes to for this one.
    if let word = try reader.optionalString("newKind"), let kind = LedgerKind(word) { return kind }
    return try reader.word("kind", LedgerKind.self)
  }
}
