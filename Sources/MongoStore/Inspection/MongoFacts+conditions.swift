import HubContracts

extension MongoFacts {
  /// The oldest MongoDB that the hub's tests run on.
  static let oldest = (version: "6.0", wireVersion: 17)
  /// The longest that an order may stay locked whose process was killed in the midst of a transaction, in seconds.
  static let lifetimeLimitSeconds = 10

  /// Whether the hub can work with a server, as far as anybody can see.
  func isFit(_ host: MongoHostFacts) -> Bool {
    (host.isRouter || host.setName != nil && (wantedSet == nil || host.setName == wantedSet))
      && host.wireVersion >= Self.oldest.wireVersion
  }

  /// The first server that the hub can work with.
  var fitHost: MongoHostFacts? {
    let fit = hosts.compactMap { host -> MongoHostFacts? in
      if case .facts(let facts) = host.answer, isFit(facts) { facts } else { nil }
    }
    return fit.first { $0.isPrimary } ?? fit.first
  }

  /// The server that the conditions speak of: a fit one, or the first that said anything.
  private var spoken: (name: String, answer: MongoHostAnswer)? {
    func first(_ holds: (MongoHostAnswer) -> Bool) -> (name: String, answer: MongoHostAnswer)? {
      hosts.first { holds($0.answer) }
    }
    let fit = fitHost
    return first { if case .facts(let facts) = $0 { facts == fit } else { false } }
      ?? first { if case .facts = $0 { true } else { false } } ?? first { $0 == .tooOld }
  }

  /// What should be so, and whether it is. What cannot be known without an answer is left out.
  var conditions: [Condition] {
    guard hosts.isEmpty || spoken != nil else { return [silence(hosts)] }
    var all: [Condition] = []
    if let spoken {
      all.append(
        Condition("mongodb.answer", .ok, found: "\(spoken.name) answers", wanted: "a server that answers"))
      switch spoken.answer {
      case .tooOld: all.append(version("so old that it does not know this hub's words", .unmet))
      case .silent: break
      case .facts(let facts):
        all += [replicaSet(facts, spoken.name), version(facts)]
        if isFit(facts) { all.append(writable(facts)) }
        all.append(.clock(of: "mongodb", aheadMs: facts.clockAheadMs))
      }
    }
    switch member {
    case .success(let member): all += conditions(of: member)
    case .failure(let silence) where hosts.isEmpty: all.append(self.silence([("MONGODB_URI", .silent(silence.reason))]))
    case .failure, nil: break
    }
    return all
  }

  private func silence(_ hosts: [(name: String, answer: MongoHostAnswer)]) -> Condition {
    let reasons = hosts.map { host in
      if case .silent(let reason) = host.answer { "\(host.name): \(reason)" } else { host.name }
    }
    return Condition(
      "mongodb.answer", .unmet, found: "nobody answers at " + reasons.joined(separator: ", "),
      wanted: "a server that answers", remedy: "start it, or set MONGODB_URI to one that runs")
  }

  private func replicaSet(_ host: MongoHostFacts, _ name: String) -> Condition {
    let wanted = "a replica set, for transactions need one" + (wantedSet.map { ": \($0)" } ?? "")
    func unmet(_ found: String, _ remedy: String) -> Condition {
      Condition("mongodb.replicaSet", .unmet, found: found, wanted: wanted, remedy: remedy, isVital: true)
    }
    if host.isRouter {
      return Condition("mongodb.replicaSet", .ok, found: "a sharded cluster", wanted: wanted)
    }
    if let setName = host.setName {
      guard let wantedSet, wantedSet != setName else {
        return Condition("mongodb.replicaSet", .ok, found: setName, wanted: wanted)
      }
      return unmet("\(name) is of the replica set \(setName)", "set replicaSet=\(setName) in MONGODB_URI")
    }
    let initiate = "mongosh 'mongodb://\(name)/?directConnection=true' --eval 'rs.initiate()'"
    if host.isUninitiated {
      return unmet("a replica set that is not initiated, or that \(name) is no member of", "run: \(initiate)")
    }
    return unmet(
      "\(name) is a server by itself", "start mongod with --replSet \(wantedSet ?? "rs0"), then run: \(initiate)")
  }

  private func version(_ host: MongoHostFacts) -> Condition {
    var found = "a server of that age"
    if case .success(let member) = member, let version = member.version { found = version }
    if host.wireVersion >= Self.oldest.wireVersion { return version(found, .ok) }
    return version("older than that: it speaks wire version \(host.wireVersion)", .unmet)
  }

