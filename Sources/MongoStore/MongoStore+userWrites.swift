public import HubContracts
import Orders

extension MongoStore {
  /// The most users that are read at once.
  static let userLimit = 1_000

  /// A tenant's users by name.
  public func users(_ query: UserQuery) async throws(StoreError) -> [User] {
    try await read { worker in
      try worker.find(
        Find(.users, limit: min(max(query.limit, 1), Self.userLimit), options: Self.sort("_id", 1)) {
          $0.tenant("tenantId", query.tenant)
          if let role = query.role { $0.string("role", role.rawValue) }
          $0.users(of: query.tenant, after: query.after)
          if let isDisabled = query.isDisabled { $0.document("disabledAt") { $0.bool("$exists", isDisabled) } }
        }, User.read)
    }
  }

  /// Adds a user. That a name is taken once is the collection's own identity.
  public func add(
    _ user: User, by caller: UserWriter?, answer: UserAnswer?
  ) async throws(StoreError) -> UserOutcome {
    try await writeUser { worker in
      if let caller { try worker.check(caller) }
      let written = UserWritten(user: user, sessionsEnded: 0)
      try worker.keep(answer?(written))
      guard try worker.isNew(.users, user) else { throw Refused(outcome: .taken) }
      return written
    }
  }

  /// Changes a user. Whoever takes an admin away writes to all that are left, so of two who do it at once one comes second,
  /// and finds what the first has written.
  public func change(
    _ change: UserChange, by caller: UserWriter?, answer: UserAnswer?
  ) async throws(StoreError) -> UserOutcome {
    try await writeUser { worker in
      let key = User.key(change.name, tenant: change.tenant)
      let taken = try worker.take(key) { $0.document("$set") { $0.date("updatedAt", change.at) } }
      if let caller { try worker.check(caller, change, of: taken?.0) }
      guard let (before, now) = taken else { throw Refused(outcome: .unknown) }
      if let former = change.password?.former, before.passwordHash.map({ Text($0) }) != Text(former) {
        throw Refused(outcome: .otherPassword)
      }
      let user = change.applied(to: before, stored: now)
      try worker.update(user, key)
      if before.isActiveAdmin, !user.isActiveAdmin, try worker.touchActiveAdmins(of: change.tenant) == 0 {
        throw Refused(outcome: .lastAdmin)
      }
      let ended = change.ends(sessionsOf: before) ? try worker.endSessions(of: user) : 0
      let written = UserWritten(user: user, sessionsEnded: ended)
      try worker.keep(answer?(written))
      return written
    }
  }

  /// Whose tokens were ended, behind a place, in the order of the index.
  public func tokenEnds(after place: TokenEnd.Place?) async throws(StoreError) -> [TokenEnd] {
    try await read { worker in
      try worker.find(
        Find(
          .users, limit: TokenEnd.pageLimit,
          options: {
            $0.document("sort") {
              $0.int32("tokensFrom", 1)
              $0.int32("_id", 1)
            }
            $0.document("projection") { for field in Self.endFields { $0.int32(field, 1) } }
          },
          filter: { $0.ends(behind: place) })
      ) { user throws(BSONError) in
        TokenEnd(
          tenant: try user.tenant("tenantId"), user: try user.user("name"), before: try user.date("tokensFrom"))
      }
    }
  }

  private static let endFields: [StaticString] = ["tenantId", "name", "tokensFrom"]

  private func writeUser(
    _ body: @escaping @Sendable (MongoWorker) throws -> UserWritten
  ) async throws(StoreError) -> UserOutcome {
    try await write { [options] worker in
      do {
        return .done(try worker.transaction(deadlineMs: options.commitDeadlineMs, body))
      } catch let refused as Refused {
        return refused.outcome
      }
    }
  }
}

/// Ends a transaction in which nothing is to be written.
private struct Refused: Error {
  let outcome: UserOutcome
}

extension User {
  /// Whether it is one of those of whom a tenant keeps at least one.
  fileprivate var isActiveAdmin: Bool {
    isIn([.admin]) && !isDisabled && hasPassword
  }
}

extension BSONWriter {
  /// The users whose tokens were ended behind a place.
  fileprivate mutating func ends(behind place: TokenEnd.Place?) {
    let moment = place?.moment ?? Timestamp(millis: 0)
    guard let end = place?.end else { return document("tokensFrom") { $0.date("$gt", moment) } }
    documents("$or", [false, true]) { writer, isSame in
      if isSame {
        writer.date("tokensFrom", moment)
        writer.document("_id") { $0.string("$gt", User.key(end.user, tenant: end.tenant)) }
      } else {
        writer.document("tokensFrom") { $0.date("$gt", moment) }
      }
    }
  }

