import Glibc
import HubContracts
import HubRuntime
import Live
import Orders
import HubTestSupport
import Testing

/// A hub with a bus, a clock and tokens that the test governs, and real sockets.
final class LiveFixture: Sendable {
  let hub: LiveHub
  let streams: TestStreams
  let bus: TestBus
  let owners = TestOwners()
  /// The loops' clock.
  let steady: MovedClock
  let clock: TestClock
  let metrics = Metrics()
  let log = TestLog()

  /// `streams` may be shared by hubs that stand for several processes. With `standing` both clocks stand until `pass`.
  init(
    streams: TestStreams = TestStreams(), standing: Bool = false, _ change: (inout LiveOptions) -> Void = { _ in }
  ) {
    self.streams = streams
    steady = MovedClock(runs: !standing)
    clock = TestClock(steady)
    bus = TestBus(streams)
    var options = LiveOptions()
    options.drainMs = 300
    options.closeTimeoutMs = 500
    options.steadyClock = steady.now
    change(&options)
    hub = LiveHub(
      options: options, verifier: TestVerifier(), bus: bus, streams: streams, owners: owners, clock: clock,
      log: Log(level: .debug, sink: log),
      metrics: metrics)
    hub.start()
  }

  /// A client whose handshake is done, by a pair of sockets.
  func connect(token: String? = nil, address: Text = "127.0.0.1", leftover: [UInt8] = []) throws -> WebSocketClient {
    try connect(upgradeRequest(token: token, address: address), leftover: leftover)
  }

  /// A client whose handshake was this.
  func connect(_ request: HTTPRequest, leftover: [UInt8] = []) throws -> WebSocketClient {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    hub.adopt(request, socket: pair[0], leftover: leftover)
    return WebSocketClient(socket: pair[1])
  }

  /// A client that has said who it is and is greeted.
  func login(_ tenant: String, _ user: String = "ada", role: String = "employee") throws -> WebSocketClient {
    let client = try connect(token: token(tenant, user, role: role))
    #expect(
      try client.nextText() == "{\"type\":\"hub:ready\",\"data\":{\"tenant\":\"\(tenant)\",\"user\":\"\(user)\"}}")
    return client
  }

  /// A client that follows all that it may.
  func subscriber(_ tenant: String, _ user: String = "ada", role: String = "employee") throws -> WebSocketClient {
    let client = try login(tenant, user, role: role)
    client.send("{\"type\":\"subscribe:orders\"}")
    #expect(try client.nextText().hasPrefix("{\"type\":\"subscribed\",\"tenantId\":\"\(tenant)\",\"offset\":\""))
    return client
  }

  func token(_ tenant: String, _ user: String = "ada", role: String = "employee", lifetimeMs: Int64 = 3_600_000)
    -> String
  { "\(tenant)/\(user)/\(role)/\(clock.now().millis + lifetimeMs)" }

  func upgradeRequest(
    token: String? = nil, address: Text = "127.0.0.1", headers: [(name: Text, value: Text)] = []
  ) -> HTTPRequest {
    var all: [(name: Text, value: Text)] = [
      ("Connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket"), ("Sec-WebSocket-Version", "13"),
      ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]
    if let token { all.append(("authorization", "Bearer \(token)")) }
    for header in headers {
      all.removeAll { $0.name.asciiLowercased == header.name.asciiLowercased }
      all.append(header)
    }
    return HTTPRequest(method: .get, path: "/ws", headers: all, remoteAddress: address)
  }

  /// Lets time pass on both clocks.
  func pass(ms: Int) { steady.move(ms: ms) }
}

