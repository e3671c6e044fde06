import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// A hub behind a real HTTP server, as the `live` process joins them, and clients of all protocols.
final class LiveServer: Sendable {
  let live: LiveFixture
  private let server: HTTPServer
  var port: Int { server.port }

  init(
    streams: TestStreams = TestStreams(), standing: Bool = false, _ change: (inout LiveOptions) -> Void = { _ in }
  ) throws {
    live = LiveFixture(streams: streams, standing: standing) { options in
      options.ticketKey = Self.ticketKey
      options.loopCount = 2
      // Whoever is slower than that has it compared meanwhile, and may be told to load again.
      options.comparisonMs = 3_600_000
      change(&options)
    }
    let front = HubFront(hub: live.hub)
    var http = HTTPServerOptions(host: "127.0.0.1", port: 0, idleTimeoutSeconds: 3_600)
    // Nobody is too slow for the HTTP server, however slow the machine is.
    http.seconds = { 0 }
    http.crossOrigin = live.hub.options.crossOrigin
    server = try HTTPServer(
      http, application: front, upgrades: front,
      log: Log(level: .error, sink: TestLog()))
  }

  func stop() async {
    server.drain()
    await live.hub.stop()
    await server.stop(withinSeconds: 1)
    #expect(live.hub.connectionCount == 0)
  }

  // MARK: Clients

  /// A session that has asked for nothing yet.
  func session(_ transport: EnginePeer.Transport, query: String = "", headers: [String] = []) throws -> SocketIOPeer {
    SocketIOPeer(try EnginePeer(port: port, over: transport, query: query, headers: headers))
  }

  /// A client that is let in and has had its first event.
  func socketIO(
    _ tenant: String, _ user: String = "ada", role: String = "employee",
    over transport: EnginePeer.Transport = .websocket
  ) throws -> SocketIOPeer {
    let client = try session(transport)
    let answer = try client.connect(auth: "{\"token\":\"\(live.token(tenant, user, role: role))\"}")
    guard case .connected = answer else { throw EnginePeer.Failure.malformed("\(answer)") }
    try #require(try client.nextEvent().name == "hub:ready")
    return client
  }

  /// A client that comes back to this server with a pid and a place; the answer.
  func comeBack(
    _ pid: String?, _ offset: String?, as user: String = "ada", of tenant: String = "north", role: String = "employee",
    over transport: EnginePeer.Transport = .websocket
  ) throws -> SocketIOPeer {
    let client = try session(transport)
    let members = [("token", live.token(tenant, user, role: role)), ("pid", pid), ("offset", offset)]
    let auth = members.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } }
    try client.connect(auth: "{\(auth.joined(separator: ","))}")
    return client
  }

  /// A stream whose head and first message were as they should be.
  func stream(
    _ tenant: String, _ user: String = "ada", role: String = "employee", query: String = "", headers: [String] = []
  ) throws -> EventStreamPeer {
    let token = "Authorization: Bearer \(live.token(tenant, user, role: role))"
    let stream = try EventStreamPeer(port: port, query: query, headers: [token] + headers)
    try #require(stream.head.status == 200)
    try #require(try stream.next() == .init(retry: "2000"))
    return stream
  }

  /// A plain WebSocket that follows all that it may.
  func plain(_ tenant: String, _ user: String = "ada", role: String = "employee") throws -> WebSocketClient {
    let plain = try WebSocketClient.connected(port: port, token: live.token(tenant, user, role: role))
    try #require(try plain.nextText().contains("hub:ready"))
    plain.send("{\"type\":\"subscribe:orders\"}")
    try #require(try plain.nextText().contains("subscribed"))
    return plain
  }

  /// A client of any kind that follows all that it may; with a place, it comes back from there.
  func ear(
    _ kind: Int, _ tenant: String, _ user: String, role: String, after offset: String? = nil
  ) throws -> LiveEar {
    let actor = Actor(
      tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)), role: try #require(Role(rawValue: role))
    )
    let pid = SessionTicket.fresh(now: live.clock.now()).pid(for: actor, key: Self.ticketKey)
    return try #require(
      try LiveEar(
        port: port, kind: kind, token: live.token(tenant, user, role: role),
        after: offset.map { LiveEar.Place(offset: $0, pid: pid) }))
  }

  private static let ticketKey = Array("the key of all processes".utf8)

  // MARK: Events

  /// Records events whose data is `{"n":…}`.
  func record(_ numbers: ClosedRange<Int>, tenant: String = "north") {
    live.bus.record(numbers.map { TestBus.numbered(tenant, $0) }, tenant: tenant)
  }
}