  /// `_id` of a tenant's users.
  fileprivate mutating func users(of tenant: TenantID, after name: UserID? = nil) {
    document("_id") {
      $0.string("$gt", name.map { User.key($0, tenant: tenant) } ?? "\(tenant.text):")
      $0.string("$lt", "\(tenant.text);")
    }
  }
}

extension MongoWorker {
  /// Keeps an answer, if there is one.
  fileprivate func keep(_ answer: KeptAnswer?) throws {
    if let answer, try !isNew(.answers, answer) { throw Refused(outcome: .answered) }
  }

  /// Adds a document in a transaction; false, and the transaction's end, if its identity is taken.
  fileprivate func isNew(_ collection: Collection, _ document: some Document) throws -> Bool {
    do { return try insert(collection, document) } catch let failure as MongoFailure where failure.isDuplicate {
      return false
    }
  }

  /// Refuses who may not ask any more, by its own record as it is in the transaction. Who has none has a token that another
  /// program made, and may.
  fileprivate func check(_ caller: UserWriter) throws {
    let key = User.key(caller.claims.actor.user, tenant: caller.claims.actor.tenant)
    var reply = try run(.plain) {
      Find(.users, limit: 1) { $0.string("_id", key) }.write(to: &$0, timeoutMs: operationTimeoutMs)
    }
    var cursor = try reply.document("cursor")
    if let record = try cursor.documents("firstBatch", User.read).first, !caller.may(as: record) {
      throw Refused(outcome: .callerEnded)
    }
  }

  /// Refuses who may not make this change, of a user that is taken or of one that is not there. Where an admin is changed the
  /// caller's record is written to as well: of two admins who change each other at once one comes second.
  fileprivate func check(_ caller: UserWriter, _ change: UserChange, of before: User?) throws {
    guard let before else { return try check(caller) }
    guard caller.isUser(change.name, of: change.tenant) else {
      guard before.isIn([.admin]) else { return try check(caller) }
      let key = User.key(caller.claims.actor.user, tenant: caller.claims.actor.tenant)
      let taken = try take(key) { $0.document("$inc") { $0.int32("adminsChanged", 1) } }
      if let (record, _) = taken, !caller.may(as: record) { throw Refused(outcome: .callerEnded) }
      return
    }
    guard caller.may(as: before) else { throw Refused(outcome: .callerEnded) }
    if change.isDisabled == true || change.gives(another: before) {
      throw Refused(outcome: .ownAccount)
    }
  }

  /// Writes what may change of a user.
  fileprivate func update(_ user: User, _ key: String) throws {
    let count = try update(.users) { writer in
      writer.document("q") { $0.string("_id", key) }
      writer.document("u") {
        $0.document("$set") {
          $0.string("role", user.roleWord)
          $0.date("updatedAt", user.updatedAt)
          if let hash = user.passwordHash { $0.string("passwordHash", hash) }
          $0.optionalString("displayName", user.displayName)
          $0.optionalDate("disabledAt", user.disabledAt)
          $0.optionalDate("tokensFrom", user.tokensFrom)
        }
        if user.displayName == nil || user.disabledAt == nil {
          $0.document("$unset") {
            if user.displayName == nil { $0.int32("displayName", 1) }
            if user.disabledAt == nil { $0.int32("disabledAt", 1) }
          }
        }
      }
    }
    guard count == 1 else { throw BSONError.wrong("n") }
  }

  /// Writes to all of a tenant's admins that can log in; how many there are.
  fileprivate func touchActiveAdmins(of tenant: TenantID) throws -> Int64 {
    try update(.users) { writer in
      writer.document("q") {
        $0.tenant("tenantId", tenant)
        $0.string("role", Role.admin.rawValue)
        $0.document("disabledAt") { $0.bool("$exists", false) }
        $0.document("passwordHash") { $0.bool("$exists", true) }
      }
      writer.document("u") { $0.document("$inc") { $0.int32("adminsChanged", 1) } }
      writer.bool("multi", true)
    }
  }

  /// Ends all sessions of a user; how many there were.
  fileprivate func endSessions(of user: User) throws -> Int {
    var reply = try run(.write) {
      $0.string("delete", Collection.sessions.rawValue)
      $0.documents("deletes", CollectionOfOne(user)) { writer, user in
        writer.document("q") {
          $0.tenant("tenantId", user.tenant)
          $0.user("user", user.name)
        }
        writer.int32("limit", 0)
      }
    }
    return try reply.int("n")
  }

  /// Runs one update statement; how many documents it found.
  private func update(_ collection: Collection, _ statement: (inout BSONWriter) -> Void) throws -> Int64 {
    var reply = try run(.write) {
      $0.string("update", collection.rawValue)
      $0.documents("updates", CollectionOfOne(0)) { writer, _ in statement(&writer) }
    }
    return try reply.integer("n")
  }
}
