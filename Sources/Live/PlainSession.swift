import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A client of the plain WebSocket.
final class PlainSession: Subscriber, ConnectionOwner {
  private let address: String
  private var receiver = WebSocketReceiver()
  private var connection: Connection?
  private(set) var identity: Actor?
  private var expiresAt = Timestamp(millis: Int64.max)
  private var authByMs = Int64.max
  private var leaveAtMs = Int64.max
  private var heardMs: Int64 = 0
  private var minuteBeganMs: Int64 = 0
  private var messagesThisMinute = 0
  private var offences = 0
  /// Whether it asked for its tenant's orders and was not told yet that it has them.
  var awaitsSubscription = false

  init(home: LiveLoop, address: String) {
    self.address = address
    super.init(home: home)
  }

  /// The socket is here: greets the client, or waits for its token.
  func begin(on connection: Connection, claims: TokenClaims?, leftover: [UInt8]) {
    self.connection = connection
    heardMs = home.nowMs
    minuteBeganMs = home.nowMs
    if let claims {
      admit(claims)
    } else {
      authByMs = home.nowMs + home.options.authTimeoutMs
    }
    scheduleReminder()
    if !leftover.isEmpty { leftover.withUnsafeBytes { received($0, on: connection) } }
  }

  // MARK: Subscriber

  override func deliver(_ batch: EventBatch) { connection?.send(batch.plain) }

  override func stands(_ tenant: TenantID) {
    guard awaitsSubscription else { return }
    awaitsSubscription = false
    send(PlainFrame.subscribed(tenant: tenant.text))
  }

  override func resync(reason: String) { send(PlainFrame.resync(reason: reason)) }

  override func leave(atMs: Int64) {
    leaveAtMs = atMs
    scheduleReminder()
  }

  override func clockJumped() { look(nowMs: home.nowMs) }

  // MARK: ConnectionOwner

  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
    heardMs = home.nowMs
    let input = receiver.receive(bytes, parsers: home.parsers)
    for event in input.events {
      guard connection.isOpen, countMessage() else { break }
      switch event {
      case .text(let message): obey(message)
      case .binary: refuse("unsupported", "binary messages are not taken", closingWith: .unsupportedData)
      case .ping, .pong: break
      case .closed, .violated: end(with: SharedBytes(input.replies))
      }
    }
    if connection.isOpen, !input.replies.isEmpty { connection.send(SharedBytes(input.replies)) }
  }

  func overflowed(_ connection: Connection) {
    home.metrics.slowCloses.add()
    end(with: SharedBytes(ServerFrame.close(.tooSlow, "too slow: reconnect and catch up")), dropping: true)
  }

  func reminded(nowMs: Int64, on connection: Connection) { look(nowMs: nowMs) }

  func ended(_ connection: Connection) {
    home.remove(self)
    forgetIdentity()
    home.census.leave(address: address)
    self.connection = nil
  }

  // MARK: Times

  /// Closes if a time is up, else asks to be reminded of the next.
  private func look(nowMs: Int64) {
    let wall = home.clock.now()
    if nowMs >= leaveAtMs {
      close(.serviceRestart, "this server is restarting: reconnect")
    } else if identity != nil, wall >= expiresAt {
      close(.unauthorised, "token expired")
    } else if nowMs >= authByMs {
      close(.unauthorised, "no token in time")
    } else if nowMs >= heardMs + home.options.idleTimeoutMs {
      close(.goingAway, "nothing heard for too long")
    } else {
      scheduleReminder()
    }
  }

  private func scheduleReminder() {
    var next = min(leaveAtMs, authByMs, heardMs + home.options.idleTimeoutMs)
    if identity != nil {
      let (left, overflow) = expiresAt.millis.subtractingReportingOverflow(home.clock.now().millis)
      if !overflow, left < home.options.idleTimeoutMs { next = min(next, home.nowMs + max(0, left)) }
    }
    connection?.remind(atMs: next)
  }

  /// Counts a message against the minute's limit; false, and the end, if it is over.
  private func countMessage() -> Bool {
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

  // MARK: Sending

  func send(_ frame: [UInt8]) { connection?.send(SharedBytes(frame)) }

  func send(_ frame: SharedBytes) { connection?.send(frame) }

  /// Refuses a command; the connection stays unless it was refused too often.
  func refuse(_ code: String, _ message: String, closingWith close: CloseCode = .policyViolation) {
    home.metrics.commandsRefused.add()
    offences += 1
    if offences > home.options.offenceLimit { return self.close(close, message) }
    send(PlainFrame.error(code: code, message: message))
  }

  func close(_ code: CloseCode, _ reason: String) { end(with: SharedBytes(ServerFrame.close(code, reason))) }

  private func end(with last: SharedBytes, dropping: Bool = false) {
    home.remove(self)
    forgetIdentity()
    let cut: ((Int, [UInt8]) -> Int)? = dropping ? { ServerFrame.end(ofFrameBefore: $0, in: $1) } : nil
    connection?.finish(last, timeoutMs: home.options.closeTimeoutMs, cut: cut)
  }

  // MARK: Who it is

  /// Takes what a token says, for the first time or anew.
  func admit(_ claims: TokenClaims) {
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
    if !claims.actor.mayHearTenant { home.leave(self, .tenant(claims.actor.tenant)) }
    send(PlainFrame.ready(tenant: claims.actor.tenant.text, user: claims.actor.user.text))
    scheduleReminder()
  }

  private func forgetIdentity() {
    guard let known = identity else { return }
    identity = nil
    home.census.leave(Census.Person(tenant: known.tenant, user: known.user))
  }
}

extension Actor {
  /// Whether the role may hear all of its tenant's events. Customers and kiosks may only see their own orders.
  var mayHearTenant: Bool {
    switch role {
    case .admin, .employee, .system: true
    case .customer, .kiosk: false
    }
  }
}
