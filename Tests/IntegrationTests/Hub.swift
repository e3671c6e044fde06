import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// The real processes of a hub, on free ports, with a Redis and a database of their own.
final class Hub: Sendable {
  /// The key that its tokens are signed with.
  static let secret = "e2e-secret-0123456789-abcdefghijklmnop"

  /// The key that tenants' secrets are sealed under.
  static let secretsKey = String(repeating: "0123456789abcdef", count: 4)

  let redis: ServerProcess
  let apis: [ServerProcess]
  let live: ServerProcess
  let worker: ServerProcess
  let mongoURI: String
  let redisPort: Int

  /// Starts it all and waits until each process is ready. `environment` are further settings of every process.
  init(
    apis count: Int = 1, mongoURI: String? = nil, redis: ServerProcess? = nil, environment: [String: String] = [:]
  ) throws {
    let redis = try redis ?? TestServers.redis()
    let uri = try mongoURI ?? Self.newDatabase()
    let settings = Self.settings(mongoURI: uri, redisPort: redis.port).merging(environment) { $1 }
    self.redis = redis
    redisPort = redis.port
    self.mongoURI = uri
    // The first makes the collections; the others find them.
    let first = try Self.start("api", "PORT", settings)
    try Self.awaitReady(first)
    _ = try Description.ofHub(at: first.port)
    apis = try [first] + (1..<count).map { _ in try Self.start("api", "PORT", settings) }
    live = try Self.start("live", "LIVE_PORT", settings)
    worker = try Self.start("worker", "WORKER_PORT", settings)
    for process in apis + [live, worker] { try Self.awaitReady(process) }
  }

  /// One hub of two api processes for all tests that tenants keep apart. It ends with the test runner.
  static func shared() async throws -> Hub { try await SharedHub.task.value }

  /// A hub of the test's own.
  static func own(
    apis: Int = 1, mongoURI: String? = nil, redis: ServerProcess? = nil, environment: [String: String] = [:]
  ) async throws -> Hub {
    try await onThread { try Hub(apis: apis, mongoURI: mongoURI, redis: redis, environment: environment) }
  }

  /// Ends everything that it started, by process id. A Redis that it was given is ended too.
  func end() {
    for process in apis + [live, worker, redis] { process.stop() }
  }

  static func settings(mongoURI: String, redisPort: Int) -> [String: String] {
    [
      "MONGODB_URI": mongoURI, "MONGODB_THREADS": "8", "REDIS_URL": "redis://127.0.0.1:\(redisPort)",
      "JWT_SECRET": secret, "LOG_LEVEL": "debug", "LOG_FORMAT": "json", "RATE_LIMIT_USER_PER_MINUTE": "0",
      "RATE_LIMIT_LOGIN_PER_MINUTE": "0", "RATE_LIMIT_LOGIN_ADDRESS_PER_MINUTE": "0",
      "OUTBOX_INTERVAL_MS": "100", "DRAIN_S": "1", "DRAIN_DELAY_S": "0", "SHUTDOWN_TIMEOUT_S": "100",
      "HTTP_IDLE_TIMEOUT_S": "600", "HTTP_KEEP_ALIVE_S": "600", "LIVE_THREADS": "1",
      "SECRETS_KEY": secretsKey,
    ]
  }

  /// The settings of a process that nobody starts on a port of its own.
  static func settingsWithPorts(mongoURI: String, redisPort: Int) throws -> [String: String] {
    var settings = settings(mongoURI: mongoURI, redisPort: redisPort)
    for name in ["PORT", "LIVE_PORT", "WORKER_PORT"] { settings[name] = "\(try freePort())" }
    return settings
  }

  static func newDatabase() throws -> String { try database(TestServers.databaseName(), at: TestServers.mongoURI()) }

  /// A connection string with a database's name in it.
  static func database(_ name: String, at uri: String) throws -> String {
    let parts = uri.split(separator: "/?", maxSplits: 1)
    guard parts.count == 2 else { throw TestServerError("the connection string has no /?options: \(uri)") }
    return "\(parts[0])/\(name)?\(parts[1])"
  }

  static func binary() throws -> String {
    guard let path = ProcessInfo.processInfo.environment["ORDERHUB_BIN"] else {
      throw TestServerError("ORDERHUB_BIN is not set: run the tests with scripts/test")
    }
    return path
  }

  static func start(_ command: String, _ portName: String, _ settings: [String: String]) throws -> ServerProcess {
    let port = try freePort()
    RawClient.watches.with { $0[port] = command == "api" ? Description.watch : nil }
    return try ServerProcess(
      binary(), port: port, environment: settings.merging([portName: "\(port)"]) { $1 }
    ) { _, _ in [command] }
  }

  static func awaitReady(_ process: ServerProcess) throws {
    guard try blockUntil({ try status(process, "/readyz") == 200 }) else {
      throw TestServerError("never ready: \(try process.output())")
    }
  }

  /// The status of a GET without a token; 0 if nobody answers.
  static func status(_ process: ServerProcess, _ path: String) throws -> Int {
    guard let client = try? RawClient(port: process.port), (try? client.request("GET", path)) != nil else { return 0 }
    return (try? client.answer().status) ?? 0
  }
}

extension ServerProcess {
  /// What it has written so far.
  func output() throws -> String { try String(contentsOf: log, encoding: .utf8) }
}

/// The hub of all tests, started by the first of them.
private enum SharedHub {
  static let task = Task { () throws -> Hub in
    let hub = try await Hub.own(apis: 2)
    atexit { SharedHub.ending.end() }
    ending.hub = hub
    return hub
  }

  static let ending = Ending()

  /// What the runner's exit ends.
  final class Ending: @unchecked Sendable {
    // Owner: the task that starts the hub, then the thread that exits.
    var hub: Hub?
    func end() {
      hub?.end()
      for process in (hub?.apis ?? []) + [hub?.live, hub?.worker, hub?.redis].compactMap({ $0 }) {
        try? FileManager.default.removeItem(at: process.folder)
      }
    }
  }
}
