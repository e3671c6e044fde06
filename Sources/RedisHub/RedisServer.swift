/// What a server says of itself when it is asked for its role and for information.
struct RedisServer: Equatable {
  /// Its process: another one each time it starts.
  var runID: String
  /// Its history of writes: another one each time a server becomes a master.
  var replicationID: String

  /// What keys in Redis are marked with: they are good for this server while it goes on with this history.
  var mark: String { "\(runID) \(replicationID)" }

  /// The question; two replies.
  static func ask(_ pipeline: inout Pipeline) {
    pipeline.command(["INFO", "server"])
    pipeline.command(["INFO", "replication"])
  }

  /// Reads the two replies.
  init(_ replies: some Collection<RedisReply>) throws(LinkFailure) {
    let info = RedisInfo(replies)
    guard let runID = info["run_id"], let replicationID = info["master_replid"] else {
      throw LinkFailure("the server has no run id or no replication id")
    }
    self.runID = runID
    self.replicationID = replicationID
  }

  /// Throws unless a reply to `ROLE` says that the server is a master.
  static func checkRole(_ reply: RedisReply?) throws(LinkFailure) {
    let role = Self.role(reply)
    if role == "master" { return }
    let said = role == "slave" ? "it is no master but a replica" : "its role is \(role ?? "unknown")"
    throw LinkFailure("Redis is not the one to ask: \(said)", .server)
  }

  /// The role in Redis's own word: `master`, `slave`, `sentinel`.
  static func role(_ reply: RedisReply?) -> String? {
    reply?.array?.first?.bytes.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The lines `name:value` of replies to `INFO`.
struct RedisInfo {
  private let lines: [[UInt8].SubSequence]

  init(_ replies: some Collection<RedisReply>) {
    lines = replies.compactMap(\.bytes).flatMap { $0.split { $0 == 0x0a || $0 == 0x0d } }
  }

  /// The value of a name.
  subscript(name: String) -> String? {
    let start = Array(name.utf8) + [UInt8(ascii: ":")]
    return lines.first { $0.starts(with: start) }.map { String(decoding: $0.dropFirst(start.count), as: UTF8.self) }
  }
}
