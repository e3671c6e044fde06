public import HubContracts
public import Orders

extension MongoStore: JobQueue {
  /// The jobs of a kind that may be taken next; see `JobQueue`.
  public func outlook(_ kind: JobKind, limit: Int) async throws(StoreError) -> JobOutlook {
    let (limit, clock) = (try Self.page(limit), options.jobClock())
    return try await read { worker in
      let rows = try worker.find(
        Find(
          .jobs, limit: limit,
          options: {
            $0.document("sort") { $0.int32("ready", 1) }
            $0.document("projection") {
              $0.int32("tenantId", 1)
              $0.int32("ready", 1)
              $0.string("now", "$$NOW" as StaticString)
            }
            $0.string("hint", Indexes.jobReady)
          },
          filter: {
            $0.string("kind", kind.word)
            $0.document("ready") { $0.bool("$exists", true) }
          })
      ) { row throws(BSONError) in (try JobPlace.read(&row), try row.date("now")) }
      return JobOutlook(now: rows.first.map { clock.time($0.1) }, next: rows.map(\.0))
    }
  }

  /// The tenants of which something is due, by name. One look into the index for each: however much of one tenant's is
  /// due, and of however many nothing is, the next is found at once.
  public func dueTenants(
    _ kind: JobKind, by moment: Timestamp, after: TenantID?, limit: Int
  ) async throws(StoreError) -> [TenantID] {
    let limit = try Self.page(limit)
    return try await read { worker in
      var tenants: [TenantID] = []
      var last = after.map { Text($0.text) } ?? ""
      while tenants.count < limit {
        let next = try worker.due(kind, by: moment, limit: 1) { [last] in
          $0.document("tenantId") { $0.string("$gt", last) }
        }
        guard let tenant = next.first?.tenant else { break }
        tenants.append(tenant)
        last = Text(tenant.text)
      }
      return tenants
    }
  }

  /// What of a tenant's is due, the longest due first.
  public func due(
    _ kind: JobKind, by moment: Timestamp, of tenant: TenantID, limit: Int
  ) async throws(StoreError) -> [JobPlace] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.due(kind, by: moment, limit: limit) { $0.tenant("tenantId", tenant) }
    }
  }

  /// Claims what is due and nobody's. It is claimed again where the claim is lost with a primary: so nobody waits for a
  /// majority here.
  public func claim(_ ids: [JobID], token: Text, leaseMs: Int64) async throws(StoreError) -> [Job] {
    guard !ids.isEmpty else { return [] }
    _ = try Self.page(ids.count)
    let clock = options.jobClock()
    return try await write { worker in
      var reply = try worker.run(.plain) {
        $0.string("update", Collection.jobs.rawValue)
        $0.documents("updates", CollectionOfOne(ids)) { writer, ids in
          writer.document("q") {
            $0.document("_id") { $0.identifiers("$in", ids) }
            $0.string("state", JobState.waiting.rawValue)
            clock.writeDue("$ready", to: &$0)
          }
          writer.documents("u", CollectionOfOne(())) { writer, _ in
            writer.document("$set") {
              $0.document("claim") { $0.string("$literal", token) }
              clock.write("ready", afterMs: leaseMs, to: &$0)
              $0.document("attempts") {
                let parts = $0.openArray("$add")
                $0.string("0", "$attempts" as StaticString)
                $0.int64("1", 1)
                $0.close(parts)
              }
            }
          }
          writer.bool("multi", true)
        }
        $0.document("writeConcern") { $0.int32("w", 1) }
        $0.int64("maxTimeMS", Int64(worker.operationTimeoutMs))
      }
      try MongoFailure.check(&reply)
      guard try reply.integer("n") > 0 else { return [] }
      return try worker.find(
        Find(.jobs, limit: ids.count) {
          $0.document("_id") { $0.identifiers("$in", ids) }
          $0.string("claim", token)
        }, Job.read)
    }
  }

  /// Has claims last from now on.
  public func renew(_ claims: [JobClaim], leaseMs: Int64) async throws(StoreError) -> Int {
    guard !claims.isEmpty else { return 0 }
    _ = try Self.page(claims.count)
    let clock = options.jobClock()
    return try await write { worker in
      try worker.update(claims) { writer, claim in
        writer.document("q", claim.write)
        writer.documents("u", CollectionOfOne(())) { writer, _ in
          writer.document("$set") { clock.write("ready", afterMs: leaseMs, to: &$0) }
        }
      }
    }
  }

  /// Notes what became of claimed jobs.
  public func settle(_ endings: [JobEnding]) async throws(StoreError) -> Int {
    guard !endings.isEmpty else { return 0 }
    _ = try Self.page(endings.count)
    let clock = options.jobClock()
    let done = endings.filter { $0.fate == .done }.map(\.claim)
    let undone = endings.filter { $0.fate != .done }
    return try await write { worker in
      var held = 0
      if !done.isEmpty { held += try worker.remove(done) }
      if !undone.isEmpty {
        held += try worker.update(undone) { writer, ending in
          writer.document("q", ending.claim.write)
          ending.fate.write(clock, to: &writer)
        }
      }
      return held
    }
  }

  /// How many jobs of these kinds wait, and how many are dead letters, of all tenants.
  public func census(_ kinds: [JobKind]) async throws(StoreError) -> [JobCount] {
    try await read { worker in
      var counts: [JobCount] = []
      for kind in kinds {
        for (state, hint, field) in [
          (JobState.waiting, Indexes.jobReady, "ready" as StaticString), (.dead, Indexes.jobDied, "diedAt"),
        ] {
          let count = try worker.count(.jobs, hint: hint, limit: Int(JobCount.limit)) {
            $0.string("kind", kind.word)
            $0.document(field) { $0.bool("$exists", true) }
          }
          counts.append(JobCount(kind: kind, state: state, count: count))
        }
      }
      return counts
    }
  }
}

