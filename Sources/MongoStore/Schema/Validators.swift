/// What the server itself refuses to store, whoever writes it: the last line of defence, for the essentials only.
enum Validators {
  /// A rule for one field.
  enum Rule {
    case text
    case identifier
    case date
    /// An int64 of at least so much.
    case whole(min: Int64?)
    /// One of these words.
    case word([String])
    /// So many documents, each by these rules.
    case list(min: Int32, max: Int32, [(StaticString, Rule)])
  }

  static func rules(of collection: Collection) -> [(StaticString, Rule)] {
    switch collection {
    case .orders: orders
    case .deliveries: deliveries
    case .invoices: invoices
    case .products:
      [("tenantId", .text), ("productId", .text), ("onHand", .whole(min: nil)), ("version", notNegative)]
    case .ledger: [("tenantId", .text), ("productId", .text), ("onHand", .whole(min: nil)), ("at", .date)]
    case .events:
      events
    case .tallies: [("tenantId", .text), ("shard", .whole(min: 0)), ("revision", .whole(min: 1))]
    case .numbers: [("last", .whole(min: 1))]
    case .outbox:
      [
        ("form", .whole(min: DocumentForm.current)),
        ("writes", .list(min: 1, max: 1_000, [("first", .whole(min: 1)), ("last", .whole(min: 1))])),
      ]
    case .answers: [("tenantId", .text), ("status", .whole(min: 200)), ("expiresAt", .date)]
    case .users: [("tenantId", .text), ("name", .text), ("role", .text)]
    case .sessions: [("tenantId", .text), ("tokenHash", .text), ("expiresAt", .date)]
    case .workflows:
      [("tenantId", .text), ("name", .text), ("version", .whole(min: 1)), ("revision", .whole(min: 1))]
    case .migrations: [("step", .whole(min: 1))]
    case .tenants: tenants
    case .tenantChanges:
      [("tenantId", .text), ("version", .whole(min: 1)), ("at", .date), ("by", .text)]
    case .jobs: jobs
    case .parts: parts
    }
  }

  private static let notNegative = Rule.whole(min: 0)

  private static let orders: [(StaticString, Rule)] = [
    ("tenantId", .text), ("orderNumber", .text), ("status", .text),
    ("paymentStatus", .word(["unpaid", "partially_paid", "paid", "partially_refunded", "refunded"])),
    ("version", .whole(min: 1)), ("createdAt", .date), ("total", notNegative), ("paid", notNegative),
    ("items", .list(min: 1, max: 500, orderItems)),
  ]

  private static let orderItems: [(StaticString, Rule)] = [
    ("_id", .identifier), ("productId", .text), ("quantity", .whole(min: 1)), ("cancelled", notNegative),
    ("delivered", notNegative), ("received", notNegative), ("returned", notNegative), ("invoiced", notNegative),
  ]

  private static let events: [(StaticString, Rule)] = [
    ("_id", .text), ("orderId", .identifier), ("seq", .whole(min: 1)), ("tenantId", .text), ("type", .text),
    ("at", .date),
  ]

  private static let jobs: [(StaticString, Rule)] = [
    ("tenantId", .text), ("kind", .text), ("name", .text), ("state", .text), ("due", .date),
    ("attempts", .whole(min: 0)), ("createdAt", .date),
  ]

  private static let parts: [(StaticString, Rule)] = [
    ("orderId", .identifier), ("tenantId", .text), ("kind", .text), ("number", .whole(min: 1)), ("status", .text),
    ("items", .list(min: 0, max: 500, deliveryItems)), ("createdAt", .date),
  ]

  private static let deliveries: [(StaticString, Rule)] = [
    ("orderId", .identifier), ("tenantId", .text), ("number", .text), ("day", .text),
    ("status", .word(["pending", "dispatched", "delivered", "failed", "cancelled"])),
    ("items", .list(min: 1, max: 500, deliveryItems)),
  ]

  private static let deliveryItems: [(StaticString, Rule)] = [
    ("itemId", .identifier), ("quantity", .whole(min: 1)),
  ]

  private static let invoices: [(StaticString, Rule)] = [
    ("orderId", .identifier), ("deliveryId", .identifier), ("tenantId", .text), ("number", .text),
    ("total", notNegative), ("paid", notNegative), ("advanceApplied", notNegative),
  ]

  private static let tenants: [(StaticString, Rule)] = [
    ("tenantId", .text), ("version", .whole(min: 1)), ("revision", .whole(min: 1)), ("settings", .text),
    ("secrets", .list(min: 0, max: 200, [("path", .text), ("key", .text)])), ("updatedAt", .date), ("updatedBy", .text),
  ]

  /// Writes `$jsonSchema` for a document of these rules.
  static func write(_ rules: [(StaticString, Rule)], to writer: inout BSONWriter) {
    writer.string("bsonType", "object" as StaticString)
    writer.strings("required", rules.map { "\($0.0)" as String })
    writer.document("properties") { writer in
      for (field, rule) in rules { writer.document(field) { write(rule, to: &$0) } }
    }
  }

  private static func write(_ rule: Rule, to writer: inout BSONWriter) {
    switch rule {
    case .text: writer.string("bsonType", "string" as StaticString)
    case .identifier: writer.string("bsonType", "objectId" as StaticString)
    case .date: writer.string("bsonType", "date" as StaticString)
    case .whole(let least):
      writer.string("bsonType", "long" as StaticString)
      if let least { writer.int64("minimum", least) }
    case .word(let words): writer.strings("enum", words)
    case .list(let least, let most, let rules):
      writer.string("bsonType", "array" as StaticString)
      writer.int32("minItems", least)
      writer.int32("maxItems", most)
      writer.document("items") { write(rules, to: &$0) }
    }
  }
}
