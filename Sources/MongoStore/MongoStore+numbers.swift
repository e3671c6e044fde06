public import HubContracts
public import Orders

extension MongoStore {
  /// The most numbers taken at once.
  static let numberLimit = 10_000

  /// Takes `count` order numbers, 1…10,000, that nobody else gets; gives the first.
  public func takeOrderNumbers(tenant: TenantID, year: Int, count: Int) async throws(StoreError) -> Int64 {
    guard (1...Self.numberLimit).contains(count) else {
      throw .broken("\(count) numbers at once; 1 to \(Self.numberLimit) are allowed")
    }
    return try await write { worker in
      var reply = try worker.run(.write) {
        $0.string("findAndModify", Collection.numbers.rawValue)
        $0.document("query") { $0.string("_id", "order:\(tenant.text):\(year)") }
        $0.document("update") {
          $0.document("$inc") { $0.int64("last", Int64(count)) }
          $0.document("$set") { $0.tenant("tenantId", tenant) }
        }
        $0.bool("upsert", true)
        $0.bool("new", true)
      }
      var numbers = try reply.document("value")
      return try numbers.integer("last") - Int64(count) + 1
    }
  }

  /// The last number given of a series in a tenant and year, 0 if none.
  public func lastNumber(_ series: NumberSeries, tenant: TenantID, year: Int) async throws(StoreError) -> Int64 {
    try await read { worker in
      try worker.findOne(.numbers, { reader throws(BSONError) in try reader.integer("last") }) {
        $0.string("_id", InvoiceNumbering.key(series, tenant: tenant, year: year))
      } ?? 0
    }
  }

  /// One shard of a tally; a fresh one if it does not exist.
  public func tally(_ scope: TallyScope, shard: Int) async throws(StoreError) -> TallyShard {
    guard (0..<TallyShard.limit).contains(shard) else {
      throw .broken("shard \(shard) of a tally; 0 to \(TallyShard.limit - 1) are allowed")
    }
    let fresh = TallyShard(scope: scope, shard: shard, revision: 0, counts: [:])
    return try await read { worker in
      try worker.findOne(.tallies, TallyShard.read) { $0.string("_id", fresh.key) } ?? fresh
    }
  }

  /// All shards of a tally.
  public func tallies(_ scope: TallyScope) async throws(StoreError) -> [TallyShard] {
    try await tallies(prefix: scope.prefix)
  }

  /// All shards of one kind of tally, whoever has them.
  public func tallies(everyTenant kind: TallyScope.Kind) async throws(StoreError) -> [TallyShard] {
    try await read(with: .long) { worker in try worker.tallies(prefix: kind.prefix) }
  }

  private func tallies(prefix: String) async throws(StoreError) -> [TallyShard] {
    try await read { worker in try worker.tallies(prefix: prefix) }
  }

  /// The first answer to a key, if it was kept; see `OrderStore`.
  public func keptAnswer(_ key: AnswerKey, for fingerprint: String) async throws(StoreError) -> KeptAnswer? {
    var old = key
    old.user = nil
    let names = [key.documentKey, old.documentKey]
    let found = try await read { worker in
      try worker.find(
        Find(.answers, limit: names.count) { $0.document("_id") { $0.strings("$in", names) } }, KeptAnswer.read)
    }
    let own = found.first { $0.key == key }
    return own ?? found.first { Text($0.fingerprint) == Text(fingerprint) }
  }

  /// Answers when the primary does.
  public func ping() async throws(StoreError) {
    let isReplicated = try await read { worker in
      var reply = try worker.run(.plain, database: "admin", inSession: false) { $0.int32("hello", 1) }
      return try reply.find("setName") != nil || reply.optionalString("msg") == "isdbgrid"
    }
    guard isReplicated else { throw .unavailable("the server is no member of a replica set") }
  }
}

extension MongoWorker {
  /// The tallies whose identity begins with `prefix`, which ends in a colon.
  /// With `majority` as they stand for good, whoever becomes primary.
  func tallies(prefix: String, majority: Bool = false) throws -> [TallyShard] {
    try find(
      Find(
        .tallies, limit: 0,
        options: {
          if majority { $0.readsLasting() }
        },
        filter: {
          $0.document("_id") {
            $0.string("$gte", prefix)
            $0.string("$lt", "\(prefix.dropLast());")
          }
        }), TallyShard.read)
  }
}
