import Foundation
import HubRuntime
import HubTestSupport

/// The processes of a hub for all load runs of the tests, which work in tenants of their own.
final class LoadedHub: Sendable {
  static let secret = "load-secret-0123456789-abcdefghijklmnop"

  let redis: ServerProcess
  let api: ServerProcess
  let live: ServerProcess
  let worker: ServerProcess
  /// What finds the hub's servers.
  private let servers: [String: String]

  private init(handshakesPerSecond: Int = 150) throws {
    let redis = try TestServers.redis()
    servers = [
      "MONGODB_URI": try TestServers.mongoURI(), "MONGODB_DATABASE": TestServers.databaseName(),
      "REDIS_URL": "redis://127.0.0.1:\(redis.port)",
    ]
    let settings = servers.merging([
      "MONGODB_THREADS": "8", "JWT_SECRET": Self.secret, "LOG_LEVEL": "warning", "RATE_LIMIT_USER_PER_MINUTE": "0",
      "LIVE_THREADS": "1", "LIVE_HANDSHAKES_PER_S": "\(handshakesPerSecond)",
    ]) { $1 }
    self.redis = redis
    // The first makes the collections.
    api = try Self.start("api", "PORT", settings)
    live = try Self.start("live", "LIVE_PORT", settings)
    worker = try Self.start("worker", "WORKER_PORT", settings)
  }

  /// The one hub; it ends with the test runner.
  static func shared() async throws -> LoadedHub { try await starting.value }

  private static let starting = Task { () throws -> LoadedHub in
    let hub = try await onThread { try LoadedHub() }
    ending.hub = hub
    atexit { LoadedHub.ending.end() }
    return hub
  }

  /// Runs `body` with a hub that nobody else uses.
  static func alone<Success: Sendable>(
    handshakesPerSecond: Int = 150, _ body: (LoadedHub) async throws -> Success
  ) async throws -> Success {
    let hub = try await onThread { try LoadedHub(handshakesPerSecond: handshakesPerSecond) }
    defer { hub.end() }
    return try await body(hub)
  }

  private func end() {
    for process in [api, live, worker, redis] {
      process.stop()
      try? FileManager.default.removeItem(at: process.folder)
    }
  }

  private static let ending = Ending()

  /// What the runner's exit ends.
  private final class Ending: @unchecked Sendable {
    // Owner: the task that starts the hub, then the thread that exits.
    var hub: LoadedHub?
    func end() { hub?.end() }
  }

  static func binary(_ name: String) throws -> String {
    guard let path = ProcessInfo.processInfo.environment["ORDERHUB_BIN"] else {
      throw TestServerError("ORDERHUB_BIN is not set: run the tests with scripts/test")
    }
    return URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(name).path
  }

  private static func start(_ command: String, _ portName: String, _ settings: [String: String]) throws -> ServerProcess
  {
    let port = try freePort()
    let process = try ServerProcess(
      binary("orderhub"), port: port, environment: settings.merging([portName: "\(port)"]) { $1 }
    ) { _, _ in [command] }
    let isReady = blockUntil {
      guard let client = try? RawClient(port: port) else { return false }
      try? client.request("GET", "/readyz")
      return (try? client.answer().status) == 200
    }
    guard isReady else { throw TestServerError("orderhub \(command) was never ready") }
    return process
  }

  /// Runs the load tester to its end, with the settings of this hub, those of `others` in their place, and no more.
  func load(
    _ words: [String], secret: String? = secret, others: [String: String] = [:],
    interruptedWhen isTime: (@Sendable () -> Bool)? = nil
  ) async throws -> LoadRun {
    var settings = servers.merging(["PORT": "\(api.port)", "LIVE_PORT": "\(live.port)"]) { $1 }
    settings["JWT_SECRET"] = secret
    settings.merge(others) { $1 }
    // On a busy machine a request may take long; what hangs ends the test.
    let patience = words.isEmpty || words.contains("--timeout") ? [] : ["--timeout", "\(HangLimit.seconds)s"]
    return try await LoadRun(
      words + patience, settings: settings, program: Self.binary("orderhub-load"), interruptedWhen: isTime)
  }
}

