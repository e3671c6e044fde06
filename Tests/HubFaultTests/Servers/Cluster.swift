import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// A whole hub with its servers: a replica set of three and a Redis, each server behind a proxy, and several of each
/// process.
final class Cluster: Sendable {
  static let secret = "faults-secret-0123456789-abcdefghijkl"

  let folder: URL
  let members: [Member]
  /// What the hub, and the members among themselves, reach the members by.
  let memberProxies: [SilentProxy]
  /// The members' disks; nil where none may be mounted.
  private let disks: Disks?
  /// How a disk is made full, in words.
  let fullDisk: String
  let memberClocks: [ServerClock]
  let redisClock: ServerClock
  let admins: [MemberAdmin]
  let redis: Member
  /// What follows Redis while one of them takes the other's place.
  let spare: Member
  let proxy: SilentProxy
  let apis: [Member]
  let lives: [Member]
  let workers: [Member]
  let settings: [String: String]
  /// The hub's program, and one of an older version that the hub is brought up from.
  let binary: String
  let old: String?

  /// Starts it all and waits until each process is ready. With an older version all processes are of that first.
  init(old: String? = nil) throws {
    self.old = old
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "orderhub-faults-\(UUID().uuidString.prefix(8))")
    let top = folder
    guard let mongod = ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGOD"],
      let binary = ProcessInfo.processInfo.environment["ORDERHUB_BIN"]
    else {
      throw TestServerError(
        "ORDERHUB_TEST_MONGOD and ORDERHUB_BIN are not set: run it with scripts/test or scripts/faults")
    }
    self.binary = binary
    let folders = (0..<3).map { top.appendingPathComponent("mongod\($0)/data") }
    for data in folders { try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true) }
    do {
      disks = try Disks(on: folders, log: top.appendingPathComponent("disks.log"))
      fullDisk = "each member has a disk of \(Disks.sizeBytes >> 20) MiB in memory, which is filled up"
    } catch {
      disks = nil
      fullDisk = "the size of a member's files is limited, for it may have no disk of its own: \(error)"
    }
    let starter = disks?.starter ?? []
    let clocks = try (0..<3).map { try ServerClock(folder: top.appendingPathComponent("mongod\($0)")) }
    memberClocks = clocks
    members = try (0..<3).map { try Self.member($0, mongod, top, starter, clocks[$0]) }
    let redisFolder = top.appendingPathComponent("redis")
    redisClock = try ServerClock(folder: redisFolder)
    redis = try Member(
      "redis", command: "/usr/bin/redis-server", port: lastingPort(), folder: redisFolder,
      arguments: ["redis.conf"], environment: redisClock.environment)
    let redisPort = redis.port
    try "port \(redisPort)\nbind 127.0.0.1\nsave \"\"\nappendonly no\nrepl-diskless-sync-delay 0\n".write(
      to: redis.folder.appendingPathComponent("redis.conf"), atomically: false, encoding: .utf8)
    spare = try Member(
      "redis1", command: "/usr/bin/redis-server", port: lastingPort(), folder: top.appendingPathComponent("redis1"),
      arguments: ["redis.conf"])
    try "port \(spare.port)\nbind 127.0.0.1\nsave \"\"\nappendonly no\nrepl-diskless-sync-delay 0\n".write(
      to: spare.folder.appendingPathComponent("redis.conf"), atomically: false, encoding: .utf8)
    for member in members { try member.start() }
    admins = try members.map { try MemberAdmin(port: $0.port) }
    proxy = try SilentProxy(target: redisPort)
    memberProxies = try members.map { try SilentProxy(target: $0.port) }
    settings = Self.settings(memberProxies.map(\.port), redisPort: proxy.port)
    let fleets = try [("api", "PORT", 2), ("live", "LIVE_PORT", 2), ("worker", "WORKER_PORT", 2)].map {
      [settings] command, portName, count in
      try (0..<count).map { index in
        let port = try lastingPort()
        return try Member(
          "\(command)\(index)", command: old ?? binary, port: port,
          folder: top.appendingPathComponent("\(command)\(index)"),
          arguments: [command], environment: settings.merging([portName: "\(port)"]) { $1 })
      }
    }
    (apis, lives, workers) = (fleets[0], fleets[1], fleets[2])
    try startRedis()
    try startReplicaSet()
    try apis[0].start()
    guard apis[0].isReady(withinSeconds: Double(HangLimit.seconds)) else {
      throw TestServerError("no api: \(Self.tail(apis[0]))")
    }
    for process in hub { try process.start() }
    for process in hub where !process.isReady(withinSeconds: Double(HangLimit.seconds)) {
      throw TestServerError("\(process.name) was never ready: \(Self.tail(process))")
    }
  }

  /// All processes of the hub itself.
  var hub: [Member] { apis + lives + workers }

  func fleet(_ fleet: Fault.Fleet) -> [Member] {
    switch fleet {
    case .api: apis
    case .live: lives
    case .worker: workers
    }
  }

  /// Leaves no room on a member's disk; gives what makes room again and starts the member anew.
  func fillDisk(of member: Member) throws -> () throws -> Void {
    let data = member.folder.appendingPathComponent("data")
    if let disks { try disks.fill(data) } else { try member.limitFiles(bytes: 64 << 10) }
    return { [disks] in
      member.kill()
      try disks?.clear(data)
      try member.start()
    }
  }

  var dump: URL { redis.folder.appendingPathComponent("dump.rdb") }

  /// Starts Redis with what its dump holds, if there is one.
  func startRedis() throws {
    try redis.start()
    for _ in 0..<400 where !accepts(redis.port) { usleep(10_000) }
  }

  /// Runs a tool of the hub to its end; its exit status. What it prints goes into a file of the folder.
  func run(_ words: [String], log: String) throws -> Int32 {
    let output = folder.appendingPathComponent(log)
    let run = try ChildProcess(binary, words, environment: settings, folder: folder, output: output, errors: output)
    return run.wait()
  }

  /// The member that takes writes, if there is one now.
  var primary: Int? { admins.firstIndex { $0.isPrimary } }

  /// Ends everything that was started, by process id. The logs stay if told so.
  func end(keepsFolder: Bool) {
    for process in hub + [redis, spare] + members { process.kill() }
    disks?.end()
    for proxy in memberProxies + [proxy] { proxy.end() }
    for admin in admins { admin.close() }
    if !keepsFolder { try? FileManager.default.removeItem(at: folder) }
  }

  private func startReplicaSet() throws {
    for member in members {
      for _ in 0..<800 where !accepts(member.port) { usleep(25_000) }
    }
    for _ in 0..<20 where (try? admins[0].initiate(memberProxies.map(\.port))) == nil { usleep(500_000) }
    for _ in 0..<400 {
      if primary != nil { return }
      usleep(50_000)
    }
    throw TestServerError("the replica set has no primary: \(Self.tail(members[0]))")
  }

  /// The end of a process's log.
  static func tail(_ member: Member, lines: Int = 15) -> String {
    let text = (try? String(contentsOf: member.log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
  }

  private static func member(
    _ index: Int, _ mongod: String, _ top: URL, _ starter: [String], _ clock: ServerClock
  ) throws -> Member {
    let folder = top.appendingPathComponent("mongod\(index)")
    let port = try lastingPort()
    return try Member(
      "mongod\(index)", command: mongod, port: port, folder: folder,
      arguments: [
        "--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", folder.appendingPathComponent("data").path,
        "--replSet", "rs0", "--nounixsocket",
        "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128", "--quiet", "--setParameter", "enableTestCommands=1",
        "--setParameter", "diagnosticDataCollectionEnabled=false",
        // What a killed process held in a transaction is let go after this: a minute is the server's own default.
        "--setParameter", "transactionLifetimeLimitSeconds=2",
        // Small journal files that are not made beforehand, and frequent checkpoints: a full disk is felt at once.
        "--wiredTigerEngineConfigString", "log=(file_max=1MB,prealloc=false)", "--syncdelay", "5",
      ], environment: clock.environment, starter: starter)
  }

  private static func settings(_ mongoPorts: [Int], redisPort: Int) -> [String: String] {
    let hosts = mongoPorts.map { "127.0.0.1:\($0)" }.joined(separator: ",")
    return [
      "MONGODB_URI": "mongodb://\(hosts)/faults?replicaSet=rs0", "MONGODB_THREADS": "8",
      "REDIS_URL": "redis://127.0.0.1:\(redisPort)", "JWT_SECRET": secret, "LOG_LEVEL": "info", "LOG_FORMAT": "json",
      "RATE_LIMIT_USER_PER_MINUTE": "0", "OUTBOX_INTERVAL_MS": "200", "DRAIN_S": "1", "DRAIN_DELAY_S": "0",
      "LIVE_THREADS": "1",
      "LIVE_MESSAGES_PER_MINUTE": "1000000", "SHUTDOWN_TIMEOUT_S": "40", "MALLOC_ARENA_MAX": "2",
    ]
  }
}
