import CMongoc
import HubContracts
import HubRuntime

/// What one thread of the store owns for life: a client, a session, a place for replies, a buffer for commands.
final class MongoWorker {
  // Owner: the thread that made it. Nothing of it leaves a job.
  private let clients: MongoClients
  private let client: OpaquePointer
  private let reply: OpaquePointer
  private var session: OpaquePointer?
  let database: String
  let operationTimeoutMs: Int
  /// Commands are written here; a command is good until the next job begins.
  var writer = BSONWriter()
  /// For the waits between tries.
  var jitter = SystemRandomNumberGenerator()

  init(_ clients: MongoClients, _ options: MongoOptions, _ patience: Patience = .ordinary) {
    self.clients = clients
    client = clients.take()
    reply = hub_reply_new()
    database = options.database
    operationTimeoutMs = patience.operationTimeoutMs ?? options.operationTimeoutMs
  }

  /// Ends it; the owner's last call.
  func end() {
    endSession()
    hub_reply_free(reply)
    clients.giveBack(client)
  }

  /// How a command is sent.
  enum Mode: Int32 {
    /// Tried once more by the driver if the connection breaks.
    case read = 0
    /// With the write concern, and tried once more where that is safe.
    case write = 1
    /// As it is.
    case plain = 2
  }

  /// Runs the command at `place` of the writer; the reply is good until the next command.
  func run(
    _ place: Range<Int>, _ mode: Mode, database other: String? = nil, inSession: Bool = true
  ) throws(MongoFailure) -> BSONReader {
    let session = inSession ? try openSession() : nil
    var error = bson_error_t()
    let bytes = writer.bytes(place)
    let sent = hub_run(
      client, other ?? database, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, session,
      mode.rawValue, reply, &error)
    guard sent else { throw failure(error) }
    return try answer()
  }

  /// Writes a command with `body` and runs it.
  func run(
    _ mode: Mode, database other: String? = nil, inSession: Bool = true,
    _ body: (inout BSONWriter) throws(BSONError) -> Void
  ) throws(MongoFailure) -> BSONReader {
    let place: Range<Int>
    do { place = try writer.root(body) } catch { throw MongoFailure(kind: .broken, message: "\(error)") }
    return try run(place, mode, database: other, inSession: inSession)
  }

  /// Begins a transaction on this thread's session; the server hears of it with the first command.
  func beginTransaction(snapshot: Bool = false) throws(MongoFailure) {
    let session = try openSession()
    let options = mongoc_transaction_opts_new()
    defer { mongoc_transaction_opts_destroy(options) }
    mongoc_transaction_opts_set_max_commit_time_ms(options, Int64(operationTimeoutMs))
    if snapshot {
      let concern = mongoc_read_concern_new()
      mongoc_read_concern_set_level(concern, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT)
      mongoc_transaction_opts_set_read_concern(options, concern)
      mongoc_read_concern_destroy(concern)
    }
    var error = bson_error_t()
    guard mongoc_client_session_start_transaction(session, options, &error) else { throw failure(error) }
  }

  /// Commits it once; the driver itself asks a second time if the connection breaks.
  func commitTransaction() throws(MongoFailure) {
    var error = bson_error_t()
    guard hub_commit(try openSession(), reply, &error) else { throw failure(error) }
    _ = try answer()
  }

  /// Gives it up. A server that cannot be told gives it up by itself, once it misses the session.
  func abortTransaction() {
    guard let session, mongoc_client_session_in_transaction(session) else { return }
    var error = bson_error_t()
    if !mongoc_client_session_abort_transaction(session, &error) { endSession() }
  }

  /// Gives it up after a failure. Where the server is away nobody is told: asking would wait for it once more.
  func giveUpTransaction(after failure: MongoFailure) {
    guard failure.isAway else { return abortTransaction() }
    dropSession()
  }

  /// Forgets the session without a word to the server, which ends it by itself.
  func dropSession() {
    guard session != nil else { return }
    // The driver would abort the transaction on the way out; a client that was reset has none.
    mongoc_client_reset(client)
    endSession()
  }

  /// Ends the session: whatever state it was in, the next command begins with a fresh one.
  func endSession() {
    guard let session else { return }
    mongoc_client_session_destroy(session)
    self.session = nil
  }

  private func openSession() throws(MongoFailure) -> OpaquePointer {
    if let session { return session }
    let options = mongoc_session_opts_new()
    defer { mongoc_session_opts_destroy(options) }
    mongoc_session_opts_set_causal_consistency(options, false)
    var error = bson_error_t()
    guard let session = mongoc_client_start_session(client, options, &error) else { throw failure(error) }
    self.session = session
    return session
  }

  private func answer() throws(MongoFailure) -> BSONReader {
    do { return try BSONReader(replyBytes) } catch { throw MongoFailure(kind: .broken, message: "a reply: \(error)") }
  }

  private var replyBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: hub_reply_bytes(reply), count: Int(hub_reply_length(reply)))
  }

  private func failure(_ error: bson_error_t) -> MongoFailure {
    let failure = MongoFailure(error, reply: replyBytes)
    // A session whose connection broke is not used again, unless a commit on it is still to be asked about.
    if failure.kind == .network, let session, !mongoc_client_session_in_transaction(session), !failure.isUnknownCommit {
      endSession()
    }
    return failure
  }
}