extension TestBus {
  /// An event whose data is `{"order":{"version":…}}`, which everybody is shown who may hear it.
  static func numbered(
    _ tenant: String, _ number: Int, offset: String? = nil, order: String = "6563f1c2a9b4e80012ab34cd",
    customer: String? = nil
  ) -> String {
    envelope(
      tenant, seq: number, data: "{\"order\":{\"version\":\(number)}}", offset: offset, order: order, customer: customer
    )
  }
}

extension LiveEar.Heard {
  /// The number of an event of `TestBus.numbered`.
  var number: Int { data["order"]["version"].whole }
}

extension SocketIOPeer.Event {
  /// The number of an event of `TestBus.numbered`, or of one that another program sent with an `n`.
  var number: Int? {
    let named = data["n"] == .missing ? data["order"]["version"] : data["n"]
    return if case .number(let number) = named { Int(number) } else { nil }
  }
}

/// Runs a test that blocks on its sockets beside a server, and stops that.
func withServer(
  standing: Bool = false, _ change: (inout LiveOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (LiveServer) throws -> Void
) async throws {
  let server = try LiveServer(standing: standing, change)
  let outcome = await Task { try await onThread { try body(server) } }.result
  await server.stop()
  try outcome.get()
}

/// Two processes over the same streams and with the same key, of which the second is changed.
func withTwoServers(
  _ change: (inout LiveOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (_ one: LiveServer, _ two: LiveServer) throws -> Void
) async throws {
  let streams = TestStreams()
  let one = try LiveServer(streams: streams)
  let two = try LiveServer(streams: streams, change)
  let outcome = await Task { try await onThread { try body(one, two) } }.result
  await one.stop()
  await two.stop()
  try outcome.get()
}

/// What the HTTP server asks, from the hub.
private struct HubFront: HTTPApplication, HTTPUpgrades {
  let hub: LiveHub

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }
  func reply(to request: HTTPRequest) async -> HTTPReply {
    hub.serves(request.path)
      ? await hub.reply(to: request) : HTTPReply(status: 404, contentType: nil, body: SharedBytes([]))
  }
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { hub.bodyLimitBytes(method, path) }
  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    HTTPReply(status: 500, contentType: "text/plain", body: SharedBytes(Array("\(reason)".utf8)))
  }
  var wantsBodyHeads: Bool { true }
  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict { hub.bodyBegins(head) }
  func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? { hub.bodyFailed(head, isTooLarge: isTooLarge) }

  func decide(_ request: HTTPRequest) -> UpgradeDecision {
    switch hub.admit(request) {
    case .accept(let headers): .accept(headers: headers)
    case .refuse(let reply): .refuse(reply)
    case .notAnUpgrade: .notAnUpgrade
    }
  }
  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    hub.adopt(request, socket: socket, leftover: leftover)
  }
  var streamingPath: Text? { LiveHub.streamPath }
  func streams(_ request: HTTPRequest) -> HTTPStreamDecision {
    hub.refusal(ofStream: request).map { .refuse($0) } ?? .stream
  }
  func stream(_ request: HTTPRequest, socket: Int32, finished: @escaping @Sendable () -> Void) {
    hub.stream(request, socket: socket, finished: finished)
  }
}
