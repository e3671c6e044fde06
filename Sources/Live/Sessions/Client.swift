import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A client, by whatever protocol: who it is, until when, and how much it may ask. A subclass speaks the protocol.
class Client: Subscriber {
  let address: String
  private(set) var identity: Actor?
  private(set) var expiresAt = Timestamp(millis: Int64.max)
  private var authByMs = Int64.max
  private var leaveAtMs = Int64.max
  private var minuteBeganMs: Int64
  private var messagesThisMinute = 0
  private var offences = 0
  private var isCounted = true
  private var countedTransport: LiveTransport?

  /// A client from an address, which the census has counted.
  init(home: LiveLoop, address: String) {
    self.address = address
    minuteBeganMs = home.nowMs
    super.init(home: home)
  }

  // MARK: What a protocol adds

  /// Ends the connection for a reason that the client is told.
  func close(_ code: CloseCode, _ reason: String) { preconditionFailure("\(type(of: self)) cannot be closed") }
  /// Tells the client that a command was refused; the connection stays.
  func tellRefused(_ code: String, _ message: String) { preconditionFailure("\(type(of: self)) takes no commands") }
  /// Greets a client that is now known.
  func greet(_ actor: Actor) {}
  /// Asks to be reminded at a moment of the loop's clock.
  func remind(atMs: Int64) { preconditionFailure("\(type(of: self)) keeps no time") }
  /// Until when something must be heard; `Int64.max` if it may be silent.
  var silentUntilMs: Int64 { .max }
  /// How it is connected, for the metrics.
  var transport: LiveTransport { preconditionFailure("\(type(of: self)) has no transport") }

  // MARK: From its beginning to its end

  /// It is connected: with what its token said, or with some time to send one.
  final func begin(claims: TokenClaims?) {
    home.add(self)
    noteTransport()
    if let claims {
      admit(claims)
    } else {
      authByMs = home.nowMs + home.options.authTimeoutMs
    }
    scheduleReminder()
  }

  /// It may still hear and ask, but takes no more part: its rooms and its identity are given back. Once.
  final func retire() {
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
    home.census.leave(address: address)
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

  /// Takes what a token says, for the first time or anew.
  final func admit(_ claims: TokenClaims) {
    if let known = identity {
      guard known.tenant == claims.actor.tenant, known.user == claims.actor.user else {
        return refuse("forbidden", "the token is another user's")
      }
    } else {
      let person = Census.Person(tenant: claims.actor.tenant, user: claims.actor.user)
      guard home.census.enter(person) else {
        home.metrics.noteRefused(.userLimit)
        return close(.tryAgainLater, "too many connections of this user")
      }
    }
    identity = claims.actor
    expiresAt = claims.expiresAt
    authByMs = Int64.max
    onlyCustomer = claims.actor.mayHearTenant ? nil : claims.actor.user.text
    if !claims.actor.mayHearTenant { home.leave(self, .tenant(claims.actor.tenant)) }
    greet(claims.actor)
    scheduleReminder()
  }

  /// Takes a token that the client sends later on: it keeps the one it has if the new one is refused.
  final func renew(_ token: String) {
    do throws(TokenRefusal) {
      admit(try home.verified(token))
    } catch {
      if identity == nil {
        close(.unauthorised, "the token is refused: \(error)")
      } else {
        refuse("unauthorised", "the token is refused: \(error)")
      }
    }
  }

  // MARK: Times

  override func leave(atMs: Int64) {
    leaveAtMs = atMs
    scheduleReminder()
  }

  override func clockJumped() { look(nowMs: home.nowMs) }

  /// Closes if a time is up, else asks to be reminded of the next.
  final func look(nowMs: Int64) {
    if nowMs >= leaveAtMs {
      close(.serviceRestart, "this server is restarting: reconnect")
    } else if identity != nil, home.clock.now() >= expiresAt {
      close(.unauthorised, "token expired")
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
    if identity != nil {
      let (left, overflow) = expiresAt.millis.subtractingReportingOverflow(home.clock.now().millis)
      // A far expiry is looked at again before the clock can have run off.
      if !overflow { next = min(next, home.nowMs + min(max(0, left), home.options.idleTimeoutMs)) }
    }
    if next != .max { remind(atMs: next) }
  }

  // MARK: How much it asks

  /// Counts a message against the minute's limit; false, and the end, if it is over.
  final func countMessage() -> Bool {
    guard home.options.messagesPerMinute > 0 else { return true }
    if home.nowMs - minuteBeganMs >= 60_000 {
      minuteBeganMs = home.nowMs
      messagesThisMinute = 0
    }
    messagesThisMinute += 1
    if messagesThisMinute <= home.options.messagesPerMinute { return true }
    close(.tooManyMessages, "more than \(home.options.messagesPerMinute) messages a minute")
    return false
  }

  /// Refuses a command; the connection stays unless it was refused too often.
  final func refuse(_ code: String, _ message: String, closingWith close: CloseCode = .policyViolation) {
    guard countOffence(message, closingWith: close) else { return }
    tellRefused(code, message)
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
  /// Whether the role may hear all of its tenant's events. Customers and kiosks may only hear of their own orders.
  var mayHearTenant: Bool {
    switch role {
    case .admin, .employee, .system: true
    case .customer, .kiosk: false
    }
  }

  /// The room of all that the actor may hear.
  var ownRoom: RoomName { mayHearTenant ? .tenant(tenant) : .user(tenant, user) }
}
