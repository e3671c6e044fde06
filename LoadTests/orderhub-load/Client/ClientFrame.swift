/// The WebSocket frames that a client sends; RFC 6455 wants each masked.
enum ClientFrame {
  /// A whole text message.
  static func text(_ payload: some Collection<UInt8>) -> [UInt8] { frame(opcode: 1, payload) }
  /// The answer to a ping.
  static func pong(_ payload: some Collection<UInt8>) -> [UInt8] { frame(opcode: 10, payload) }
  /// The end, with the code for "done".
  static func close() -> [UInt8] { frame(opcode: 8, [0x03, 0xe8]) }

  /// A mask keeps proxies from taking a payload for HTTP; between loopback sockets any one does.
  private static let mask: [UInt8] = [0x5a, 0x21, 0xc3, 0x7e]

  private static func frame(opcode: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = [0x80 | opcode]
    let count = payload.count
    bytes.reserveCapacity(count + 14)
    if count < 126 {
      bytes.append(0x80 | UInt8(count))
    } else if count < 65_536 {
      bytes += [0xfe, UInt8(count >> 8), UInt8(count & 0xff)]
    } else {
      bytes.append(0xff)
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
    bytes += mask
    for (index, byte) in payload.enumerated() { bytes.append(byte ^ mask[index & 3]) }
    return bytes
  }
}

/// Finds a server's frames in bytes. It knows no socket; of fragments it knows only that no hub sends any.
enum FrameReader {
  /// One frame, lent for the time of a call.
  struct Frame {
    let opcode: UInt8
    let payload: UnsafeRawBufferPointer
  }

  /// What stands at a place.
  enum Outcome {
    case partial
    case frame(Frame, end: Int)
    case malformed
  }

  static let payloadLimitBytes: UInt64 = 16 * 1_024 * 1_024

  /// Looks at the bytes from a place on.
  static func read(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Outcome {
    guard bytes.count >= start + 2 else { return .partial }
    guard bytes[start] & 0xf0 == 0x80, bytes[start + 1] & 0x80 == 0 else { return .malformed }
    var length = UInt64(bytes[start + 1])
    var at = start + 2
    let more = length == 126 ? 2 : length == 127 ? 8 : 0
    if more > 0 {
      guard bytes.count >= at + more else { return .partial }
      length = bytes[at..<(at + more)].reduce(0) { $0 << 8 | UInt64($1) }
      at += more
    }
    guard length <= payloadLimitBytes else { return .malformed }
    let end = at + Int(length)
    guard bytes.count >= end else { return .partial }
    let payload = UnsafeRawBufferPointer(rebasing: bytes[at..<end])
    return .frame(Frame(opcode: bytes[start] & 15, payload: payload), end: end)
  }
}