extension JobClaim {
  /// The condition that it is still good.
  fileprivate func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.string("claim", token)
  }
}

extension JobEnding.Fate {
  /// What is noted of a job that is not done.
  fileprivate func write(_ clock: JobClock, to writer: inout BSONWriter) {
    let (state, afterMs, reason): (JobState, Int64, Text) =
      switch self {
      case .done: preconditionFailure("what is done goes")
      case .again(let afterMs, let reason): (.waiting, afterMs, reason)
      case .dead(let reason): (.dead, 0, reason)
      }
    writer.documents("u", [false, true]) { writer, isSecond in
      guard isSecond else {
        return writer.document("$set") {
          $0.string("state", state.rawValue)
          $0.document("lastError") { $0.string("$literal", Text(reason.start(Job.errorLimitBytes))) }
          switch state {
          case .waiting:
            clock.write("due", afterMs: afterMs, to: &$0)
            clock.write("ready", afterMs: afterMs, to: &$0)
          case .dead, .discarded: clock.write("diedAt", to: &$0)
          }
        }
      }
      let gone: [Text] = state == .waiting ? ["claim"] : ["claim", "ready"]
      writer.strings("$unset", gone)
    }
  }
}

extension MongoWorker {
  fileprivate func due(
    _ kind: JobKind, by moment: Timestamp, limit: Int, _ tenant: @escaping (inout BSONWriter) -> Void
  ) throws -> [JobPlace] {
    try find(
      Find(
        .jobs, limit: limit,
        options: {
          $0.document("sort") {
            $0.int32("tenantId", 1)
            $0.int32("ready", 1)
          }
          $0.document("projection") {
            $0.int32("tenantId", 1)
            $0.int32("ready", 1)
          }
          $0.string("hint", Indexes.jobTenantReady)
        },
        filter: {
          $0.string("kind", kind.word)
          tenant(&$0)
          $0.document("ready") { $0.date("$lte", moment) }
        }), JobPlace.read)
  }

  /// Takes out what is done; how many of the claims were still good.
  fileprivate func remove(_ claims: [JobClaim]) throws -> Int {
    var reply = try run(.write) {
      $0.string("delete", Collection.jobs.rawValue)
      $0.documents("deletes", claims) { writer, claim in
        writer.document("q", claim.write)
        writer.int32("limit", 1)
      }
      $0.bool("ordered", false)
    }
    try MongoFailure.check(&reply)
    return try reply.int("n")
  }

  /// Runs a statement for each; how many found their job.
  fileprivate func update<Element>(
    _ elements: [Element], _ statement: (inout BSONWriter, Element) -> Void
  ) throws -> Int {
    var reply = try run(.write) {
      $0.string("update", Collection.jobs.rawValue)
      $0.documents("updates", elements, statement)
      $0.bool("ordered", false)
    }
    try MongoFailure.check(&reply)
    return try reply.int("n")
  }
}
