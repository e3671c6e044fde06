import CMongoc
import HubRuntime

/// Where the documents are, and how much of the process they may take.
public struct MongoOptions: Sendable {
  /// The connection string. It may hold a password: never log it.
  public let uri: String
  /// The database's name.
  public let database: String
  /// How many threads speak to the store, each over a connection of its own.
  public let threads: Int
  /// How many calls may wait for a thread; one more is refused at once.
  public let queueLimit: Int
  /// How long a call may wait for a thread.
  public var waitTimeoutMs: Int = 5_000
  /// The clock of that wait: microseconds that never go back.
  public var steadyClock: @Sendable () -> UInt64 = monotonicMicros
  /// By which clock jobs are due.
  var jobClock: @Sendable () -> JobClock = { JobClock() }
  /// How long the server may work on one ordinary command; five sixths of a longer `socketTimeoutMS` of the connection
  /// string.
  public var operationTimeoutMs: Int = 2_500
  /// How long a transaction may be tried before its outcome is given as it stands; as long as a longer
  /// `socketTimeoutMS`.
  public var commitDeadlineMs: Int = 5_000

  /// Options with the usual times; refuses a connection string that cannot be read.
  public init(uri: String, database: String, threads: Int = 16, queueLimit: Int = 2_000) throws(MongoURIError) {
    MongoLibrary.start()
    var error = bson_error_t()
    guard let parsed = mongoc_uri_new_with_error(uri, &error) else {
      throw MongoURIError(reason: driverMessage(error))
    }
    let socketTimeoutMs = Int(mongoc_uri_get_option_as_int32(parsed, MONGOC_URI_SOCKETTIMEOUTMS, 0))
    mongoc_uri_destroy(parsed)
    // Whoever lets the driver wait for longer means the server and the transaction too.
    if socketTimeoutMs > Int(Patience.ordinary.socketTimeoutMs) {
      operationTimeoutMs = socketTimeoutMs / 6 * 5
      commitDeadlineMs = max(commitDeadlineMs, socketTimeoutMs)
    }
    guard !database.isEmpty, database.utf8.count <= 63, database.utf8.allSatisfy(Self.allows) else {
      throw MongoURIError(reason: "a database name is 1 to 63 of A-Z a-z 0-9 _ -, not \(database)")
    }
    guard (1...256).contains(threads) else { throw MongoURIError(reason: "threads are 1 to 256, not \(threads)") }
    guard queueLimit > 0 else { throw MongoURIError(reason: "a queue takes 1 or more, not \(queueLimit)") }
    self.uri = uri
    self.database = database
    self.threads = threads
    self.queueLimit = queueLimit
  }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
    default: false
    }
  }
}

/// Options that cannot be used.
public struct MongoURIError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong; it never holds the connection string.
  public let reason: String
  /// What is wrong.
  public var description: String { reason }
}
