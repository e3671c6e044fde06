public import HubContracts
public import Orders

extension MongoStore: TenantStore {
  /// A tenant's settings; nil if nobody has set any.
  public func settings(of tenant: TenantID) async throws(StoreError) -> TenantRecord? {
    try await read { worker in try worker.findOne(.tenants, TenantRecord.read) { $0.string("_id", tenant.text) } }
  }

  /// The settings of those of some tenants that have any.
  public func settings(of tenants: [TenantID]) async throws(StoreError) -> [TenantRecord] {
    guard tenants.count <= TenantStoreLimits.page else {
      throw .broken("\(tenants.count) tenants at once; \(TenantStoreLimits.page) are allowed")
    }
    guard !tenants.isEmpty else { return [] }
    return try await read { worker in
      try worker.find(
        Find(.tenants, limit: tenants.count) { $0.document("_id") { $0.strings("$in", tenants.lazy.map(\.text)) } },
        TenantRecord.read)
    }
  }

  /// The revisions of those of some tenants that have settings.
  public func revisions(of tenants: [TenantID]) async throws(StoreError) -> [TenantID: Int64] {
    guard tenants.count <= TenantStoreLimits.tenants else {
      throw .broken("\(tenants.count) tenants at once; \(TenantStoreLimits.tenants) are allowed")
    }
    guard !tenants.isEmpty else { return [:] }
    return try await read { worker in
      let found = try worker.find(
        Find(
          .tenants, limit: tenants.count,
          options: {
            $0.document("projection") {
              $0.int32("tenantId", 1)
              $0.int32("revision", 1)
            }
          }, filter: { $0.document("_id") { $0.strings("$in", tenants.lazy.map(\.text)) } })
      ) { row throws(BSONError) in (try row.tenant("tenantId"), try row.integer("revision")) }
      return Dictionary(found) { $1 }
    }
  }

  /// Writes settings where their revision still is `former`, 0 for none.
  public func write(
    _ record: TenantRecord, replacing former: Int64, change: TenantChange?, answer: KeptAnswer?
  ) async throws(StoreError) -> TenantOutcome {
    try await write { [options] worker in
      do {
        try worker.transaction(deadlineMs: options.commitDeadlineMs) { worker in
          // First what others may be writing too, so that one who comes second waits for nothing else.
          guard try worker.put(record, replacing: former) else { throw Undone(outcome: .stale) }
          if let change, try !worker.isNewInTransaction(.tenantChanges, change) { throw Undone(outcome: .stale) }
          if let answer, try !worker.isNewInTransaction(.answers, answer) { throw Undone(outcome: .answered) }
        }
        return .done
      } catch let undone as Undone {
        return undone.outcome
      }
    }
  }

  /// The changes after a version, oldest first.
  public func changes(
    of tenant: TenantID, after version: Int64, limit: Int
  ) async throws(StoreError) -> [TenantChange] {
    try await changes(from: TenantChange.key(tenant, version), to: "\(tenant.text);", direction: 1, limit)
  }

  /// The changes before a version, or with nil all, newest first.
  public func changes(
    of tenant: TenantID, before version: Int64?, limit: Int
  ) async throws(StoreError) -> [TenantChange] {
    let end = version.map { TenantChange.key(tenant, $0) } ?? "\(tenant.text);"
    return try await changes(from: "\(tenant.text):", to: end, direction: -1, limit)
  }

  /// Those whose identities stand between two, without them.
  private func changes(
    from first: String, to end: String, direction: Int32, _ limit: Int
  ) async throws(StoreError) -> [TenantChange] {
    let limit = min(max(limit, 1), TenantStoreLimits.page)
    return try await read { worker in
      try worker.find(
        Find(
          .tenantChanges, limit: limit, options: Self.sort("_id", direction),
          filter: {
            $0.document("_id") {
              $0.string("$gt", first)
              $0.string("$lt", end)
            }
          }), TenantChange.read)
    }
  }

  /// Tenants that have a secret sealed under another key than this.
  public func settings(
    sealedOtherwiseThan keyID: Text, after: TenantID?, limit: Int
  ) async throws(StoreError) -> [TenantRecord] {
    let limit = min(max(limit, 1), TenantStoreLimits.page)
    return try await read(with: .long) { worker in
      try worker.find(
        Find(
          .tenants, limit: limit, options: Self.sort("_id", 1),
          filter: {
            if let after { $0.document("_id") { $0.string("$gt", after.text) } }
            $0.document("secrets") { $0.document("$elemMatch") { $0.document("key") { $0.string("$ne", keyID) } } }
          }), TenantRecord.read)
    }
  }
}

/// Ends a transaction in which nothing is to be written.
private struct Undone: Error {
  let outcome: TenantOutcome
}

extension MongoWorker {
  /// False if the revision is another one, or somebody else is writing it.
  fileprivate func put(_ record: TenantRecord, replacing former: Int64) throws -> Bool {
    if former == 0 { return try isNewInTransaction(.tenants, record) }
    var reply = try run(.write) {
      $0.string("update", Collection.tenants.rawValue)
      $0.documents("updates", CollectionOfOne(record)) { writer, record in
        writer.document("q") {
          $0.string("_id", record.tenant.text)
          $0.int64("revision", former)
        }
        writer.document("u") { $0.document("$set") { record.writeRest(to: &$0) } }
      }
    }
    return try reply.integer("n") == 1
  }

  /// Adds a document in a transaction; false if its identity is taken, and then the transaction is to end.
  fileprivate func isNewInTransaction(_ collection: Collection, _ document: some Document) throws -> Bool {
    do { return try insert(collection, document) } catch let failure as MongoFailure where failure.isDuplicate {
      return false
    }
  }
}
