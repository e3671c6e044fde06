import CHiredis

/// Why a connection ended. The text is for the log.
struct LinkFailure: Error, Equatable {
  /// What it is a failure of.
  enum Kind {
    /// Of the way to the server, or of what it says.
    case connection
    /// The server does not let us in, or not to a command.
    case refusal
    /// Nobody can tell who is at the other end.
    case tls
    /// This is not, or not any longer, a server whose answers may be believed.
    case server
  }

  let reason: String
  let kind: Kind

  init(_ reason: String, _ kind: Kind = .connection) {
    self.reason = reason
    self.kind = kind
  }

  /// A command of the hub's own was answered with an error.
  init(refusal error: String) {
    self.init("Redis refuses: \(error)", Self.saysNoMaster(error.utf8) ? .server : .refusal)
  }

  /// How errors begin that say that a server takes no writes, or does not have its data: a replica, a master without
  /// enough replicas, one that loads, one whose disk or memory is full, and a node of a cluster. What it has may be old
  /// then, and what is published now others do not read.
  static let noMaster: [String] = [
    "READONLY", "NOREPLICAS", "MASTERDOWN", "LOADING", "MOVED", "CLUSTERDOWN", "MISCONF", "OOM",
  ]

  /// Whether an error says that its server takes no writes or does not have its data.
  static func saysNoMaster(_ error: some Collection<UInt8>) -> Bool {
    noMaster.contains { word in
      error.starts(with: word.utf8)
        && error.dropFirst(word.utf8.count).first.map { $0 == UInt8(ascii: " ") } != false
    }
  }
}
