import Glibc
public import HubContracts
import HubRuntime
public import Orders

extension MongoStore: UserStore {
  /// How many used tokens a session remembers; a thief with an older one is only unknown.
  static let usedTokenLimit: Int32 = 100

  /// One user.
  public func user(_ name: UserID, tenant: TenantID) async throws(StoreError) -> User? {
    try await read { worker in
      try worker.findOne(.users, User.read) { $0.string("_id", User.key(name, tenant: tenant)) }
    }
  }

  /// Puts another hash of the same password in the place of `former`; false if that is not the user's any more.
  public func renewHash(
    _ hash: String, of name: UserID, tenant: TenantID, replacing former: String
  ) async throws(StoreError) -> Bool {
    try await write { worker in
      var reply = try worker.run(.write) {
        $0.string("update", Collection.users.rawValue)
        $0.documents("updates", CollectionOfOne(hash)) { writer, hash in
          writer.document("q") {
            $0.string("_id", User.key(name, tenant: tenant))
            $0.string("passwordHash", former)
          }
          writer.document("u") { $0.document("$set") { $0.string("passwordHash", hash) } }
        }
      }
      return try reply.integer("n") == 1
    }
  }

  /// Opens a session. It writes to the user too: so it comes either before what ends the user's tokens, which then is later by
  /// the same clock, or after it, and finds that.
  @discardableResult
  public func open(_ session: Session) async throws(StoreError) -> Timestamp? {
    try await write { [options] worker in
      do {
        return try worker.transaction(deadlineMs: options.commitDeadlineMs) { worker -> Timestamp in
          let key = User.key(session.actor.user, tenant: session.actor.tenant)
          guard let (user, now) = try worker.take(key, { $0.document("$inc") { $0.int32("logIns", 1) } }),
            !user.isDisabled, !session.isOlder(than: user.tokensFrom)
          else { throw NotOpened() }
          guard try worker.insert(.sessions, session) else {
            throw StoreError.broken("a refresh token that another session has")
          }
          return now
        }
      } catch is NotOpened {
        return nil
      }
    }
  }

  /// Puts a new refresh token in the place of a used one. Whoever comes with the same pair again within the leeway is given
  /// the session too; any other use of a used token ends it. Each step is one change of the one document, so it does not
  /// matter at which processes they come.
  public func rotate(
    tokenHash: String, to newHash: String, at: Timestamp, expiresAt: Timestamp
  ) async throws(StoreError) -> Rotation {
    try await write { worker in
      guard
        let (session, now) = try worker.rotate(tokenHash, newHash, at, expiresAt)
          ?? worker.share(tokenHash, newHash, at)
      else { return try worker.endSession(withUsed: tokenHash) ? .reused : .unknown }
      let key = User.key(session.actor.user, tenant: session.actor.tenant)
      guard let user = try worker.findOne(.users, User.read, filter: { $0.string("_id", key) }), !user.isDisabled,
        !session.isOlder(than: user.tokensFrom)
      else {
        try worker.endSession(holding: newHash)
        return .unknown
      }
      if let word = user.otherRole { return .otherRole(word) }
      return .rotated(user.actor, tokensFrom: user.tokensFrom, at: now)
    }
  }

  /// Ends the session of a refresh token, of a used one too: a tab that logs out may not have heard of the last refresh.
  public func close(tokenHash: String) async throws(StoreError) {
    try await write { worker in
      try worker.endSession(holding: tokenHash)
      _ = try worker.endSession(withUsed: tokenHash)
    }
  }
}

extension Session {
  /// Whether its user's tokens were ended after it looked, when it began. A log-in that is under way meanwhile opens its
  /// session after all others were removed.
  fileprivate func isOlder(than tokensFrom: Timestamp?) -> Bool {
    guard let tokensFrom else { return false }
    return self.tokensFrom.map { $0 < tokensFrom } ?? true
  }
}

/// Ends the transaction of a session that is not opened.
private struct NotOpened: Error {}

extension MongoWorker {
  /// Changes one document, with `body`'s members of `findAndModify`: how it was, or with `new` how it is, and the server's time
  /// then; nil if there is none.
  func modify<Element>(
    _ collection: Collection, _ read: (inout BSONReader) throws(BSONError) -> Element,
    _ body: (inout BSONWriter) -> Void
  ) throws -> (Element, now: Timestamp)? {
    var reply = try run(.write) {
      $0.string("findAndModify", collection.rawValue)
      body(&$0)
      $0.document("fields") {
        $0.string("document", "$$ROOT" as StaticString)
        $0.string("now", "$$NOW" as StaticString)
      }
    }
    guard var value = try reply.optionalDocument("value") else { return nil }
    var document = try value.document("document")
    return (try read(&document), try value.date("now"))
  }

