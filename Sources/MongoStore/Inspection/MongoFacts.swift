import Orders

/// What one of the servers that a connection string names says of itself to anyone.
struct MongoHostFacts: Sendable, Equatable {
  /// The replica set that it is a member of.
  var setName: String?
  /// Whether it was told to be in one, and has no configuration that it is part of.
  var isUninitiated = false
  /// Whether it leads to a sharded cluster.
  var isRouter = false
  /// Whether it takes writes now.
  var isPrimary = false
  /// The newest wire protocol that it speaks, which goes with its version.
  var wireVersion: Int
  /// How far its clock is ahead of this process's.
  var clockAheadMs: Int64 = 0

  /// Reads the answer to `hello`; `now` is the middle between asking and hearing, in this process's time.
  static func read(_ reply: inout BSONReader, nowMs: Int64) throws(BSONError) -> MongoHostFacts {
    MongoHostFacts(
      setName: try reply.optionalString("setName")?.string,
      isUninitiated: try reply.find("isreplicaset") != nil,
      isRouter: try reply.optionalString("msg") == "isdbgrid",
      isPrimary: try reply.bool("isWritablePrimary"),
      wireVersion: try reply.int("maxWireVersion"),
      clockAheadMs: (try reply.optionalDate("localTime")?.millis ?? nowMs) &- nowMs)
  }
}

/// What came of asking one server.
enum MongoHostAnswer: Sendable, Equatable {
  case facts(MongoHostFacts)
  /// Nobody answered; the driver's words.
  case silent(String)
  /// It answers, and is so old that it does not understand.
  case tooOld
}

/// What a member says to whoever logs in as the hub does.
struct MongoMemberFacts: Sendable, Equatable {
  /// Who the hub is there.
  enum Login: Sendable, Equatable {
    /// The server asks nobody who he is.
    case open
    /// The server took the user of the connection string.
    case accepted
    /// The connection string names no user, and one is needed.
    case missing
    /// User and password were refused; the driver's words.
    case refused(String)
  }
  var login: Login
  /// `6.0.5`; nil if it did not say.
  var version: String?
  /// What the user may not do of all that the hub does, as in `update on orders`.
  var lacking: [String] = []
  /// The server's `transactionLifetimeLimitSeconds`, if the user may see it.
  var transactionLifetimeSeconds: Int?
  /// Whether it listens on more than this machine's own addresses; nil if that cannot be seen.
  var isReachable: Bool?
}

/// All that was found out of a MongoDB.
struct MongoFacts: Sendable, Equatable {
  /// The servers of the connection string and what each said.
  var hosts: [(name: String, answer: MongoHostAnswer)]
  /// The replica set that the connection string names.
  var wantedSet: String?
  /// What was found as the hub; nil if no server was fit to be asked, or why it could not be asked.
  var member: Result<MongoMemberFacts, MongoSilence>?
  /// The database of the hub.
  var database: String
  /// What the process that asks does there.
  var use = MongoUse.everything

  static func == (left: MongoFacts, right: MongoFacts) -> Bool {
    left.hosts.map(\.name) == right.hosts.map(\.name) && left.hosts.map(\.answer) == right.hosts.map(\.answer)
      && left.wantedSet == right.wantedSet && left.member == right.member && left.database == right.database
      && left.use == right.use
  }
}

/// A server that gave no answer; the driver's words.
struct MongoSilence: Error, Equatable {
  let reason: String
}