  private func version(_ found: String, _ state: Condition.State) -> Condition {
    Condition(
      "mongodb.version", state, found: found, wanted: "\(Self.oldest.version) or later",
      remedy: "upgrade MongoDB; this hub is tested with \(Self.oldest.version)", isVital: true)
  }

  /// A set that elects has none for some seconds: a process waits for it.
  private func writable(_ host: MongoHostFacts) -> Condition {
    Condition(
      "mongodb.primary", host.isPrimary || host.isRouter ? .ok : .unmet,
      found: host.isPrimary || host.isRouter ? "there is one" : "none of those that MONGODB_URI names",
      wanted: "a primary", remedy: "wait for the election; or name all members in MONGODB_URI, with replicaSet=")
  }

  private func conditions(of member: MongoMemberFacts) -> [Condition] {
    var all = [login(member)]
    switch member.login {
    case .missing, .refused: return all
    case .accepted: all.append(rights(member))
    case .open: break
    }
    // Whoever only looks has no transactions that might stay.
    guard use == .everything else { return all }
    let limit = Self.lifetimeLimitSeconds
    let wanted = "\(limit) s or less"
    let remedy =
      "as an administrator, at each member: mongosh 'mongodb://ADMINISTRATOR@HOST:PORT/?directConnection=true&authSource=admin'"
      + " --eval 'db.adminCommand({setParameter:1, transactionLifetimeLimitSeconds:\(limit)})',"
      + " and start mongod with --setParameter transactionLifetimeLimitSeconds=\(limit)"
    all.append(
      member.transactionLifetimeSeconds.map {
        Condition(
          "mongodb.transactionLifetime", $0 <= limit ? .ok : .doubtful, found: "\($0) s", wanted: wanted, remedy: remedy
        )
      }
        ?? Condition(
          "mongodb.transactionLifetime", .unknown, found: "this user may not see it", wanted: wanted,
          remedy: "as an administrator: db.grantRolesToUser('USER', [{role:'clusterMonitor', db:'admin'}])"))
    return all
  }

  private func login(_ member: MongoMemberFacts) -> Condition {
    let wanted = "a user with a password, unless only this machine can reach the server"
    func condition(
      _ state: Condition.State, _ found: String, _ remedy: String = "", isVital: Bool = false
    ) -> Condition {
      Condition("mongodb.login", state, found: found, wanted: wanted, remedy: remedy, isVital: isVital)
    }
    switch member.login {
    case .accepted: return condition(.ok, "the user of MONGODB_URI is accepted")
    case .missing:
      return condition(
        .unmet, "a login is needed, and MONGODB_URI names no user",
        "set MONGODB_URI=mongodb://USER:PASSWORD@HOST/\(database)?authSource=admin", isVital: true)
    case .refused(let reason):
      return condition(
        .unmet, "user or password of MONGODB_URI is refused: \(reason)",
        "set the right ones in MONGODB_URI, and authSource= to the database of the user", isVital: true)
    case .open:
      let isReachable = member.isReachable ?? !hosts.allSatisfy { Self.isLoopback(Self.address(of: $0.name)) }
      guard isReachable else { return condition(.ok, "none is needed, and only this machine can reach the server") }
      return condition(
        .doubtful, "anybody who reaches the server may do anything",
        "start mongod with --auth, or with --keyFile FILE for several members, and give the hub a user")
    }
  }

  private func rights(_ member: MongoMemberFacts) -> Condition {
    let lacking = member.lacking
    let named = lacking.prefix(6).joined(separator: ", ") + (lacking.count > 6 ? " and \(lacking.count - 6) more" : "")
    let roles = use == .everything ? ["readWrite", "dbAdmin"] : ["read"]
    return Condition(
      "mongodb.rights", lacking.isEmpty ? .ok : .unmet,
      found: lacking.isEmpty ? "all that the hub does" : "the user may not \(named)",
      wanted: "\(roles.joined(separator: " and ")) on the database \(database)",
      remedy: "as an administrator: db.grantRolesToUser('USER', ["
        + roles.map { "{role:'\($0)', db:'\(database)'}" }.joined(separator: ", ") + "])",
      isVital: true)
  }

  private static func address(of host: String) -> Substring {
    host.lastIndex(of: ":").map { host[..<$0] } ?? host[...]
  }

  /// Whether only this machine can reach an address.
  static func isLoopback(_ address: Substring) -> Bool {
    let bare = address.filter { $0 != " " && $0 != "[" && $0 != "]" }
    return bare == "localhost" || bare == "::1" || bare.hasPrefix("127.") || bare.hasPrefix("/")
  }
}