/// Runs a test that blocks on its sockets beside a hub, and stops the hub.
func withLive(
  standing: Bool = false, _ change: (inout LiveOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (LiveFixture) throws -> Void
) async throws {
  let live = LiveFixture(standing: standing, change)
  let outcome = await Task { try await onThread { try body(live) } }.result
  await live.hub.stop()
  #expect(live.hub.connectionCount == 0)
  try outcome.get()
}

/// The tenants' streams, in memory; the real ones are tested with the real Redis.
final class TestStreams: EventStreams {
  fileprivate struct State {
    var entries: [TenantID: [StreamEntry]] = [:]
    var isUp = true
    var calls = 0
    var notes: [String: String] = [:]
    var noteDelaysMs: [Int] = []
    var readDelayMs = 0
    /// The newest place that was given out, over all streams.
    var clock: UInt64 = 1_000
  }
  fileprivate let state = Locked(State())

  /// How often it was asked.
  var calls: Int { state.with { $0.calls } }
  /// Whether it answers.
  func set(isUp: Bool) { state.with { $0.isUp = isUp } }
  /// How long the next notes take to be kept, one after the other.
  func delayNotes(ms: [Int]) { state.with { $0.noteDelaysMs = ms } }
  /// How long it takes from now on to read what was noted.
  func delayReads(ms: Int) { state.with { $0.readDelayMs = ms } }
  /// What was noted of a session.
  func noted(_ session: String?) -> String? { session.flatMap { session in state.with { $0.notes[session] } } }
  /// Loses everything, as a Redis that starts anew.
  func wipe() { state.with { $0.entries = [:] } }
  /// Keeps only the newest entries.
  func trim(_ tenant: String, to count: Int) {
    guard let tenant = TenantID(tenant) else { return }
    state.with { $0.entries[tenant] = Array($0.entries[tenant, default: []].suffix(count)) }
  }

  /// Adds an event as the hub does, without telling the bus; gives the envelope as it is published.
  func add(_ tenant: String, _ envelope: String) -> String {
    guard let tenant = TenantID(tenant) else { return envelope }
    return state.with { state in
      state.clock += 1
      let offset = StreamOffset(millis: state.clock, number: 0)
      let published = "{\"offset\":\"\(offset.text)\"," + envelope.dropFirst()
      state.entries[tenant, default: []].append(StreamEntry(offset: offset, envelope: Array(published.utf8)))
      return published
    }
  }

  func newest(of tenant: TenantID, limit: Int) async throws(CacheUnavailable) -> [StreamEntry] {
    let entries: [StreamEntry]? = state.with { state in
      state.calls += 1
      guard state.isUp else { return nil }
      if state.entries[tenant, default: []].isEmpty {
        state.clock += 1
        state.entries[tenant] = [StreamEntry(offset: StreamOffset(millis: state.clock, number: 0), envelope: nil)]
      }
      return state.entries[tenant]?.suffix(limit)
    }
    guard let entries else { throw CacheUnavailable("the test says so") }
    return entries
  }

  func entries(
    of tenant: TenantID, after offset: StreamOffset, limit: Int
  ) async throws(CacheUnavailable) -> [StreamEntry]? {
    let found: [StreamEntry]?? = state.with { state in
      state.calls += 1
      guard state.isUp else { return nil }
      let all = state.entries[tenant, default: []]
      guard let at = all.firstIndex(where: { $0.offset == offset }) else { return .some(nil) }
      return Array(all[(at + 1)...].prefix(limit))
    }
    guard let found else { throw CacheUnavailable("the test says so") }
    return found
  }
}

extension TestStreams {
  func heads(of tenants: [TenantID]) async throws(CacheUnavailable) -> [StreamOffset?] {
    let heads: [StreamOffset?]? = state.with { state in
      state.isUp ? tenants.map { state.entries[$0]?.last?.offset } : nil
    }
    guard let heads else { throw CacheUnavailable("the test says so") }
    return heads
  }

  func keep(_ note: String, of session: String, seconds: Int) async throws(CacheUnavailable) {
    let delayMs = state.with { $0.noteDelaysMs.isEmpty ? 0 : $0.noteDelaysMs.removeFirst() }
    if delayMs > 0 { try? await Task.sleep(for: .milliseconds(delayMs)) }
    let isUp = state.with { state in
      if state.isUp { state.notes[session] = note }
      return state.isUp
    }
    if !isUp { throw CacheUnavailable("the test says so") }
  }

  func note(of session: String) async throws(CacheUnavailable) -> Text? {
    let delayMs = state.with { $0.readDelayMs }
    if delayMs > 0 { try? await Task.sleep(for: .milliseconds(delayMs)) }
    guard state.with({ $0.isUp }) else { throw CacheUnavailable("the test says so") }
    return state.with { $0.notes[session].map { Text($0) } }
  }
}

/// Whose orders are, as a test says; of the others nobody knows.
final class TestOwners: OrderOwners {
  private struct State {
    var owners: [OrderID: OrderOwner?] = [:]
    var isHeld = false
    var calls = 0
  }
  private let state = Locked(State())

  /// How often it was asked.
  var calls: Int { state.with { $0.calls } }
  /// From now on an order is a tenant's and, if they are named, its customer's, its seller's and its kiosk's.
  func add(_ order: String, of tenant: String, customer: Text? = nil, seller: Text? = nil, kiosk: Text? = nil) {
    guard let order = OrderID(order), let tenant = TenantID(tenant) else { return }
    let parties = OrderParties(customer: customer, seller: seller, kiosk: kiosk)
    state.with { $0.owners[order] = .some(OrderOwner(tenant: tenant, parties: parties)) }
  }
  /// From now on an order is not there.
  func remove(_ order: String) {
    guard let order = OrderID(order) else { return }
    state.with { $0.owners[order] = .some(nil) }
  }
  /// Whether answers wait.
  func hold(_ isHeld: Bool) { state.with { $0.isHeld = isHeld } }

  func maySee(_ order: OrderID, _ actor: Actor) async throws -> Bool {
    let owner = state.with { state in
      state.calls += 1
      return state.owners[order]
    }
    while state.with({ $0.isHeld }) { try await Task.sleep(for: .milliseconds(2)) }
    guard let owner else { throw CacheUnavailable("the test says so") }
    return owner.map(actor.maySee) ?? false
  }
}

/// A bus that a test feeds.
final class TestBus: EventBus {
  private struct State {
    var listener: (any BusListener)?
    var subscriptions: [TenantID] = []
    var unsubscriptions: [TenantID] = []
    var confirms = true
  }
  private let state = Locked(State())
  private let streams: TestStreams

  init(_ streams: TestStreams) { self.streams = streams }

  func start(_ listener: any BusListener) { state.with { $0.listener = listener } }
  func subscribe(_ tenant: TenantID) {
    let confirms = state.with {
      $0.subscriptions.append(tenant)
      return $0.confirms
    }
    if confirms { listener?.subscribed(tenant) }
  }
  /// From now on subscriptions are confirmed only by `listener.subscribed`.
  func withholdConfirmations() { state.with { $0.confirms = false } }
  func unsubscribe(_ tenant: TenantID) { state.with { $0.unsubscriptions.append(tenant) } }
  func stop() async {}

  var subscriptions: [String] { state.with { $0.subscriptions.map(\.text) } }
  var unsubscriptions: [String] { state.with { $0.unsubscriptions.map(\.text) } }
  var listener: (any BusListener)? { state.with { $0.listener } }

  /// Delivers messages that come together.
  func publish(_ messages: [String], tenant: String) {
    guard let tenant = TenantID(tenant), let listener else { return }
    for message in messages { Array(message.utf8).withUnsafeBytes { listener.received($0, tenant: tenant) } }
    listener.flush()
  }

  /// Adds events to the stream and delivers them together, as the hub does.
  func record(_ envelopes: [String], tenant: String) {
    publish(envelopes.map { streams.add(tenant, $0) }, tenant: tenant)
  }

  /// An envelope as the hub publishes it.
  static func envelope(
    _ tenant: String, seq: Int, data: String = "{\"progress\":60}", offset: String? = nil,
    order: String = "6563f1c2a9b4e80012ab34cd", customer: String? = nil
  ) -> String {
    return "{" + (offset.map { "\"offset\":\"\($0)\"," } ?? "")
      + "\"id\":\"\(order):\(seq)\",\"seq\":\(seq),\"tenant\":\"\(tenant)\",\"type\":\"order:updated\","
      + "\"orderId\":\"\(order)\","
      + (customer.map { "\"customer\":\"\($0)\"," } ?? "") + "\"at\":\"2026-01-02T03:04:05.678Z\",\"data\":\(data)}"
  }
}

/// The wall clock: it goes as the loops' clock does, and a test moves it alone with `jump`.
final class TestClock: HubClock {
  private let aheadMs: Locked<Int64>
  private let steady: MovedClock
  init(_ steady: MovedClock) {
    self.steady = steady
    aheadMs = Locked(SystemClock().now().millis - steady.ms)
  }
  func now() -> Timestamp { Timestamp(millis: steady.ms + aheadMs.with { $0 }) }
  func jump(ms: Int64) { aheadMs.with { $0 += ms } }
}

/// Tokens are `tenant/user/role/expiry`; anything else is malformed.
struct TestVerifier: TokenVerifier {
  func fits(_ token: String) -> Bool { token.utf8.count { $0 == 0x2f } == 3 }
  func verify(_ token: String, now: Timestamp) throws(TokenRefusal) -> TokenClaims {
    let parts = token.split(separator: "/").map(String.init)
    guard parts.count == 4, let tenant = TenantID(parts[0]), let user = UserID(parts[1]),
      let role = Role(rawValue: parts[2]),
      let expiry = Int64(parts[3])
    else { throw .malformed }
    if expiry <= now.millis { throw .expired }
    return TokenClaims(
      actor: Actor(tenant: tenant, user: user, role: role), expiresAt: Timestamp(millis: expiry))
  }
}

/// Keeps what is logged.
final class TestLog: LogSink {
  private let kept = Locked<[LogLine]>([])
  func write(_ line: LogLine) { kept.with { $0.append(line) } }
  var lines: [LogLine] { kept.with { $0 } }
}
