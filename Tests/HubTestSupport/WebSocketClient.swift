import Glibc

/// A small WebSocket client for tests: it blocks, bounded in time, and checks that what comes is well formed.
public final class WebSocketClient {
  /// One frame from the server.
  public struct Frame: Equatable {
    /// 1 for text, 8 for close, 9 for ping, 10 for pong.
    public var opcode: UInt8
    /// Its bytes.
    public var payload: [UInt8]
    /// Its bytes as text.
    public var text: String { String(decoding: payload, as: UTF8.self) }
  }

  /// What ended the reading.
  public enum Failure: Error, Equatable {
    /// Nothing came in time.
    case timedOut
    /// The server closed.
    case ended
    /// What came is no frame of a server.
    case malformed(String)
  }

  /// The connected socket; closed at the end.
  public let socket: Int32
  private var buffer: [UInt8] = []

  /// Takes a connected socket whose handshake is done.
  public init(socket: Int32, leftover: [UInt8] = []) {
    self.socket = socket
    buffer = leftover
  }

  deinit { close(socket) }

  /// Sends a text message in one masked frame.
  public func send(_ text: String) { sendFrame(opcode: 1, Array(text.utf8)) }

  /// Sends a frame as told, right or wrong.
  public func sendFrame(opcode: UInt8, _ payload: [UInt8], fin: Bool = true, masked: Bool = true, reserved: UInt8 = 0) {
    sendBytes(Self.frame(opcode: opcode, payload, fin: fin, masked: masked, reserved: reserved))
  }

  /// A frame as a client sends it, right or wrong.
  public static func frame(
    opcode: UInt8, _ payload: [UInt8], fin: Bool = true, masked: Bool = true, reserved: UInt8 = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = [(fin ? 0x80 : 0) | reserved << 4 | opcode]
    let mask: UInt8 = masked ? 0x80 : 0
    if payload.count < 126 {
      bytes.append(mask | UInt8(payload.count))
    } else if payload.count < 65_536 {
      bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
    } else {
      bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    let key: [UInt8] = [0x12, 0x9a, 0x55, 0xe7]
    if masked { bytes += key }
    for (index, byte) in payload.enumerated() { bytes.append(masked ? byte ^ key[index % 4] : byte) }
    return bytes
  }

  /// Sends bytes as they are; what a closed socket does not take is dropped.
  public func sendBytes(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  /// The next frame.
  public func next(withinMs: Int32 = HangLimit.ms) throws(Failure) -> Frame {
    while true {
      if let frame = try parse() { return frame }
      try fill(withinMs: withinMs)
    }
  }

  /// The next frame's text. A ping before it is answered, as a browser does.
  public func nextText(withinMs: Int32 = HangLimit.ms) throws(Failure) -> String {
    var frame = try next(withinMs: withinMs)
    while frame.opcode == 9 {
      sendFrame(opcode: 10, frame.payload)
      frame = try next(withinMs: withinMs)
    }
    guard frame.opcode == 1 else { throw .malformed("opcode \(frame.opcode): \(frame.payload)") }
    return frame.text
  }

  /// Reads past whatever comes until the close frame; its code and reason. Nothing may follow it.
  public func nextClose(withinMs: Int32 = HangLimit.ms) throws(Failure) -> (code: UInt16, reason: String) {
    while true {
      let frame = try next(withinMs: withinMs)
      guard frame.opcode == 8 else { continue }
      guard frame.payload.count >= 2 else { throw .malformed("a close frame without a code") }
      do throws(Failure) {
        let more = try next(withinMs: withinMs)
        throw .malformed("opcode \(more.opcode) after the close frame")
      } catch {
        guard error == .ended else { throw error }
        let code = UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1])
        return (code, String(decoding: frame.payload[2...], as: UTF8.self))
      }
    }
  }

  private func fill(withinMs: Int32) throws(Failure) {
    var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard poll(&watched, 1, withinMs) > 0 else { throw .timedOut }
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = read(socket, &chunk, chunk.count)
    guard count > 0 else { throw .ended }
    buffer += chunk[..<count]
  }

  private func parse() throws(Failure) -> Frame? {
    guard buffer.count >= 2 else { return nil }
    guard buffer[0] & 0xf0 == 0x80, buffer[1] & 0x80 == 0 else { throw .malformed("head \(buffer.prefix(2))") }
    var length = Int(buffer[1])
    var head = 2
    if length == 126 {
      guard buffer.count >= 4 else { return nil }
      length = Int(buffer[2]) << 8 | Int(buffer[3])
      head = 4
    } else if length == 127 {
      guard buffer.count >= 10 else { return nil }
      length = buffer[2..<10].reduce(0) { $0 << 8 | Int($1) }
      head = 10
    }
    guard buffer.count >= head + length else { return nil }
    let frame = Frame(opcode: buffer[0] & 15, payload: Array(buffer[head..<(head + length)]))
    buffer.removeFirst(head + length)
    return frame
  }
}
