import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A client of the plain WebSocket.
final class PlainSession: Client, ConnectionOwner {
  private static let pong = SharedBytes(PlainFrame.pong())
  private static let ping = SharedBytes(ServerFrame.ping)
  private var nextPingMs: Int64 = .max
  private var receiver = WebSocketReceiver()
  private var connection: Connection?
  private var heardMs: Int64 = 0
  /// Whether it has a place among those that are told why they are turned away.
  private var isTurnedAway = false

  /// The socket is here: greets the client, waits for its token, or says why it is turned away.
  func begin(on connection: Connection, _ arrival: Arrival) {
    self.connection = connection
    heardMs = home.nowMs
    begin()
    if let farewell = arrival.farewell, let code = farewell.closeCode {
      isTurnedAway = true
      home.metrics.noteRefused(farewell.reason)
      return close(code, farewell.detail)
    }
    if let claims = arrival.claims {
      know(claims)
    } else {
      awaitToken(withinMs: home.options.authTimeoutMs, isProven: false)
    }
    nextPingMs = home.nowMs + pingMs
    scheduleReminder()
    let leftover = arrival.leftover
    if !leftover.isEmpty { leftover.withUnsafeBytes { received($0, on: connection) } }
  }

  // MARK: Subscriber

  override var queuedBytes: Int { connection?.queuedBytes ?? 0 }

  override func deliver(_ batch: EventBatch, _ some: Range<Int>) {
    connection?.send(shown(batch, some, in: .plain))
  }

  override func follows(_ rooms: [RoomName], from offset: StreamOffset?, _ outcome: FollowOutcome) {
    if case .lost(let reason) = outcome { return resync(reason: reason, offset: offset) }
    for room in rooms {
      let order = room.order.map { "\($0)" }
      let tenant = room.tenant.text
      switch outcome {
      case .new: send(PlainFrame.subscribed(tenant: tenant, order: order, offset: offset?.text))
      case .recovered: send(PlainFrame.recovered(tenant: tenant, order: order))
      case .lost: break
      }
    }
  }

  override func resync(reason: String, offset: StreamOffset?) {
    send(PlainFrame.resync(reason: reason, offset: offset?.text))
  }

  // MARK: Client

  override func remind(atMs: Int64) { connection?.remind(atMs: min(atMs, nextPingMs)) }

  /// Its own time between two pings, by its seat: those who come together are not pinged together. Whether anything else
  /// is sent meanwhile does not matter: to note that would cost each event more than the pings do.
  private var pingMs: Int64 {
    let range = home.options.pingMs
    let spread = UInt64(range.upperBound - range.lowerBound) + 1
    let part = (UInt64(max(seat, 0)) &* 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: spread).high
    return range.lowerBound + Int64(part)
  }

  override var silentUntilMs: Int64 { heardMs + home.options.idleTimeoutMs }

  override var transport: LiveTransport { .websocket }

  override func close(_ code: CloseCode, _ reason: String) { end(with: SharedBytes(ServerFrame.close(code, reason))) }

  private func end(with last: SharedBytes, dropping: Bool = false) {
    retire()
    let cut: ((Int, [UInt8]) -> Int)? = dropping ? { ServerFrame.end(ofFrameBefore: $0, in: $1) } : nil
    connection?.finish(last, timeoutMs: home.options.closeTimeoutMs, cut: cut)
  }

  // MARK: ConnectionOwner

  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
    heardMs = home.nowMs
    let limit = identity == nil ? home.options.strangerMessageLimitBytes : home.options.messageLimitBytes
    let input = receiver.receive(bytes, parsers: home.parsers, limitBytes: limit)
    // Pongs go out before what comes of the messages behind their pings.
    if input.goesOn, !input.replies.isEmpty { send(input.replies) }
    for event in input.events {
      guard connection.isOpen, countMessages() else { break }
      switch event {
      case .text(let message): obey(message)
      case .binary: refuse("unsupported", "binary messages are not taken", closingWith: .unsupportedData)
      case .ping, .pong: break
      case .closed, .violated: end(with: SharedBytes(input.replies))
      }
    }
  }

  func overflowed(_ connection: Connection) {
    home.metrics.slowCloses.add()
    end(with: SharedBytes(ServerFrame.close(.tooSlow, "too slow: reconnect and catch up")), dropping: true)
  }

  func reminded(nowMs: Int64, on connection: Connection) {
    if nowMs >= nextPingMs {
      nextPingMs = nowMs + pingMs
      connection.send(Self.ping)
    }
    look(nowMs: nowMs)
  }

  func ended(_ connection: Connection) {
    if isTurnedAway { home.census.endFarewell(address, nowMs: home.nowMs) }
    forget()
    self.connection = nil
  }

  // MARK: Commands

  private func know(_ claims: TokenClaims) {
    switch admit(claims) {
    case .taken: greet(claims.actor)
    case .mayNot(let why): close(.forbidden, why)
    case .tooMany: close(.tryAgainLater, Self.tooMany)
    case .anotherUser: preconditionFailure("nobody was known before")
    }
  }

  private func greet(_ actor: Actor) { send(PlainFrame.ready(tenant: actor.tenant.text, user: actor.user.text)) }

  /// Does what a message asks, or says why not.
  private func obey(_ message: [UInt8]) {
    let command: PlainCommand
    do {
      command = try PlainCommand.read(message)
    } catch {
      return refuse("bad_command", error.explanation)
    }
    let isSought = seek(for: command) { found in
      switch found {
      case .followable: self.perform(command)
      case .nothing: self.refuse(Self.noSuchOrder.code, Self.noSuchOrder.message)
      case .left: break
      }
    }
    if !isSought { perform(command) }
  }

  private func perform(_ command: PlainCommand) {
    switch run(command) {
    case .pong: send(Self.pong)
    case .known(let actor): greet(actor)
    case .following: break
    case .left(let room):
      send(PlainFrame.unsubscribed(tenant: room.tenant.text, order: room.order.map { "\($0)" }))
    case .refused(let code, let message):
      // Who was never known has nothing to go on with.
      guard case .auth = command, identity == nil else { return refuse(code, message) }
      close(Self.closeCode(of: code), message)
    }
  }

  /// What a connection is closed with whose first token is refused.
  private static func closeCode(of refusal: String) -> CloseCode {
    switch refusal {
    case "too_many": .tryAgainLater
    case "forbidden": .forbidden
    case "refused_tokens": .tooManyMessages
    default: .unauthorised
    }
  }

  /// Refuses a command; the connection stays unless it was refused too often.
  private func refuse(_ code: String, _ message: String, closingWith close: CloseCode = .policyViolation) {
    guard countOffence(message, closingWith: close) else { return }
    send(PlainFrame.error(code: code, message: message))
  }

  // MARK: Sending

  func send(_ frame: [UInt8]) { connection?.send(SharedBytes(frame)) }

  func send(_ frame: SharedBytes) { connection?.send(frame) }
}
