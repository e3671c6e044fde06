import Glibc
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Synchronization
import Testing

/// A log that keeps nothing.
struct Silence: LogSink {
  func write(_ line: LogLine) {}
}

/// An application that shows what it is given: `/hand` is at hand, `/nap` too but
/// holds the server's thread for 0.3 s, `/slow` waits for `gate`, anything else is echoed.
final class TestApplication: HTTPApplication {
  let gate = Gate()
  let begun = Metrics().counter(.httpRequests)
  let authorization = Locked<String?>(nil)

  static let bodyLimit = 100_000

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? {
    if head.path.elementsEqual("/nap".utf8) {
      usleep(300_000)
      return HTTPReply(status: 200, contentType: "text/plain", body: SharedBytes(Array("slept".utf8)))
    }
    guard head.path.elementsEqual("/hand".utf8) else { return nil }
    if let value = head.authorization {
      let text = String(decoding: value, as: UTF8.self)
      authorization.with { $0 = text }
    }
    return HTTPReply(status: 200, contentType: "text/plain", body: SharedBytes(Array("at hand".utf8)))
  }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    begun.add()
    if request.path == "/slow" { await gate.wait() }
    if request.path == "/large" {
      return HTTPReply(
        status: 200, contentType: "text/plain", body: SharedBytes([UInt8](repeating: 0x78, count: 3_000_000)))
    }
    if request.path == "/nothing" { return HTTPReply(status: 204, contentType: nil, body: SharedBytes([])) }
    let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    let text =
      "\(request.method.rawValue) \(request.path) [\(query)] \(request.remoteAddress) \(String(decoding: request.body, as: UTF8.self))"
    return HTTPReply(
      status: 200, contentType: "text/plain", headers: [("X-Seen", request.header("x-test")?.string ?? "-")],
      body: SharedBytes(Array(text.utf8)))
  }

  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { Self.bodyLimit }

  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    let status =
      switch reason {
      case .bodyTooLarge: 413
      case .headTooLarge: 431
      case .unknownMethod: 501
      case .overloaded, .draining: 503
      case .malformed: 400
      }
    return HTTPReply(status: status, contentType: "text/plain", body: SharedBytes(Array("\(reason)".utf8)))
  }
}

/// Lets many wait until it is opened.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Locked(State())

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.with { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.with { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// Runs `body` beside a server, and ends the server.
func withServer(
  _ application: TestApplication = TestApplication(), upgrades: (any HTTPUpgrades)? = nil,
  _ change: (inout HTTPServerOptions) -> Void = { _ in }, _ body: (HTTPServer) async throws -> Void
) async throws {
  var options = HTTPServerOptions.patient
  change(&options)
  let server = try HTTPServer(
    options, application: application, upgrades: upgrades, log: Log(level: .error, sink: Silence()))
  do {
    try await body(server)
  } catch {
    application.gate.open()
    await server.stop(withinSeconds: 1)
    throw error
  }
  application.gate.open()
  await server.stop(withinSeconds: 1)
}

extension HTTPServerOptions {
  /// For a server to which nobody is too slow, however slow the machine is: its clock stands.
  static var patient: HTTPServerOptions {
    var options = HTTPServerOptions(host: "127.0.0.1", port: 0, idleTimeoutSeconds: 3_600)
    options.seconds = { 0 }
    return options
  }

  /// Lets time pass as it does, and gives a client one second for what it owes.
  mutating func hurry() {
    seconds = HTTPServerOptions(host: host, port: port).seconds
    idleTimeoutSeconds = 1
  }
}

/// Waits until the server has ended two connections, one after the other, that said nothing: the time of any connection
/// that was there before is over.
func outliveIdleConnections(_ port: Int) async throws {
  for _ in 0..<2 {
    let isEnded = try await onThread { try RawClient(port: port).isClosedByServer(ignoringRest: true) }
    #expect(isEnded)
  }
}

/// Begins anew as long as the server cuts it off: where idle connections have a second, this thread may stand still for
/// that long.
func stubborn<Success: Sendable>(_ begin: @escaping @Sendable () throws -> Success) async throws -> Success {
  for _ in 0..<20 {
    do { return try await onThread(begin) } catch is RawClient.Failure { continue }
  }
  return try await onThread(begin)
}

extension RawClient {
  /// Waits for something that the server does without an answer; throws if it ends the connection instead.
  func waitUntil(_ holds: () -> Bool) throws {
    guard blockUntil({ holds() || isReadable(withinMs: 0) }), holds() else { throw Failure("cut off") }
  }
}