extension LoadedHub {
  /// What the api counts under a name; 0 if it says nothing. It blocks.
  func metric(_ name: String) -> Int {
    guard let client = try? RawClient(port: api.port) else { return 0 }
    try? client.request("GET", "/metrics")
    let lines = ((try? client.answer().body) ?? "").split(separator: "\n")
    return lines.first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
  }

  /// Puts a product into the catalogue of a tenant.
  func addProduct(tenant: String) async throws {
    let (port, header) = (api.port, try await header(tenant))
    let status = try await onThread {
      let client = try RawClient(port: port)
      try client.request(
        "POST", "/api/products", headers: [header, "Content-Type: application/json"],
        body: #"{"productId":"desk","name":"Desk","unitPrice":10}"#)
      return try client.answer().status
    }
    guard status == 201 else { throw TestServerError("no product: \(status)") }
  }

  /// An admin of a tenant, as a header.
  private func header(_ tenant: String) async throws -> String {
    let token = try await LoadRun(
      ["token", "--role", "admin", "--tenant", tenant, "--user", "boss"], settings: ["JWT_SECRET": Self.secret],
      program: Self.binary("orderhub"))
    guard token.status == 0 else { throw TestServerError("orderhub token: \(token)") }
    return "Authorization: Bearer \(token.output.filter { !$0.isWhitespace })"
  }

  /// What an admin of a tenant reads, each with status 200.
  func read(_ paths: [String], tenant: String) async throws -> [Document] {
    let (port, header) = (api.port, try await header(tenant))
    return try await onThread {
      let client = try RawClient(port: port)
      return try paths.map { path in
        try client.request("GET", path, headers: [header])
        let answer = try client.answer()
        guard answer.status == 200 else { throw TestServerError("\(path): \(answer.status) \(answer.body)") }
        return Document(parsing: answer.body)
      }
    }
  }
}

/// One run of the load tester, or of another program of the hub.
struct LoadRun: Sendable, CustomStringConvertible {
  let status: Int32
  let output: String
  let errors: String
  var description: String { "exit \(status)\n\(output)\n\(errors)" }
  /// The output as JSON.
  var json: Document { Document(parsing: output) }

  init(
    _ words: [String], settings: [String: String], program: String,
    interruptedWhen isTime: (@Sendable () -> Bool)? = nil
  ) async throws {
    await Self.places.enter()
    defer { Self.places.leave() }
    self = try await onThread {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-load-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let files = ["out", "err"].map { folder.appendingPathComponent($0) }
      let process = try ChildProcess(
        program, words, environment: settings, folder: folder, output: files[0], errors: files[1])
      if let isTime {
        _ = blockUntil(isTime)
        kill(process.processID, SIGINT)
      }
      let status = process.wait()
      return LoadRun(
        status: status, output: try String(contentsOf: files[0], encoding: .utf8),
        errors: try String(contentsOf: files[1], encoding: .utf8))
    }
  }

  /// How many run at once: all together would want more of the processor than there is.
  private static let places = Places(6)

  private init(status: Int32, output: String, errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// An operation's figures.
  func operation(_ name: String) -> Document {
    json["operations"].items.first { $0["name"].text == name } ?? .missing
  }
}

/// Lets only so many in at once; the others stand in line.
private final class Places: Sendable {
  private let state: Locked<(free: Int, line: [CheckedContinuation<Void, Never>])>

  init(_ count: Int) { state = Locked((free: count, line: [])) }

  func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = state.with { state in
        guard state.free > 0 else {
          state.line.append(continuation)
          return false
        }
        state.free -= 1
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  func leave() {
    let next = state.with { state -> CheckedContinuation<Void, Never>? in
      guard state.line.isEmpty else { return state.line.removeFirst() }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}
