public import HubContracts
import HubRuntime

extension RedisFacts {
  /// The oldest Redis that has what the hub asks for, tracking and functions of ACLs included.
  static let oldestMajor = 7

  /// What should be so with a Redis, and whether it is. The hub runs without one, so nothing of it keeps a process from
  /// starting.
  public static func conditions(_ options: RedisOptions, clock: any HubClock) async -> [Condition] {
    do throws(RedisProblem) {
      return try await ask(options, clock: clock).conditions(options)
    } catch {
      return [error.condition(options)]
    }
  }

  func conditions(_ options: RedisOptions) -> [Condition] {
    [
      Condition(
        "redis.answer", isLoading ? .unmet : .ok, found: isLoading ? "it loads its data still" : "it answers",
        wanted: "a Redis that answers", remedy: "wait until it has loaded; the hub needs nothing of what was saved"),
      login(options),
      Condition(
        "redis.version", major >= Self.oldestMajor ? .ok : .unmet, found: version,
        wanted: "\(Self.oldestMajor).0 or later", remedy: "upgrade Redis"),
      Condition(
        "redis.role", role == .master ? .ok : .unmet, found: role.word, wanted: "master",
        remedy: "set REDIS_URL to the primary: this one takes no writes"),
      Condition(
        "redis.eviction", mayEvict ? .unmet : .ok,
        found: maxmemoryBytes == 0 ? "no limit of memory" : "\(maxmemoryPolicy) at \(maxmemoryBytes) bytes",
        wanted: "noeviction: locks, limits and events must not go by themselves",
        remedy: Self.asAdministrator("config set maxmemory-policy noeviction", options)
          + ", and the same in its redis.conf"),
      .clock(of: "redis", aheadMs: clockAheadMs),
    ]
  }

  /// A command for whoever may administer a server: the hub's own user may not.
  static func asAdministrator(_ command: String, _ options: RedisOptions) -> String {
    let address = options.address
    let tls = options.tls.map { " --tls" + ($0.caFile.map { " --cacert '\($0)'" } ?? "") } ?? ""
    return "as an administrator: redis-cli -h \(address.host) -p \(address.port)\(tls)"
      + " --user ADMINISTRATOR --askpass \(command)"
  }

  private var major: Int { Int(version.prefix { $0 != "." }) ?? 0 }

  /// Who may do anything in Redis may send any event to any client.
  private func login(_ options: RedisOptions) -> Condition {
    let isNear = ["localhost", "::1"].contains(options.address.host) || options.address.host.hasPrefix("127.")
    let found =
      options.address.password != nil
      ? "the password of REDIS_URL is accepted"
      : isNear
        ? "none is needed, by any program of this machine" : "none is needed: anybody who reaches it may send events"
    return Condition(
      "redis.login", options.address.password != nil || isNear ? .ok : .doubtful, found: found,
      wanted: "a user with a password, unless only this machine can reach it",
      remedy:
        "give it a user with the rules of scripts/lib/redis-user.acl, and set REDIS_URL=redis://USER:PASSWORD@HOST")
  }
}

extension RedisProblem {
  /// What it comes to for whoever runs the hub.
  func condition(_ options: RedisOptions) -> Condition {
    let place = "\(options.address.host):\(options.address.port)"
    switch self {
    case .unreachable(let reason):
      return Condition(
        "redis.answer", .unmet, found: "nobody answers at \(place): \(reason)", wanted: "a Redis that answers",
        remedy: "start it, or set REDIS_URL to one that runs")
    case .refused(let reason):
      return Condition(
        "redis.login", .unmet, found: "\(place): \(reason)", wanted: "a user and password that Redis takes",
        remedy:
          "set REDIS_URL=redis://USER:PASSWORD@HOST[:PORT], with a user that has the rules of scripts/lib/redis-user.acl"
      )
    case .tls(let reason):
      return Condition(
        "redis.answer", .unmet, found: "TLS with \(place) fails: \(reason)",
        wanted: "a certificate for that name from a CA that is known",
        remedy: "check the scheme (rediss:// or redis://), the host's name and the CA's file")
    }
  }
}

extension RedisFacts.Role {
  fileprivate var word: String {
    switch self {
    case .master: "master"
    case .replica: "replica"
    case .other(let word): word
    }
  }
}
