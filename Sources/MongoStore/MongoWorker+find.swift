import Orders

/// A collection of the database; the names stand here and nowhere else.
enum Collection: String, CaseIterable {
  case orders, deliveries, invoices, products, ledger, outbox, answers, tallies, numbers, users, sessions, migrations
  case workflows
  case events = "order_events"
  case jobs
  case tenants
  case tenantChanges = "tenant_changes"
  case parts
}

/// What a read looks for, as one `find` command.
struct Find {
  var collection: Collection
  /// At most so many; 0 for all.
  var limit: Int
  /// Further parts of the command: `sort`, `projection`, `hint`, `skip`.
  var options: (inout BSONWriter) -> Void
  var filter: (inout BSONWriter) -> Void

  init(
    _ collection: Collection, limit: Int, options: @escaping (inout BSONWriter) -> Void = { _ in },
    filter: @escaping (inout BSONWriter) -> Void
  ) {
    self.collection = collection
    self.limit = limit
    self.options = options
    self.filter = filter
  }

  func write(to writer: inout BSONWriter, timeoutMs: Int) {
    writer.string("find", collection.rawValue)
    writer.document("filter", filter)
    options(&writer)
    if limit > 0 {
      writer.int64("limit", Int64(limit))
      writer.int64("batchSize", Int64(limit) + 1)
    } else {
      writer.int64("batchSize", 1_000)
    }
    writer.int64("maxTimeMS", Int64(timeoutMs))
  }
}

extension MongoWorker {
  /// All that it finds, each read by `read`.
  func find<Element>(
    _ find: Find, _ read: (inout BSONReader) throws(BSONError) -> Element
  ) throws -> [Element] {
    let reply = try run(.read) { find.write(to: &$0, timeoutMs: operationTimeoutMs) }
    return try drain(reply, find.collection, read)
  }

  /// The one document that it finds.
  func findOne<Element>(
    _ collection: Collection, _ read: (inout BSONReader) throws(BSONError) -> Element,
    filter: @escaping (inout BSONWriter) -> Void
  ) throws -> Element? {
    try find(Find(collection, limit: 1, filter: filter), read).first
  }

  /// The documents of an aggregation.
  func aggregate<Element>(
    _ collection: Collection, hint: StaticString? = nil, inTransaction: Bool = false,
    stages: (inout Aggregation) -> Void, _ read: (inout BSONReader) throws(BSONError) -> Element
  ) throws -> [Element] {
    let reply = try run(inTransaction ? .plain : .read) {
      $0.string("aggregate", collection.rawValue)
      Aggregation.write(to: &$0, stages)
      $0.document("cursor") { $0.int64("batchSize", 1_000) }
      if let hint { $0.string("hint", hint) }
      $0.int64("maxTimeMS", Int64(operationTimeoutMs))
    }
    return try drain(reply, collection, read)
  }

  /// Reads a cursor to its end. An answer is at most 16 MB, so even a bounded read may take several.
  private func drain<Element>(
    _ first: BSONReader, _ collection: Collection, _ read: (inout BSONReader) throws(BSONError) -> Element
  ) throws -> [Element] {
    var reply = first
    var elements: [Element] = []
    var batch: StaticString = "firstBatch"
    while true {
      var cursor = try reply.document("cursor")
      elements += try cursor.documents(batch, read)
      let id = try cursor.integer("id")
      guard id != 0 else { return elements }
      reply = try run(.plain) {
        $0.int64("getMore", id)
        $0.string("collection", collection.rawValue)
      }
      batch = "nextBatch"
    }
  }

  /// How many documents fit, counting at most `limit`; 0 for all.
  func count(
    _ collection: Collection, hint: StaticString, limit: Int, query: (inout BSONWriter) -> Void
  ) throws -> Int64 {
    var reply = try run(.read) {
      $0.string("count", collection.rawValue)
      $0.document("query", query)
      $0.int64("limit", Int64(limit))
      $0.string("hint", hint)
      $0.int64("maxTimeMS", Int64(operationTimeoutMs))
    }
    return try reply.integer("n")
  }

  /// Whether the primary answers.
  func answers() -> Bool {
    writer.reset()
    return (try? run(.plain, inSession: false) { $0.int32("ping", 1) }) != nil
  }
}

/// Writes the stages of an aggregation.
struct Aggregation: ~Copyable {
  private var stages: [(inout BSONWriter) -> Void] = []

  static func write(to writer: inout BSONWriter, _ body: (inout Aggregation) -> Void) {
    var pipeline = Aggregation()
    body(&pipeline)
    writer.documents("pipeline", pipeline.stages) { $1(&$0) }
  }

  /// Adds a stage, `{$match: {…}}` say.
  mutating func stage(_ name: StaticString, _ body: @escaping (inout BSONWriter) -> Void) {
    stages.append { $0.document(name, body) }
  }

  /// Adds a stage whose value is a number.
  mutating func stage(_ name: StaticString, _ value: Int) { stages.append { $0.int64(name, Int64(value)) } }
}
