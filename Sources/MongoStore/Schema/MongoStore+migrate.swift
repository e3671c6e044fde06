public import HubContracts

extension MongoStore {
  /// Makes the collections, their validators and indexes; a line for each thing made. Building an index may take
  /// longer than other calls; several processes may do it at once.
  public func migrate() async throws(StoreError) -> [String] {
    var lines: [String] = []
    for collection in Collection.allCases {
      lines += try await write(with: .long) { worker in try worker.migrate(collection) }
    }
    if lines.contains("collection \(Collection.orders.rawValue)") {
      try await write { worker in try worker.noteNothingToRenew() }
    }
    return lines
  }
}

extension MongoWorker {
  fileprivate func migrate(_ collection: Collection) throws -> [String] {
    var lines: [String] = []
    let name = collection.rawValue
    let rules = try validator(of: collection)
    let wanted = wantedValidator(of: collection)
    // A transaction must not be what makes a collection.
    if rules == nil, try create(collection) {
      lines.append("collection \(name)")
    } else if rules ?? [] != wanted {
      try changeValidator(of: collection)
      lines.append("validator of \(name)")
    }
    let present = try indexNames(of: collection)
    for index in Indexes.all where index.collection == collection && !present.contains("\(index.name)") {
      _ = try run(.plain) {
        $0.string("createIndexes", name)
        $0.documents("indexes", CollectionOfOne(index)) { $1.write(to: &$0) }
      }
      lines.append("index \(index.name) of \(name)")
    }
    for index in Indexes.obsolete where index.collection == collection && present.contains("\(index.name)") {
      if try drop(index.name, of: collection) { lines.append("index \(index.name) of \(name) is gone") }
    }
    return lines
  }

  /// False if another process was first.
  private func drop(_ index: StaticString, of collection: Collection) throws(MongoFailure) -> Bool {
    do throws(MongoFailure) {
      _ = try run(.plain) {
        $0.string("dropIndexes", collection.rawValue)
        $0.string("index", index)
      }
      return true
    } catch  where error.kind == .server(ServerCode.indexNotFound) {
      return false
    }
  }

  private func create(_ collection: Collection) throws(MongoFailure) -> Bool {
    do throws(MongoFailure) {
      _ = try run(.plain) {
        $0.string("create", collection.rawValue)
        writeValidator(collection, to: &$0)
      }
      return true
    } catch  where error.kind == .server(ServerCode.namespaceExists) {
      return false
    }
  }

  private func changeValidator(of collection: Collection) throws {
    _ = try run(.plain) {
      $0.string("collMod", collection.rawValue)
      writeValidator(collection, to: &$0)
    }
  }

  private func writeValidator(_ collection: Collection, to writer: inout BSONWriter) {
    writer.document("validator") {
      $0.document("$jsonSchema") { Validators.write(Validators.rules(of: collection), to: &$0) }
    }
    writer.string("validationLevel", "strict" as StaticString)
    writer.string("validationAction", "error" as StaticString)
  }

  /// The bytes of the validator that stands; empty for none, nil if the collection is not there.
  private func validator(of collection: Collection) throws -> [UInt8]? {
    let reply = try run(.plain) {
      $0.int32("listCollections", 1)
      $0.document("filter") { $0.string("name", collection.rawValue) }
    }
    var copy = reply
    var cursor = try copy.document("cursor")
    return try cursor.documents("firstBatch") { found throws(BSONError) -> [UInt8] in
      var options = try found.document("options")
      guard var validator = try options.optionalDocument("validator") else { return [] }
      return try validator.find("$jsonSchema").map { Array($0.bytes) } ?? []
    }.first
  }

  private func wantedValidator(of collection: Collection) -> [UInt8] {
    var writer = BSONWriter()
    let place = writer.root { Validators.write(Validators.rules(of: collection), to: &$0) }
    return Array(writer.bytes(place))
  }

  private func indexNames(of collection: Collection) throws -> [String] {
    var reply = try run(.plain) {
      $0.string("listIndexes", collection.rawValue)
      $0.document("cursor") { $0.int32("batchSize", 1_000) }
    }
    var cursor = try reply.document("cursor")
    return try cursor.documents("firstBatch") { index throws(BSONError) in try index.string("name") }
  }
}
