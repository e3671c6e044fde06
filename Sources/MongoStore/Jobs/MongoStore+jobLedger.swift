public import HubContracts
public import Orders

extension MongoStore: JobLedger {
  /// How many of a tenant's jobs wait and are dead, by kind.
  public func jobCounts(of tenant: TenantID) async throws(StoreError) -> [JobCount] {
    try await read { worker in
      var counts: [JobCount] = []
      for state in [JobState.waiting, .dead] {
        for kind in try worker.jobKinds(of: tenant, state) {
          let count = try worker.count(.jobs, hint: Indexes.jobState, limit: Int(JobCount.limit)) {
            $0.tenant("tenantId", tenant)
            $0.string("state", state.rawValue)
            $0.string("kind", kind.word)
          }
          let oldest = state == .waiting ? try worker.oldestDue(kind, of: tenant) : nil
          counts.append(JobCount(kind: kind, state: state, count: count, oldestDue: oldest))
        }
      }
      return counts
    }
  }

  /// One page of a tenant's jobs: by kind, by name, and of each name the longest due first; without their payloads.
  public func jobs(_ query: JobQuery) async throws(StoreError) -> [Job] {
    let limit = try Self.page(query.limit)
    return try await read { worker in
      var jobs: [Job] = []
      for part in query.parts where jobs.count < limit {
        jobs += try worker.find(
          Find(
            .jobs, limit: limit - jobs.count,
            options: {
              $0.document("sort") { for field in Self.jobOrder { $0.int32(field, 1) } }
              $0.document("projection") { $0.int32("payload", 0) }
              $0.string("hint", Indexes.jobState)
            },
            filter: {
              $0.tenant("tenantId", query.tenant)
              $0.string("state", query.state.rawValue)
              query.write(part, to: &$0)
            }), Job.read)
      }
      return jobs
    }
  }

  private static let jobOrder: [StaticString] = ["kind", "name", "due", "_id"]

  /// Has a dead letter tried again at once.
  public func release(
    _ id: JobID, tenant: TenantID, answer: JobAnswer?
  ) async throws(StoreError) -> DeadLetterOutcome {
    let clock = options.jobClock()
    return try await writeDeadLetter(id, tenant, answer) { writer in
      writer.documents("update", [false, true]) { writer, isSecond in
        guard isSecond else {
          return writer.document("$set") {
            $0.string("state", JobState.waiting.rawValue)
            clock.write("due", to: &$0)
            clock.write("ready", to: &$0)
            $0.int64("attempts", 0)
          }
        }
        let gone: [Text] = ["diedAt"]
        writer.strings("$unset", gone)
      }
    }
  }

  /// Puts a dead letter away for good.
  public func discard(
    _ id: JobID, tenant: TenantID, _ discard: Job.Discard, answer: JobAnswer?
  ) async throws(StoreError) -> DeadLetterOutcome {
    try await writeDeadLetter(id, tenant, answer) { writer in
      writer.document("update") {
        $0.document("$set") {
          $0.string("state", JobState.discarded.rawValue)
          discard.write(to: &$0)
        }
        // Its order may have another timer of that name; and it is counted among the dead no more.
        $0.document("$unset") {
          $0.int32("timer", 1)
          $0.int32("diedAt", 1)
        }
      }
    }
  }

  private func writeDeadLetter(
    _ id: JobID, _ tenant: TenantID, _ answer: JobAnswer?, _ update: @escaping @Sendable (inout BSONWriter) -> Void
  ) async throws(StoreError) -> DeadLetterOutcome {
    try await write { [options] worker in
      do {
        return try worker.transaction(deadlineMs: options.commitDeadlineMs) { worker in
          var reply = try worker.run(.write) {
            $0.string("findAndModify", Collection.jobs.rawValue)
            $0.document("query") {
              $0.job(id, tenant)
              $0.string("state", JobState.dead.rawValue)
            }
            update(&$0)
            $0.bool("new", true)
          }
          guard var value = try reply.optionalDocument("value") else {
            let other = try worker.findOne(.jobs, Job.read) { $0.job(id, tenant) }
            throw NotWritten(outcome: other.map { .notDead($0) } ?? .unknown)
          }
          let job = try Job.read(&value)
          if let answer = answer?(job), try !worker.isFirst(answer) { throw NotWritten(outcome: .answered) }
          return .done(job)
        }
      } catch let end as NotWritten {
        return end.outcome
      }
    }
  }
}

