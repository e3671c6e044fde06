public import HubContracts
import HubRuntime
import Orders

extension MongoStore {
  /// How long a repair may be tried.
  static let recountLimitMs = 50_000

  /// What a tally counts, counted anew.
  public func recount(_ scope: TallyScope) async throws(StoreError) -> [RecountRow] {
    try await read(with: .long) { worker in try worker.recount(scope, inTransaction: false) }
  }

  /// Counts anew and puts the result in the place of all shards. The recount and the shards are of one snapshot, and a
  /// writer that moves a shard meanwhile makes the repair begin again, so nothing is counted twice or lost.
  public func repair(
    _ scope: TallyScope, counts: @escaping @Sendable ([RecountRow]) -> [Text: Int64]
  ) async throws(StoreError) -> TallyRepair {
    try await write(with: .long) { worker in
      try worker.transaction(deadlineMs: Self.recountLimitMs, snapshot: true) { worker in
        let shards = try worker.tallies(prefix: scope.prefix)
        let after = counts(try worker.recount(scope, inTransaction: true)).filter { $0.value != 0 }
        var before: [Text: Int64] = [:]
        for (name, count) in shards.flatMap(\.counts) { before[name, default: 0] &+= count }
        try worker.replace(shards, scope, after)
        return TallyRepair(before: before.filter { $0.value != 0 }, after: after)
      }
    }
  }
}

extension MongoWorker {
  /// The first shard gets all counts, the others none. None is removed: a revision that began again at 1 could let a
  /// writer pass that read the shard long ago.
  fileprivate func replace(_ shards: [TallyShard], _ scope: TallyScope, _ counts: [Text: Int64]) throws {
    let first = shards.first ?? TallyShard(scope: scope, shard: 0, revision: 0, counts: [:])
    var writes = WriteSet()
    for (index, shard) in ([first] + shards.dropFirst()).enumerated() {
      var changed = shard
      changed.revision += 1
      changed.counts = index == 0 ? counts : [:]
      writes.tallies.append(Guarded(changed, expectedVersion: shard.revision))
    }
    for command in try CommitPlan(writes, to: &writer).commands {
      var reply = try run(command.place, .write)
      guard try reply.integer("n") == Int64(command.count), try reply.optionalDocument("writeErrors") == nil else {
        throw MongoFailure(kind: .server(ServerCode.writeConflict), message: "a shard moved", isTransient: true)
      }
    }
  }

  fileprivate func recount(_ scope: TallyScope, inTransaction: Bool) throws -> [RecountRow] {
    switch scope.kind {
    case .orders: try recountOrders(scope.tenant, inTransaction)
    case .deliveries(let day): try recountDeliveries(scope.tenant, day, inTransaction)
    }
  }

  private func recountOrders(_ tenant: TenantID, _ inTransaction: Bool) throws -> [RecountRow] {
    try aggregate(
      .orders, hint: Indexes.state, inTransaction: inTransaction,
      stages: {
        $0.stage("$match") { $0.tenant("tenantId", tenant) }
        $0.stage("$group") {
          $0.document("_id") {
            $0.string("status", "$status" as StaticString)
            $0.string("payment", "$paymentStatus" as StaticString)
          }
          $0.document("n") { $0.int64("$sum", 1) }
        }
      },
      { row throws(BSONError) in
        var key = try row.document("_id")
        return RecountRow(
          status: try key.string("status"), paymentStatus: try key.string("payment"), count: try row.integer("n"))
      })
  }

  private func recountDeliveries(_ tenant: TenantID, _ day: String, _ inTransaction: Bool) throws -> [RecountRow] {
    try aggregate(
      .deliveries, hint: Indexes.deliveryDay, inTransaction: inTransaction,
      stages: {
        $0.stage("$match") {
          $0.tenant("tenantId", tenant)
          $0.string("day", day)
        }
        $0.stage("$group") {
          $0.document("_id") {
            $0.string("status", "$status" as StaticString)
            $0.string("currency", "$currency" as StaticString)
          }
          $0.document("n") { $0.int64("$sum", 1) }
          $0.document("value") { $0.document("$sum") { Self.writeWhole(to: &$0) } }
          $0.document("fraction") { $0.document("$sum") { Self.writeFraction(to: &$0) } }
        }
      },
      { row throws(BSONError) in
        var key = try row.document("_id")
        return RecountRow(
          status: try key.string("status"), paymentStatus: nil, currency: try key.optionalCurrency("currency"),
          count: try row.integer("n"), value: try row.integer("value"), valueFraction: try row.integer("fraction"))
      })
  }

  /// value mod 10⁸, in whole numbers.
  private static func writeFraction(to writer: inout BSONWriter) {
    let array = writer.openArray("$mod")
    writer.string("0", "$value" as StaticString)
    writer.int64("1", Money.scale)
    writer.close(array)
  }

  /// (value − value mod 10⁸) ÷ 10⁸. The server divides in binary floating point; rounding makes the quotient, which is
  /// a whole number below 10¹¹, exact again.
  private static func writeWhole(to writer: inout BSONWriter) {
    writer.document("$toLong") {
      $0.document("$round") {
        let divide = $0.openArray("$divide")
        $0.document("0") {
          let subtract = $0.openArray("$subtract")
          $0.string("0", "$value" as StaticString)
          $0.document("1") { writeFraction(to: &$0) }
          $0.close(subtract)
        }
        $0.int64("1", Money.scale)
        $0.close(divide)
      }
    }
  }
}
