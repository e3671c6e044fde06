import CMongoc
public import HubContracts
import HubRuntime
import Orders

/// Looks at a MongoDB before anybody relies on it: whether it is one that the hub can work with, and what is not so.
public enum MongoInspection {
  /// How many servers of a connection string are asked one by one.
  private static let hostLimit = 8

  /// What should be so with a MongoDB for a process's use of it, and whether it is. It asks over connections of its own, on a thread of its own, and
  /// takes a few seconds at most for each server that does not answer. None, at once, if the calling task is cancelled.
  public static func conditions(
    _ options: MongoOptions, for use: MongoUse = .everything, clock: any HubClock
  ) async -> [Condition] {
    await untilCancelled { awaited in
      Thread.start(name: "mongo-inspect") { awaited.give(facts(options, use, clock).conditions) }.detach()
    } ?? []
  }

  static func facts(_ options: MongoOptions, _ use: MongoUse, _ clock: any HubClock) -> MongoFacts {
    MongoLibrary.start()
    guard let uri = mongoc_uri_new(options.uri) else { preconditionFailure("options hold a checked connection string") }
    defer { mongoc_uri_destroy(uri) }
    var facts = MongoFacts(
      hosts: [], wantedSet: mongoc_uri_get_replica_set(uri).map { String(cString: $0) }, member: nil,
      database: options.database, use: use)
    for index in 0..<UInt32(hostLimit) {
      guard let host = hub_uri_host(uri, index) else { break }
      let answer = ask(host, of: uri, clock)
      facts.hosts.append((String(cString: hub_host_name(host)), answer))
      // One that takes writes says it all.
      if case .facts(let found) = answer, found.isPrimary, facts.isFit(found) { break }
    }
    // Names that are looked up (mongodb+srv) are known to the driver alone.
    if facts.hosts.isEmpty || facts.fitHost != nil {
      facts.member = Result { () throws(MongoSilence) in try member(uri, options.database, use) }
    }
    return facts
  }

  private static func ask(
    _ host: UnsafePointer<mongoc_host_list_t>, of uri: OpaquePointer, _ clock: any HubClock
  ) -> MongoHostAnswer {
    guard let alone = hub_host_uri(uri, host) else { return .silent("it cannot be asked alone") }
    defer { mongoc_uri_destroy(alone) }
    do throws(MongoProbe.Refusal) {
      let probe = try MongoProbe(alone)
      // The first word makes the connection; the second is timed.
      _ = try hello(probe, clock)
      return .facts(try hello(probe, clock))
    } catch {
      return error.code == ServerCode.unknownCommand ? .tooOld : .silent(error.reason)
    }
  }

  private static func hello(_ probe: MongoProbe, _ clock: any HubClock) throws(MongoProbe.Refusal) -> MongoHostFacts {
    let before = clock.now().millis
    return try probe.ask("admin", { $0.int32("hello", 1) }) { reply throws(BSONError) in
      let after = clock.now().millis
      return try MongoHostFacts.read(&reply, nowMs: before &+ (after &- before) / 2)
    }
  }

  private static func member(
    _ uri: OpaquePointer, _ database: String, _ use: MongoUse
  ) throws(MongoSilence) -> MongoMemberFacts {
    do throws(MongoProbe.Refusal) {
      return try MongoMemberFacts.ask(try MongoProbe(uri), database, use)
    } catch {
      if error.isLogin { return MongoMemberFacts(login: .refused(error.reason)) }
      throw MongoSilence(reason: error.reason)
    }
  }
}

extension MongoMemberFacts {
  /// Asks a server that is fit, as the hub's user.
  static func ask(
    _ probe: MongoProbe, _ database: String, _ use: MongoUse
  ) throws(MongoProbe.Refusal) -> MongoMemberFacts {
    let (isKnown, privileges) = try probe.ask(
      "admin",
      {
        $0.int32("connectionStatus", 1)
        $0.bool("showPrivileges", true)
      }
    ) { reply throws(BSONError) in
      var info = try reply.document("authInfo")
      var users = try info.document("authenticatedUsers")
      let isKnown = try users.nextValue() != nil
      return (isKnown, try MongoRights.read(&info))
    }
    var facts = MongoMemberFacts(login: isKnown ? .accepted : .open)
    if isKnown {
      facts.lacking = MongoRights.lacking(privileges, database: database, for: use)
    } else {
      do throws(MongoProbe.Refusal) {
        try probe.ask(database, { $0.int32("listCollections", 1) }) { _ in }
      } catch {
        guard error.code == ServerCode.unauthorized else { throw error }
        facts.login = .missing
      }
    }
    facts.version = try? probe.ask("admin", { $0.int32("buildInfo", 1) }) { reply throws(BSONError) in
      try reply.string("version")
    }
    facts.transactionLifetimeSeconds = try? probe.ask(
      "admin",
      {
        $0.int32("getParameter", 1)
        $0.int32("transactionLifetimeLimitSeconds", 1)
      }
    ) { reply throws(BSONError) in try reply.int("transactionLifetimeLimitSeconds") }
    facts.isReachable = try? probe.ask("admin", { $0.int32("getCmdLineOpts", 1) }) { reply throws(BSONError) in
      var parsed = try reply.document("parsed")
      guard var net = try parsed.optionalDocument("net") else { return false }
      if try net.find("bindIpAll") != nil { return true }
      let addresses = try net.optionalString("bindIp")?.string ?? "localhost"
      return !addresses.split(separator: ",").allSatisfy(MongoFacts.isLoopback)
    }
    return facts
  }
}
