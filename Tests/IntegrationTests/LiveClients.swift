import Foundation
import Glibc
import HubTestSupport

/// Live clients that are not the hub's own, in a process of theirs: python-socketio, and aiohttp's WebSocket and HTTP.
///
/// All tests share the process; each has clients of its own there. `Clients/clients.py` says what they can be told.
struct LiveClients: Sendable {
  private let process: ServerProcess
  /// Keeps the names of one test's clients from another's.
  private let prefix = UUID().uuidString.prefix(8)

  /// Clients for one test.
  static func start() async throws -> LiveClients { try await LiveClients(process: ClientProcess.task.value) }

  /// Lets all clients of this test go.
  func end() {
    Task { try await tell("farewell", "\"prefix\":\"\(prefix)\"") }
  }

  /// Has something done; the answer. `members` is JSON without its braces, `name` the client's it is about.
  @discardableResult
  func tell(_ what: String, _ members: String = "", name: String = "a") async throws -> Document {
    let port = process.port
    let names = what == "farewell" ? "" : ",\"name\":\"\(prefix)-\(name)\""
    let answer = try await onThread {
      let client = try RawClient(port: port)
      try client.send("{\"do\":\"\(what)\"\(names)\(members.isEmpty ? "" : ",\(members)")}\n")
      return Document(parsing: try client.line())
    }
    guard answer["error"] == .missing else { throw TestServerError("\(what): \(answer["error"].text)") }
    return answer
  }

  /// Connects a Socket.IO client.
  func connect(
    _ name: String = "a", to live: ServerProcess, token: String?, over transports: Transports, going place: Place? = nil
  ) async throws -> Document {
    let token = token.map { ",\"token\":\"\($0)\"" } ?? ""
    let place = place.map { ",\"pid\":\"\($0.pid)\",\"offset\":\"\($0.offset)\"" } ?? ""
    return try await tell(
      "connect", "\"ports\":[\(live.port)],\"transports\":\(transports.json)\(token)\(place)", name: name)
  }

  /// The next events of a Socket.IO client, fewer if no more come in time: each a name and its arguments.
  func take(_ count: Int, from name: String = "a", withinMs: Int = Int(HangLimit.ms)) async throws -> [Document] {
    try await tell("take", "\"count\":\(count),\"within_ms\":\(withinMs)", name: name)["events"].items
  }

  /// Starts a client that keeps up with a tenant's orders, or with one of them.
  func watch(
    _ kind: WatchKind, as name: String? = nil, by caller: Caller, at livePorts: [Int], order: String? = nil
  ) async throws {
    let narrow = order.map { ",\"narrow\":\"\($0)\"" } ?? ""
    try await tell(
      "watch",
      "\"kind\":\"\(kind.rawValue)\",\"ports\":\(livePorts),\"api\":\"http://127.0.0.1:\(caller.ports[0])\","
        + "\"token\":\"\(caller.token ?? "")\"\(narrow)", name: name ?? kind.rawValue)
  }

  /// What such a client has learnt, with the events' data if they are asked for.
  func log(of name: String, withData: Bool = false) async throws -> Document {
    try await tell("log", "\"has_data\":\(withData)", name: name)
  }

  /// What a Socket.IO client comes back with.
  struct Place: Sendable {
    var pid: String
    var offset: String
  }
}

/// What a Socket.IO client connects by.
enum Transports: String, CaseIterable, Sendable {
  case websocket, polling, upgrading

  var json: String {
    switch self {
    case .websocket: "[\"websocket\"]"
    case .polling: "[\"polling\"]"
    case .upgrading: "null"
    }
  }

  /// Where it ends up.
  var reached: String { self == .polling ? "polling" : "websocket" }
}

/// A kind of client that keeps up.
enum WatchKind: String, CaseIterable, Sendable {
  case plain, sse, socketio, polling, upgraded
}

extension Hub {
  /// One more live process, on a free port or a given one.
  func anotherLive(port: Int? = nil, environment: [String: String] = [:]) async throws -> ServerProcess {
    let settings = Self.settings(mongoURI: mongoURI, redisPort: redisPort).merging(environment) { $1 }
    return try await onThread {
      let process =
        if let port {
          try ServerProcess(Self.binary(), port: port, environment: settings.merging(["LIVE_PORT": "\(port)"]) { $1 }) {
            _, _ in ["live"]
          }
        } else {
          try Self.start("live", "LIVE_PORT", settings)
        }
      try Self.awaitReady(process)
      return process
    }
  }
}

/// The process that holds all tests' clients, started by the first of them. It ends with the test runner.
private enum ClientProcess {
  static let task = Task { () throws -> ServerProcess in
    guard let python = ProcessInfo.processInfo.environment["ORDERHUB_TEST_PYTHON"] else {
      throw TestServerError("ORDERHUB_TEST_PYTHON is not set: run the tests with scripts/test")
    }
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Clients/clients.py").path
    let process = try await onThread { try start(python, script) }
    ending.process = process
    atexit { ClientProcess.ending.end() }
    return process
  }

  private static func start(_ python: String, _ script: String) throws -> ServerProcess {
    var tries = 0
    while true {
      tries += 1
      do {
        return try ServerProcess(python, environment: ["PYTHONDONTWRITEBYTECODE": "1"]) { _, port in
          [script, "\(port)"]
        }
      } catch {
        // It takes a second to begin; somebody's connection may have taken its port meanwhile.
        guard tries < 3, "\(error)".contains("address already in use") else { throw error }
      }
    }
  }

  static let ending = Ending()

  /// What the runner's exit ends.
  final class Ending: @unchecked Sendable {
    // Owner: the task that starts the process, then the thread that exits.
    var process: ServerProcess?
    func end() {
      process?.stop()
      if let folder = process?.folder { try? FileManager.default.removeItem(at: folder) }
    }
  }
}
