import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A client, by whatever protocol: who it is, until when, and how much it may ask. A subclass speaks the protocol.
class Client: Subscriber {
  /// Where it comes from, as limits count it.
  let address: Text
  /// Whether it has a place among those that have yet to say who they are.
  private var isSuspect = false
  private(set) var identity: Actor? { didSet { reader = identity } }
  /// What its token says; nil as long as none was taken.
  private var claims: TokenClaims?
  private var authByMs = Int64.max
  private var leaveAtMs = Int64.max
  private var minuteBeganMs: Int64
  private var messagesThisMinute = 0
  private var offences = 0
  /// Orders that are looked for before it follows them, and what goes on then.
  final var seeks: [OrderID: [(Found) -> Void]] = [:]
  private var isCounted = true
  private var countedTransport: LiveTransport?

  /// A client from an address, which the census has counted.
  init(home: LiveLoop, address: Text) {
    self.address = address
    minuteBeganMs = home.nowMs
    super.init(home: home)
  }

  // MARK: What a protocol adds

  /// Ends the connection for a reason that the client is told.
  func close(_ code: CloseCode, _ reason: String) { preconditionFailure("\(type(of: self)) cannot be closed") }
  /// Asks to be reminded at a moment of the loop's clock.
  func remind(atMs: Int64) { preconditionFailure("\(type(of: self)) keeps no time") }
  /// Until when something must be heard; `Int64.max` if it may be silent.
  var silentUntilMs: Int64 { .max }
  /// How it is connected, for the metrics.
  var transport: LiveTransport { preconditionFailure("\(type(of: self)) has no transport") }

  /// How many descriptors it holds.
  var descriptors: Int { 1 }

  /// What the event `hub:closing` says, where a protocol has no codes of its own.
  static func closing(_ code: CloseCode, _ reason: String) -> [(name: String, text: String)] {
    [("code", "\(code.rawValue)"), ("reason", reason)]
  }

  // MARK: From its beginning to its end

  /// It is connected.
  final func begin() {
    home.add(self)
    noteTransport()
  }

  /// It has so long to say who it is, and unless its handshake proved that it has a place among those who have yet to.
  final func awaitToken(withinMs ms: Int64, isProven: Bool) {
    isSuspect = !isProven
    authByMs = home.nowMs + ms
    scheduleReminder()
  }

  /// It may still hear and ask, but takes no more part: its rooms and its identity are given back. Once.
  final func retire() {
    seeks = [:]
    home.remove(self)
    guard let known = identity else { return }
    identity = nil
    home.census.leave(Census.Person(tenant: known.tenant, user: known.user))
  }

  /// Its connection is gone.
  final func forget() {
    retire()
    guard isCounted else { return }
    isCounted = false
    home.census.leave(address: address, descriptors: descriptors)
    countedTransport.map { home.metrics.connections[$0]?.add(-1) }
    countedTransport = nil
  }

  /// Counts it by how it is connected now.
  final func noteTransport() {
    guard isCounted, countedTransport != transport else { return }
    countedTransport.map { home.metrics.connections[$0]?.add(-1) }
    home.metrics.connections[transport]?.add(1)
    countedTransport = transport
  }

  // MARK: Who it is

  /// What a client is told that has too many connections.
  static let tooMany = "too many connections of this user (\(SettingKey.liveUserLimit.rawValue))"

  /// What became of a token's claims.
  enum Admitted {
    case taken
    /// The client is known already, as somebody else.
    case anotherUser
    /// In its role it may follow nothing.
    case mayNot(String)
    /// The user has as many connections as may be.
    case tooMany
  }

  /// Takes what a token says, for the first time or anew.
  final func admit(_ claims: TokenClaims) -> Admitted {
    let actor = claims.actor
    if let known = identity, known.tenant != actor.tenant || known.user != actor.user { return .anotherUser }
    // Before anything is said of who it is: on no way is somebody greeted that may hear nothing.
    if let refusal = actor.followRefusal { return .mayNot(refusal) }
    if identity == nil, !home.census.enter(Census.Person(tenant: actor.tenant, user: actor.user)) {
      home.metrics.noteRefused(.userLimit)
      prove()
      return .tooMany
    }
    prove()
    let before = identity?.ownRoom
    identity = actor
    self.claims = claims
    // It may have been ended since it was verified, when this client was not yet among those who are told.
    if home.gate.verifier.hasEnded(claims) { self.claims?.expiresAt = home.clock.now() }
    authByMs = Int64.max
    if let before, before != actor.ownRoom, isMember(before) {
      // It has another role now, and goes on where it is, with what that role sees from here on.
      let reached = home.place(of: self)
      home.leave(self, before)
      home.follow(self, [actor.ownRoom], after: reached)
    }
    scheduleReminder()
    return .taken
  }

