/// Looks at the lines between the chunks of a body, of which libmicrohttpd 0.9.75 takes more than RFC 9112 has: a bare LF
/// for the end of a line, and anything in an extension (`process_request_body` in its connection.c).
///
/// The library gives a body in parts and does not say what stood between them, but it reads them where it read the head:
/// its buffer goes on where the head ended, and what it has not used yet is moved to there. So the line before a part
/// stands either between this part and the one before it, or, if the library has read anew meanwhile, between the
/// buffer's start and the part. A line has CR and LF at its ends alone, so at most one of the two reads as one.
///
/// The last line, of the chunk of size 0, is not seen: nothing may be read from a connection behind a chunked body.
struct ChunkScan {
  /// Where the library's buffer goes on behind the head.
  private let start: UnsafeRawPointer
  /// Where the part before ended.
  private var end: UnsafeRawPointer?
  /// How many bytes of the chunk are still to come.
  private var left: UInt64 = 0

  /// A body whose head ended here.
  init(start: UnsafeRawPointer) { self.start = start }

  /// Whether the next part of the body may stand where it stands. A part is never of two chunks.
  mutating func takes(_ part: UnsafeRawBufferPointer) -> Bool {
    guard let data = part.baseAddress else { return true }
    if left == 0 {
      guard let size = size(before: data), size > 0 else { return false }
      left = size
    }
    guard part.count <= left else { return false }
    left -= UInt64(part.count)
    end = data + part.count
    return true
  }

  /// The size that the line before this says; nil if it is none of RFC 9112.
  private func size(before data: UnsafeRawPointer) -> UInt64? {
    if let end, end < data, let size = Self.size(in: Span(start: end, count: data - end), behindChunk: true) {
      return size
    }
    guard start < data else { return nil }
    let line = Span(start: start, count: data - start)
    // The library may have read over the end of the chunk before already.
    return Self.size(in: line, behindChunk: false) ?? (end == nil ? nil : Self.size(in: line, behindChunk: true))
  }

  private typealias Span = UnsafeRawBufferPointer

  /// Reads `[CR LF] size [; extension] CR LF`.
  private static func size(in line: Span, behindChunk: Bool) -> UInt64? {
    var rest = line[...]
    if behindChunk {
      guard rest.popFirst() == 0x0d, rest.popFirst() == 0x0a else { return nil }
    }
    guard rest.popLast() == 0x0a, rest.popLast() == 0x0d else { return nil }
    var size: UInt64 = 0
    var digits = 0
    while let byte = rest.first, let digit = hexDigit(byte) {
      // The library has read it, so it fits.
      size = size &<< 4 | digit
      digits += 1
      rest.removeFirst()
    }
    guard digits > 0 else { return nil }
    if let byte = rest.first {
      guard byte == 0x3b, rest.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { return nil }
    }
    return size
  }

  private static func hexDigit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte &- 0x30)
    case 0x41...0x46: UInt64(byte &- 0x37)
    case 0x61...0x66: UInt64(byte &- 0x57)
    default: nil
    }
  }
}
