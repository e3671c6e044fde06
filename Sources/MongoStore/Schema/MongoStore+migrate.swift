public import HubContracts
import Orders

extension MongoStore {
  /// Makes the collections, their validators and indexes; a line for each thing made. Building an index may take
  /// longer than other calls; several processes may do it at once. Where a newer version has made its own it makes only
  /// what is missing, see `SchemaNumber`.
  ///
  /// Before it makes anything that orders need, no version of a lower form writes orders any more; see `DocumentForm`.
  public func migrate() async throws(StoreError) -> [String] { try await migrate(isStart: true) }

  /// Puts right what an older version that started beside this one has changed; a line for each thing. Nothing where a
  /// newer version has made its own.
  public func keepSchema() async throws(StoreError) -> [String] { try await migrate(isStart: false) }

  private func migrate(isStart: Bool) async throws(StoreError) -> [String] {
    // The number first, so that no older version undoes what is made; then what keeps those from writing that know no
    // number: they would destroy what is written from now on.
    var lines = try await migrate(.migrations, isStart: isStart)
    try await write { worker in try worker.noteSchema() }
    let others = Collection.allCases.filter { $0 != .outbox && $0 != .migrations }
    for collection in [.outbox] + others { lines += try await migrate(collection, isStart: isStart) }
    if lines.contains("collection \(Collection.orders.rawValue)") {
      try await write { worker in
        try worker.noteNothingToRenew()
        try worker.noteNoMoneyBefore()
      }
    }
    return lines
  }

  /// How often a collection is looked at again after a process of an older version changed it at the same moment.
  private static let migrationTries = 5

  private func migrate(_ collection: Collection, isStart: Bool) async throws(StoreError) -> [String] {
    for _ in 1..<Self.migrationTries {
      let lines = try await write(with: .long) { worker -> [String]? in
        do throws(MongoFailure) {
          return try worker.migrate(collection, isStart: isStart)
        } catch {
          guard case .server(let code) = error.kind,
            code == ServerCode.arrayHashed || ServerCode.indexDiffers.contains(code)
          else { throw error }
          return nil
        }
      }
      if let lines { return lines }
    }
    throw .broken(
      "processes of an older version write still to \(collection.rawValue): stop all of them, then start this one")
  }
}

extension MongoWorker {
  fileprivate func migrate(_ collection: Collection, isStart: Bool) throws(MongoFailure) -> [String] {
    do {
      return try isSchemaNewer() ? isStart ? makeMissing(collection) : [] : make(collection)
    } catch let failure as MongoFailure {
      throw failure
    } catch {
      throw MongoFailure(kind: .broken, message: "\(error)")
    }
  }

  private func make(_ collection: Collection) throws -> [String] {
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
    var present = try indexes(of: collection)
    if collection == .outbox, present["\(Indexes.formBefore)"] == nil {
      let count = try adoptEntries()
      if count > 0 { lines.append("form of \(count) in \(name)") }
    }
    lines += try makeMissing(collection, &present)
    for index in Indexes.obsolete
    where index.collection == collection && present["\(index.name)"] == Text("\(index.field)") {
      if try drop(index.name, of: collection) { lines.append("index \(index.name) of \(name) is gone") }
      present["\(index.name)"] = nil
    }
    return lines + (try makeMissing(collection, &present))
  }

  /// Makes what this version cannot work without beside a newer one.
  private func makeMissing(_ collection: Collection) throws -> [String] {
    if try validator(of: collection) == nil { return try make(collection) }
    var present = try indexes(of: collection)
    var lines: [String] = []
    for index in Indexes.all
    where index.collection == collection && index.onlyServesReads && present["\(index.name)"] == nil {
      do throws(MongoFailure) {
        try make(index, &present)
        lines.append("index \(index.name) of \(collection.rawValue)")
      } catch {
        // The newer version has it by another name.
        guard case .server(let code) = error.kind, ServerCode.indexDiffers.contains(code) else { throw error }
      }
    }
    return lines
  }

  private func make(_ index: Indexes.Index, _ present: inout [Text: Text]) throws(MongoFailure) {
    _ = try run(.plain) {
      $0.string("createIndexes", index.collection.rawValue)
      $0.documents("indexes", CollectionOfOne(index)) { $1.write(to: &$0) }
    }
    present["\(index.name)"] = Text("\(index.keys[0].0)")
  }

  /// Makes the indexes whose names are not there.
  private func makeMissing(_ collection: Collection, _ present: inout [Text: Text]) throws -> [String] {
    var lines: [String] = []
    for index in Indexes.all where index.collection == collection && present["\(index.name)"] == nil {
      try make(index, &present)
      lines.append("index \(index.name) of \(collection.rawValue)")
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

  /// The first field of each index, by the index's name.
  private func indexes(of collection: Collection) throws -> [Text: Text] {
    var reply = try run(.plain) {
      $0.string("listIndexes", collection.rawValue)
      $0.document("cursor") { $0.int32("batchSize", 1_000) }
    }
    var cursor = try reply.document("cursor")
    let indexes = try cursor.documents("firstBatch") { index throws(BSONError) -> (Text, Text) in
      let name: Text = try index.string("name")
      var keys = try index.document("key")
      return (name, try keys.next()?.0 ?? "")
    }
    return Dictionary(indexes) { first, _ in first }
  }
}