  /// It has said who it is: its place among those who have yet to is given back. Those who come again and again until
  /// there is room for one more of their user keep none from others.
  private func prove() {
    if isSuspect { home.census.prove(address, nowMs: home.nowMs) }
    isSuspect = false
  }

  // MARK: Times

  override func leave(atMs: Int64) {
    leaveAtMs = atMs
    scheduleReminder()
  }

  override func clockJumped() { look(nowMs: home.nowMs) }

  override func tokensEnded() { look(nowMs: home.nowMs) }

  /// Closes if a time is up, else asks to be reminded of the next.
  final func look(nowMs: Int64) {
    if nowMs >= leaveAtMs {
      close(.serviceRestart, "this server is restarting: reconnect")
    } else if let claims, identity != nil, home.clock.now() >= claims.expiresAt {
      close(.unauthorised, "token expired")
    } else if let claims, identity != nil, home.gate.verifier.hasEnded(claims) {
      close(.unauthorised, TokenRefusal.ended.message)
    } else if nowMs >= authByMs {
      close(.unauthorised, "no token in time")
    } else if nowMs >= silentUntilMs {
      close(.goingAway, "nothing heard for too long")
    } else {
      scheduleReminder()
    }
  }

  final func scheduleReminder() {
    var next = min(leaveAtMs, authByMs, silentUntilMs)
    if let expiresAt = claims?.expiresAt, identity != nil {
      let (left, overflow) = expiresAt.millis.subtractingReportingOverflow(home.clock.now().millis)
      // A far expiry is looked at again before the clock can have run off.
      if !overflow { next = min(next, home.nowMs + min(max(0, left), home.options.idleTimeoutMs)) }
    }
    if next != .max { remind(atMs: next) }
  }

  // MARK: How much it asks

  /// Counts messages against the minute's limit; false, and the end, if it is over.
  final func countMessages(_ count: Int = 1) -> Bool {
    guard home.options.messagesPerMinute > 0 else { return true }
    if home.nowMs - minuteBeganMs >= 60_000 {
      minuteBeganMs = home.nowMs
      messagesThisMinute = 0
    }
    messagesThisMinute += count
    if messagesThisMinute <= home.options.messagesPerMinute { return true }
    let setting = SettingKey.liveMessages.rawValue
    close(.tooManyMessages, "more than \(home.options.messagesPerMinute) messages a minute (\(setting))")
    return false
  }

  /// Counts a refused command; false, and the end, if there were too many.
  final func countOffence(_ message: String, closingWith close: CloseCode = .policyViolation) -> Bool {
    home.metrics.commandsRefused.add()
    offences += 1
    if offences <= home.options.offenceLimit { return true }
    self.close(close, message)
    return false
  }
}

/// How clients are connected; the label of a metric.
enum LiveTransport: String, CaseIterable, Sendable {
  /// The plain WebSocket.
  case websocket
  /// Socket.IO over a WebSocket.
  case socketIO = "socketio_websocket"
  /// Socket.IO over polling.
  case polling = "socketio_polling"
  /// Server-sent events.
  case eventStream = "sse"
}

extension Actor {
  /// The room of all that the actor may hear.
  var ownRoom: RoomName { orders.map { .own(tenant, $0) } ?? .tenant(tenant) }

  /// Why it may follow no order, as it may read none; nil if it may.
  var followRefusal: String? {
    guard role.sight == .nothing else { return nil }
    let allowed = Set<Role>.staffAndOwner.map(\.rawValue).sorted().joined(separator: " or ")
    return "the role \(role.rawValue) may not follow orders; it takes \(allowed)"
  }
}
