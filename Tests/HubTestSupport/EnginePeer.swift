/// A small Engine.IO 4 client for tests, over polling, a WebSocket, or first one and then the other. It blocks, bounded in
/// time: use it in `onThread`. It answers pings by itself.
public final class EnginePeer {
  /// What it speaks over.
  public enum Transport: Sendable, CaseIterable {
    case polling
    case websocket
  }

  /// What came.
  public enum Packet: Equatable {
    /// The digit of its type, and its text.
    case text(String)
    case binary([UInt8])
  }

  /// Why it gave up.
  public enum Failure: Error, Equatable {
    /// Nothing came in time.
    case timedOut
    /// The session is over; the code is a WebSocket's, if it was closed with one.
    case ended(code: UInt16?, reason: String)
    /// A request was answered with something else than packets.
    case refused(status: Int, body: String, retryAfter: String?)
    /// What came is not Engine.IO.
    case malformed(String)
  }

  /// The secret name of the session.
  public private(set) var sid = ""
  /// What packets go over now.
  public private(set) var transport: Transport
  /// The server's first packet, whole.
  public private(set) var opening = ""
  private let port: Int
  private let query: String
  private let headers: [String]
  private var socket: WebSocketClient?
  private var getting: RawClient
  private var posting: RawClient?
  private var isPolling = false
  private var inbox: [Packet] = []

  /// Opens a session. `query` begins with `&` if there is one; a header is a whole line.
  public init(port: Int, over transport: Transport, query: String = "", headers: [String] = []) throws {
    self.port = port
    self.transport = transport
    self.query = query
    self.headers = headers
    getting = try RawClient(port: port)
    switch transport {
    case .websocket:
      let socket = try openSocket(getting)
      self.socket = socket
      opening = try Self.read(socket, withinMs: HangLimit.ms)
    case .polling:
      try getting.request("GET", target, headers: headers)
      let answer = try Self.taken(getting.answer())
      opening = answer.body
    }
    guard case .string(let sid) = Document(parsing: String(opening.dropFirst()))["sid"], opening.first == "0" else {
      throw Failure.malformed(opening)
    }
    self.sid = sid
  }

  private var target: String {
    let name = transport == .polling ? "polling" : "websocket"
    return "/socket.io/?EIO=4&transport=\(name)\(sid.isEmpty ? "" : "&sid=\(sid)")\(query)"
  }

  private func openSocket(_ client: RawClient) throws -> WebSocketClient {
    let handshake = [
      "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    try client.request("GET", target, headers: handshake + headers)
    let answer = try client.answer()
    guard answer.status == 101 else { throw Self.refusal(answer) }
    let (socket, rest) = client.release()
    return WebSocketClient(socket: socket, leftover: rest)
  }

  // MARK: Out

  /// Sends packets: over polling in one request, and `ok` must be its answer.
  public func send(_ packets: [Packet]) throws {
    if let socket {
      for packet in packets {
        switch packet {
        case .text(let text): socket.send(text)
        case .binary(let bytes): socket.sendFrame(opcode: 2, bytes)
        }
      }
      return
    }
    let client = try posting ?? RawClient(port: port)
    posting = client
    let body = packets.map { packet in
      switch packet {
      case .text(let text): text
      case .binary(let bytes): "b" + Base64Text.encode(bytes)
      }
    }
    try client.request("POST", target, headers: headers, body: body.joined(separator: "\u{1e}"))
    _ = try Self.taken(client.answer())
  }

  /// Sends a text packet, its type first.
  public func send(_ text: String) throws { try send([.text(text)]) }

  // MARK: In

  /// The next packet that is neither a ping nor nothing.
  public func next(withinMs: Int32 = HangLimit.ms) throws -> Packet {
    while true {
      if inbox.isEmpty { try fill(withinMs: withinMs) }
      guard !inbox.isEmpty else { continue }
      let packet = inbox.removeFirst()
      switch packet {
      case .text("2"): try send("3")
      case .text("6"): continue
      case .text("1"): throw Failure.ended(code: nil, reason: "")
      case .text, .binary: return packet
      }
    }
  }

  private func fill(withinMs: Int32) throws {
    if let socket {
      inbox.append(try Self.frame(socket, withinMs: withinMs))
    } else {
      try beginPoll()
      guard getting.isReadable(withinMs: withinMs) else { throw Failure.timedOut }
      try endPoll()
    }
  }

  /// Asks for packets, unless it does already.
  public func beginPoll() throws {
    guard !isPolling else { return }
    try getting.request("GET", target, headers: headers)
    isPolling = true
  }

  private func endPoll() throws {
    isPolling = false
    let body = try Self.taken(getting.answer()).body
    inbox += try body.split(separator: "\u{1e}", omittingEmptySubsequences: false).map { part in
      guard part.first == "b" else { return .text(String(part)) }
      guard let bytes = Base64Text.decode(String(part.dropFirst())) else { throw Failure.malformed(String(part)) }
      return .binary(bytes)
    }
  }

  // MARK: Upgrade

  /// Goes over from polling to a WebSocket, as the clients do: probe, end of the last poll, upgrade. `meanwhile` is called
  /// before the last step.
  public func upgrade(meanwhile: () throws -> Void = {}) throws {
    let client = try RawClient(port: port)
    try beginPoll()
    transport = .websocket
    let socket = try openSocket(client)
    transport = .polling
    socket.send("2probe")
    let answer = try Self.frame(socket, withinMs: HangLimit.ms)
    guard answer == .text("3probe") else { throw Failure.malformed("\(answer)") }
    try meanwhile()
    if isPolling { try endPoll() }
    try meanwhile()
    socket.send("5")
    self.socket = socket
    transport = .websocket
    posting = nil
  }

  /// Ends the connections without a word.
  public func cut() throws {
    socket = nil
    posting = nil
    isPolling = false
    getting = try RawClient(port: port)
  }

  // MARK: Parts

  private static func read(_ socket: WebSocketClient, withinMs: Int32) throws -> String {
    guard case .text(let text) = try frame(socket, withinMs: withinMs) else { throw Failure.malformed("binary") }
    return text
  }

  private static func frame(_ socket: WebSocketClient, withinMs: Int32) throws -> Packet {
    let frame: WebSocketClient.Frame
    do throws(WebSocketClient.Failure) { frame = try socket.next(withinMs: withinMs) } catch {
      switch error {
      case .timedOut: throw Failure.timedOut
      case .ended: throw Failure.ended(code: nil, reason: "")
      case .malformed(let text): throw Failure.malformed(text)
      }
    }
    switch frame.opcode {
    case 1: return .text(frame.text)
    case 2: return .binary(frame.payload)
    case 8 where frame.payload.count >= 2:
      throw Failure.ended(
        code: UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1]),
        reason: String(decoding: frame.payload[2...], as: UTF8.self))
    default: throw Failure.malformed("opcode \(frame.opcode)")
    }
  }

  private static func taken(_ answer: RawClient.Answer) throws -> RawClient.Answer {
    guard answer.status == 200 else { throw refusal(answer) }
    return answer
  }

  private static func refusal(_ answer: RawClient.Answer) -> Failure {
    .refused(status: answer.status, body: answer.body, retryAfter: answer.headers["retry-after"])
  }
}
