public import HubContracts
import HubRuntime
public import Orders

extension MongoStore: WorkflowStore {
  /// What was written after a revision, in its order.
  public func workflows(after revision: Int64) async throws(StoreError) -> [KeptWorkflow] {
    try await read { worker in
      try worker.find(
        Find(.workflows, limit: KeptWorkflow.pageLimit, options: Self.sort("revision", 1)) {
          $0.document("revision") { $0.int64("$gt", revision) }
        }, KeptWorkflow.read)
    }
  }

  /// Writes a definition as the next version of its name.
  public func put(
    _ definition: [UInt8], as name: WorkflowName, tenant: TenantID, by user: UserID
  ) async throws(StoreError) -> KeptWorkflowOutcome {
    try await writeWorkflow { worker in
      let newest = try worker.newestWorkflows(of: tenant)
      let last = newest.first { $0.name == name }
      if let last, !last.isRemoved, last.definition == definition { return .done(last, isNew: false) }
      let names = newest.count { !$0.isRemoved && $0.name != name }
      guard names < KeptWorkflow.nameLimit, newest.reduce(0, { $0 + $1.version }) < KeptWorkflow.versionLimit else {
        return .tooMany
      }
      return .done(try worker.write(definition, as: name, after: last, tenant: tenant, by: user), isNew: true)
    }
  }

  /// Lets no new order begin by a name: the last version once more, marked.
  public func remove(
    _ name: WorkflowName, tenant: TenantID, by user: UserID
  ) async throws(StoreError) -> KeptWorkflowOutcome {
    try await writeWorkflow { worker in
      guard let last = try worker.newestWorkflows(of: tenant).first(where: { $0.name == name }), !last.isRemoved else {
        return .unknown
      }
      let removed = try worker.write(
        last.definition, as: name, after: last, tenant: tenant, by: user, isRemoved: true)
      return .done(removed, isNew: true)
    }
  }

  private func writeWorkflow(
    _ body: @escaping @Sendable (MongoWorker) throws -> KeptWorkflowOutcome
  ) async throws(StoreError) -> KeptWorkflowOutcome {
    try await write { [options] worker in try worker.transaction(deadlineMs: options.commitDeadlineMs, body) }
  }
}

extension MongoWorker {
  /// The newest version of each name that a tenant ever had. All its versions are looked at, which are few.
  fileprivate func newestWorkflows(of tenant: TenantID) throws -> [KeptWorkflow] {
    var reply = try run(.plain) {
      Find(.workflows, limit: 0) { filter in
        filter.document("_id") {
          $0.string("$gt", "\(tenant.text):")
          $0.string("$lt", "\(tenant.text);")
        }
      }.write(to: &$0, timeoutMs: operationTimeoutMs)
    }
    var newest: [Text: KeptWorkflow] = [:]
    while true {
      var cursor = try reply.document("cursor")
      let batch = try cursor.optionalDocument("firstBatch") != nil ? "firstBatch" : "nextBatch" as StaticString
      for kept in try cursor.documents(batch, KeptWorkflow.read)
      where newest[kept.name.rawValue].map({ $0.version < kept.version }) ?? true {
        newest[kept.name.rawValue] = kept
      }
      let id = try cursor.integer("id")
      guard id != 0 else { return Array(newest.values) }
      reply = try run(.plain) {
        $0.int64("getMore", id)
        $0.string("collection", Collection.workflows.rawValue)
      }
    }
  }

  /// Writes the next version. The revision is taken first, from one counter for all: two writers come one after the
  /// other, so whoever looks for what came after a revision never passes one that is still to be seen.
  fileprivate func write(
    _ definition: [UInt8], as name: WorkflowName, after last: KeptWorkflow?, tenant: TenantID, by user: UserID,
    isRemoved: Bool = false
  ) throws -> KeptWorkflow {
    let revision = try modify(.numbers, { counter throws(BSONError) in try counter.integer("last") }) {
      $0.document("query") { $0.string("_id", "workflow-revisions" as StaticString) }
      $0.document("update") { $0.document("$inc") { $0.int64("last", 1) } }
      $0.bool("upsert", true)
      $0.bool("new", true)
    }
    guard let (number, now) = revision else { throw BSONError.missing("workflow-revisions") }
    let kept = KeptWorkflow(
      tenant: tenant, name: name, version: (last?.version ?? 0) + 1, definition: definition, isRemoved: isRemoved,
      by: user, at: now, revision: number)
    guard try insert(.workflows, kept) else { throw BSONError.wrong("version") }
    return kept
  }
}