/// Ends a transaction in which nothing is to be written.
private struct NotWritten: Error {
  let outcome: DeadLetterOutcome
}

extension BSONWriter {
  fileprivate mutating func job(_ id: JobID, _ tenant: TenantID) {
    identifier("_id", id)
    self.tenant("tenantId", tenant)
  }
}

extension JobQuery {
  /// What of a list comes after a place, each a range of the index: those of the same time, of the same name, of the same
  /// kind, and of later kinds; a list without a place is one.
  fileprivate enum Part {
    case all, sameTime, sameName, sameKind, laterKinds
  }

  fileprivate var parts: [Part] {
    guard after != nil else { return [.all] }
    return [.sameTime, .sameName] + (name == nil ? [.sameKind] : []) + (kind == nil ? [.laterKinds] : [])
  }

  fileprivate func write(_ part: Part, to writer: inout BSONWriter) {
    guard let after else { return writeFilters(to: &writer) }
    switch part {
    case .all: writeFilters(to: &writer)
    case .laterKinds:
      writer.document("kind") { $0.string("$gt", after.kind.word) }
      if let name { writer.string("name", name) }
    case .sameKind:
      writer.string("kind", after.kind.word)
      writer.document("name") { $0.string("$gt", after.name) }
    case .sameName:
      writer.string("kind", after.kind.word)
      writer.string("name", after.name)
      writer.document("due") { $0.date("$gt", after.due) }
    case .sameTime:
      writer.string("kind", after.kind.word)
      writer.string("name", after.name)
      writer.date("due", after.due)
      writer.document("_id") { $0.identifier("$gt", after.id) }
    }
  }

  private func writeFilters(to writer: inout BSONWriter) {
    if let kind { writer.string("kind", kind.word) }
    if let name { writer.string("name", name) }
  }
}

extension MongoWorker {
  /// The kinds of a tenant's jobs in a state. One look into the index for each.
  fileprivate func jobKinds(of tenant: TenantID, _ state: JobState) throws -> [JobKind] {
    var kinds: [JobKind] = []
    while kinds.count < JobQuery.kindsLimit {
      let found = try find(
        Find(
          .jobs, limit: 1,
          options: {
            $0.document("sort") { $0.int32("kind", 1) }
            $0.document("projection") { $0.int32("kind", 1) }
            $0.string("hint", Indexes.jobState)
          },
          filter: { [last = kinds.last?.word ?? ""] in
            $0.tenant("tenantId", tenant)
            $0.string("state", state.rawValue)
            $0.document("kind") { $0.string("$gt", last) }
          })
      ) { row throws(BSONError) in try row.string("kind") as Text }
      guard let word = found.first, let kind = JobKind(word) else { break }
      kinds.append(kind)
    }
    return kinds
  }

  /// When the first of a tenant's jobs of a kind was due that nobody is at; of those that somebody is at, if there are
  /// no others.
  fileprivate func oldestDue(_ kind: JobKind, of tenant: TenantID) throws -> Timestamp? {
    try find(
      Find(
        .jobs, limit: 1,
        options: {
          $0.document("sort") { $0.int32("ready", 1) }
          $0.document("projection") { $0.int32("due", 1) }
          $0.string("hint", Indexes.jobTenantReady)
        },
        filter: {
          $0.string("kind", kind.word)
          $0.tenant("tenantId", tenant)
          $0.document("ready") { $0.bool("$exists", true) }
        })
    ) { row throws(BSONError) in try row.date("due") }.first
  }

  /// Keeps an answer in a transaction; false if its key has one.
  fileprivate func isFirst(_ answer: KeptAnswer) throws -> Bool {
    do { return try insert(.answers, answer) } catch let failure as MongoFailure where failure.isDuplicate {
      return false
    }
  }
}
