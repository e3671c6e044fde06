import Glibc
import HubContracts
import SocketLoop

/// One client of the live side: it connects, subscribes, and hands on what it hears. Touched only on its loop's thread.
final class LiveLine: ConnectionOwner {
  private unowned let group: LiveGroup
  let number: Int
  private var connection: Connection?
  private var rest: [UInt8] = []
  private(set) var phase = Phase.away
  /// When its current attempt began.
  private(set) var dialledNs: Int64 = 0
  /// When it was last cut off, or began: what it takes to be ready again counts from here.
  var awaySinceNs: Int64 = 0
  /// How many attempts failed since.
  var failedAttempts = 0
  /// Which of the run's orders it has heard of.
  var heard = HeardOrders()
  private var tail: [UInt8] = []
  private var session: String?
  /// How many stamped events it is still to be given again; nil if it is not recovering.
  private(set) var toRecover: Int?

  /// How far it is.
  enum Phase: Sendable {
    case away, upgrading, greeting, ready
  }

  private static let tailBytes = 96
  private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
  private static let accept: StaticString = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

  init(group: LiveGroup, number: Int) {
    self.group = group
    self.number = number
  }

  /// Begins to connect; with `missed` it asks for as many stamped events as it missed.
  func dial(nowNs: Int64, missed: Int? = nil) {
    dialledNs = nowNs
    if let missed { toRecover = missed }
    guard let socket = group.endpoint.dial(source: number) else {
      return lost(errno == ECONNREFUSED ? "refused connection" : "no connection: errno \(errno)")
    }
    phase = .upgrading
    rest.removeAll(keepingCapacity: true)
    connection = group.loop.adopt(socket, owner: self)
    let authorization = group.talk == .plain ? "Authorization: Bearer \(group.token)\r\n" : ""
    let request =
      "GET \(group.talk.path) HTTP/1.1\r\nHost: \(group.endpoint.name)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Key: \(Self.key)\r\nSec-WebSocket-Version: 13\r\n\(authorization)\r\n"
    connection?.send(SharedBytes(Array(request.utf8)))
  }

  /// Closes the connection without a word, as a network that fails does.
  func cut() {
    phase = .away
    let old = connection
    connection = nil
    old?.end()
  }

  /// Gives up an attempt that takes too long.
  func giveUp() { lost("timeout") }

  func say(_ text: String) { connection?.send(SharedBytes(ClientFrame.text(text.utf8))) }

  /// Whether it has been given all that it missed.
  func recovered() { toRecover = nil }

  // MARK: What comes

  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
    if rest.isEmpty {
      let used = take(bytes)
      if used < bytes.count { rest.append(contentsOf: bytes[used...]) }
      return
    }
    rest.append(contentsOf: bytes)
    let held = rest
    let used = held.withUnsafeBytes { take($0) }
    rest = used < held.count ? Array(held[used...]) : []
  }

  /// Takes whole messages; how many bytes they had.
  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    var at = 0
    if phase == .upgrading {
      guard let end = upgrade(bytes) else { return phase == .upgrading ? 0 : bytes.count }
      at = end
    }
    while phase != .away {
      switch FrameReader.read(bytes, from: at) {
      case .partial: return at
      case .malformed:
        lost("malformed frame")
        return bytes.count
      case .frame(let frame, let end):
        at = end
        take(frame)
      }
    }
    return bytes.count
  }

  /// Reads the answer to the upgrade; where the frames begin, or nil.
  private func upgrade(_ bytes: UnsafeRawBufferPointer) -> Int? {
    switch AnswerReader.read(bytes) {
    case .partial: return nil
    case .malformed: lost("malformed answer")
    case .whole(let answer, let length):
      guard answer.status == 101 else {
        lost("\(answer.status)")
        return nil
      }
      guard let accept = AnswerReader.header("sec-websocket-accept", in: answer.head),
        accept.count == Self.accept.utf8CodeUnitCount, accept.has(Self.accept, at: 0)
      else {
        lost("wrong Sec-WebSocket-Accept")
        return nil
      }
      phase = .greeting
      return length
    }
    return nil
  }

  private func take(_ frame: FrameReader.Frame) {
    switch frame.opcode {
    case 1: hear(frame.payload)
    case 8:
      let code = frame.payload.count >= 2 ? Int(frame.payload[0]) << 8 | Int(frame.payload[1]) : 1_005
      lost("close \(code)")
    case 9: connection?.send(SharedBytes(ClientFrame.pong(frame.payload)))
    default: break
    }
  }

  private func hear(_ text: UnsafeRawBufferPointer) {
    switch group.talk.hear(text) {
    case .created:
      keepTail(text)
      group.heardEvent(self, created: text)
    case .otherEvent:
      keepTail(text)
      group.heardEvent(self, created: nil)
    case .opened: say(group.talk.connect(token: group.token, resume: resume))
    case .welcomed:
      let offset = toRecover == nil ? nil : group.talk.offset(tail: tail)
      if let message = group.talk.subscribe(after: offset) { say(message) }
    case .session(let name):
      let goesOn = toRecover != nil && name == session
      session = name
      if goesOn { becomeReady() }
    case .subscribed: becomeReady()
    case .resync:
      becomeReady()
      group.heardResync(self)
    case .ping: say(group.talk.pong())
    case .refused(let code): lost("refused: \(code)")
    case .nothing: break
    }
  }

  private func becomeReady() {
    guard phase != .ready else { return }
    phase = .ready
    group.becameReady(self)
  }

  private var resume: (session: String, offset: String)? {
    guard toRecover != nil, let session, let offset = group.talk.offset(tail: tail) else { return nil }
    return (session, offset)
  }

  /// Keeps the end of an event, where its offset is, if that will be asked for.
  private func keepTail(_ text: UnsafeRawBufferPointer) {
    guard group.keepsTails else { return }
    tail.removeAll(keepingCapacity: true)
    tail.append(contentsOf: text.suffix(Self.tailBytes))
  }

  /// Counts a stamped event that was missed; true if it was the last.
  func countRecovered() -> Bool {
    guard let left = toRecover else { return false }
    toRecover = left > 1 ? left - 1 : nil
    return left <= 1
  }

  private func lost(_ kind: String) {
    let wasReady = phase == .ready
    cut()
    group.lost(self, kind, wasReady: wasReady)
  }

  func ended(_ connection: Connection) {
    guard connection === self.connection else { return }
    self.connection = nil
    let kind = phase == .upgrading ? "no connection" : "closed connection"
    let wasReady = phase == .ready
    phase = .away
    group.lost(self, kind, wasReady: wasReady)
  }

  func overflowed(_ connection: Connection) { connection.end() }
  func reminded(nowMs: Int64, on connection: Connection) {}
}