  /// The user as it was before `update`, which nobody else changes until the transaction ends, and the server's time; nil if
  /// there is none.
  func take(_ key: String, _ update: (inout BSONWriter) -> Void) throws -> (User, now: Timestamp)? {
    try modify(.users, User.read) {
      $0.document("query") { $0.string("_id", key) }
      $0.document("update", update)
    }
  }

  /// Adds one document; false if its identity is taken.
  func insert(_ collection: Collection, _ document: some Document) throws -> Bool {
    var reply = try run(.write) { writer throws(BSONError) in
      writer.string("insert", collection.rawValue)
      try writer.documents("documents", CollectionOfOne(document)) { writer, document throws(BSONError) in
        try document.write(to: &writer)
      }
    }
    guard let error = try WriteError.first(of: &reply) else { return true }
    guard error.code == ServerCode.duplicateKey else { throw error.failure }
    return false
  }

  /// The session that held `tokenHash` and now holds `newHash`; nil if none does or it has run out.
  fileprivate func rotate(
    _ tokenHash: String, _ newHash: String, _ at: Timestamp, _ expiresAt: Timestamp
  ) throws -> (Session, now: Timestamp)? {
    try modify(.sessions, Session.read) {
      $0.document("query") {
        $0.string("tokenHash", tokenHash)
        $0.document("expiresAt") { $0.date("$gt", at) }
      }
      $0.document("update") {
        $0.document("$set") {
          $0.string("tokenHash", newHash)
          $0.date("expiresAt", expiresAt)
          $0.date("rotatedAt", at)
        }
        $0.document("$push") {
          $0.document("used") {
            $0.strings("$each", CollectionOfOne(tokenHash))
            $0.int32("$slice", -MongoStore.usedTokenLimit)
          }
        }
      }
      $0.bool("new", true)
    }
  }

  /// The session that holds `newHash` and was given it for `tokenHash` less than the leeway before; nil if there is none.
  ///
  /// A change and no read, though it changes nothing but a count: so it sees what was written last, which a read of what a
  /// majority has need not, and the answer is as lasting as that of the first.
  fileprivate func share(_ tokenHash: String, _ newHash: String, _ at: Timestamp) throws -> (Session, now: Timestamp)? {
    let since = at.millis.subtractingReportingOverflow(Rotation.leewayMs).partialValue
    return try modify(.sessions, Session.read) {
      $0.document("query") {
        $0.string("tokenHash", newHash)
        $0.string("used", tokenHash)
        $0.document("rotatedAt") { $0.date("$gt", Timestamp(millis: since)) }
        $0.document("expiresAt") { $0.date("$gt", at) }
      }
      $0.document("update") {
        $0.document("$inc") { $0.int32("shared", 1) }
      }
      $0.bool("new", true)
    }
  }

  /// Ends the session that used the token before; false if none did.
  fileprivate func endSession(withUsed tokenHash: String) throws -> Bool {
    var reply = try run(.write) {
      $0.string("findAndModify", Collection.sessions.rawValue)
      $0.document("query") { $0.string("used", tokenHash) }
      $0.bool("remove", true)
    }
    return try reply.optionalDocument("value") != nil
  }

  fileprivate func endSession(holding tokenHash: String) throws {
    _ = try run(.write) {
      $0.string("delete", Collection.sessions.rawValue)
      $0.documents("deletes", CollectionOfOne(tokenHash)) { writer, tokenHash in
        writer.document("q") { $0.string("tokenHash", tokenHash) }
        writer.int32("limit", 1)
      }
    }
  }

  /// Runs `body` in a transaction, tried again until the deadline while the server calls its failure transient. The waits
  /// double: of two that take the same documents in another order each, both may fail, and again if they come back together.
  func transaction<Success>(
    deadlineMs: Int, snapshot: Bool = false, _ body: (MongoWorker) throws -> Success
  ) throws -> Success {
    let deadline = monotonicMicros() &+ UInt64(deadlineMs) * 1000
    var wait = Self.firstWaitMicros
    while true {
      var failure: MongoFailure
      do {
        try beginTransaction(snapshot: snapshot)
        let success = try body(self)
        switch finish(deadline) {
        case .done: return success
        case .failed(let error, _): throw error
        case .again(let again): failure = again
        }
      } catch let caught as MongoFailure {
        giveUpTransaction(after: caught)
        // Nothing was committed, so a broken connection leaves nothing unknown.
        guard caught.isTransient else { throw caught.asStoreError }
        failure = caught
      } catch {
        abortTransaction()
        throw error
      }
      guard monotonicMicros() &+ wait < deadline else { throw failure.asStoreError }
      pause(&wait)
    }
  }
}
