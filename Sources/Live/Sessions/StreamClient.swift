import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A client that reads server-sent events (WHATWG HTML, section 9.2): an HTTP answer that does not end.
final class StreamClient: Client, ConnectionOwner {
  private let request: StreamRequest
  private let finished: @Sendable () -> Void
  private var connection: Connection?
  private var nextBeatMs: Int64 = .max

  private static let beat = SharedBytes(Array(":\n\n".utf8))

  init(home: LiveLoop, arrival: StreamArrival) {
    request = arrival.request
    finished = arrival.finished
    super.init(home: home, address: arrival.request.address)
  }

  /// The socket is here: begins the answer.
  func begin(on connection: Connection) {
    self.connection = connection
    begin()
    let head = Self.head([("Content-Type", StreamHead.contentType)] + StreamHead.headers + request.headers)
    // Its role was judged with its request: only the user's limit may have been reached since.
    guard case .taken = admit(request.claims) else {
      return end(head + StreamHead.later(retryMs: home.gate.retries.next(), .tryAgainLater, Self.tooMany))
    }
    connection.send(SharedBytes(head + StreamHead.retry(ms: Int64(Gate.retryAfterSeconds) * 1_000)))
    nextBeatMs = home.nowMs + home.options.streamBeatMs
    scheduleReminder()
    guard let order = request.order else { return home.follow(self, request.rooms, after: request.after) }
    seek(order) { [request] found in
      guard case .nothing = found else { return self.home.follow(self, request.rooms, after: request.after) }
      // Not the end: a browser would come again and again.
      self.tell("hub:error", [("code", Self.noSuchOrder.code), ("message", Self.noSuchOrder.message)], nil)
    }
  }

  private static func head(_ headers: [(name: String, value: String)]) -> [UInt8] {
    let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    return Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\(lines)\r\n".utf8)
  }

  // MARK: Subscriber

  override var queuedBytes: Int { connection?.queuedBytes ?? 0 }

  override func deliver(_ batch: EventBatch, _ some: Range<Int>) {
    connection?.send(shown(batch, some, in: .serverSent))
  }

  override func follows(_ rooms: [RoomName], from offset: StreamOffset?, _ outcome: FollowOutcome) {
    guard let actor = identity else { return }
    let who = [("tenant", actor.tenant.text), ("user", actor.user.text)]
    switch outcome {
    case .new: tell("hub:ready", who, offset)
    // It has a place, and what it missed comes with places of its own.
    case .recovered: tell("hub:ready", who, nil)
    case .lost(let reason): resync(reason: reason, offset: offset)
    }
  }

  override func resync(reason: String, offset: StreamOffset?) { tell("resync", [("reason", reason)], offset) }

  private func tell(_ type: String, _ members: [(name: String, text: String)], _ offset: StreamOffset?) {
    connection?.send(SharedBytes(StreamHead.message(type, members, offset)))
  }

  // MARK: Client

  override func remind(atMs: Int64) { connection?.remind(atMs: min(atMs, nextBeatMs)) }

  override var silentUntilMs: Int64 { nextBeatMs == .max ? .max : nextBeatMs + home.options.idleTimeoutMs }

  override var transport: LiveTransport { .eventStream }

  override var descriptors: Int { Census.streamDescriptors }

  override func close(_ code: CloseCode, _ reason: String) {
    end(StreamHead.closing(code, reason))
  }

  private func end(_ last: [UInt8]?, cut: ((Int, [UInt8]) -> Int)? = nil) {
    retire()
    connection?.finish(last.map(SharedBytes.init), timeoutMs: home.options.closeTimeoutMs, cut: cut)
  }

  // MARK: ConnectionOwner

  /// A client has nothing to say here; what it says is read, so that the end of the answer is not lost to a reset.
  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {}

  func overflowed(_ connection: Connection) {
    home.metrics.slowCloses.add()
    // A message that is out in part is never finished: a browser drops it, and asks for it again by the last id.
    end(nil, cut: { sent, _ in sent })
  }

  func reminded(nowMs: Int64, on connection: Connection) {
    if nowMs >= nextBeatMs {
      nextBeatMs = nowMs + home.options.streamBeatMs
      connection.send(Self.beat)
    }
    look(nowMs: nowMs)
  }

  func ended(_ connection: Connection) {
    forget()
    self.connection = nil
    finished()
  }
}
