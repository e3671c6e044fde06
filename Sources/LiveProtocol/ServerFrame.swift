import Orders

/// WebSocket frames from the server to a client: whole, unmasked, without extensions.
public enum ServerFrame {
  /// The most bytes that a control frame's payload may have.
  public static let controlLimitBytes = 125

  /// How many bytes the head of a frame takes before a payload of `count` bytes.
  public static func headCount(for count: Int) -> Int { count < 126 ? 2 : count < 65_536 ? 4 : 10 }

  /// Appends the head of a text frame whose payload has `count` bytes.
  public static func appendTextHead(_ count: Int, to bytes: inout [UInt8]) { appendHead(0x81, count, to: &bytes) }

  /// Appends the head of a binary frame whose payload has `count` bytes.
  public static func appendBinaryHead(_ count: Int, to bytes: inout [UInt8]) { appendHead(0x82, count, to: &bytes) }

  private static func appendHead(_ first: UInt8, _ count: Int, to bytes: inout [UInt8]) {
    bytes.append(first)
    if count < 126 {
      bytes.append(UInt8(truncatingIfNeeded: count))
    } else if count < 65_536 {
      bytes.append(126)
      bytes.append(UInt8(truncatingIfNeeded: count >> 8))
      bytes.append(UInt8(truncatingIfNeeded: count))
    } else {
      bytes.append(127)
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
  }

  /// A text frame.
  public static func text(_ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + headCount(for: payload.count))
    appendTextHead(payload.count, to: &bytes)
    bytes += payload
    return bytes
  }

  /// A binary frame.
  public static func binary(_ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + headCount(for: payload.count))
    appendBinaryHead(payload.count, to: &bytes)
    bytes += payload
    return bytes
  }

  /// A ping without a payload.
  public static let ping: [UInt8] = [0x89, 0]

  /// A close frame; a reason longer than 123 bytes is cut between Unicode scalars.
  public static func close(_ code: CloseCode, _ reason: String) -> [UInt8] {
    let text = Array(Text(reason).start(controlLimitBytes - 2).utf8)
    let status = code.rawValue
    return [0x88, UInt8(text.count + 2), UInt8(status >> 8), UInt8(truncatingIfNeeded: status)] + text
  }

  /// In a run of whole server frames, where the frame ends that holds the byte before `offset`; 0 for offset 0. It is
  /// what must still be sent after part of a frame is out, so that another frame may follow.
  public static func end(ofFrameBefore offset: Int, in frames: [UInt8]) -> Int {
    var end = 0
    while end < offset, end + 1 < frames.count {
      let short = Int(frames[end + 1] & 0x7f)
      var head = 2
      var length = short
      if short == 126, end + 4 <= frames.count {
        head = 4
        length = Int(frames[end + 2]) << 8 | Int(frames[end + 3])
      } else if short == 127, end + 10 <= frames.count {
        head = 10
        length = frames[(end + 2)..<(end + 10)].reduce(0) { $0 << 8 | Int($1) }
      }
      end += head + length
    }
    return min(end, frames.count)
  }
}
