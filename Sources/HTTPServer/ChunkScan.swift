/// Looks at the lines between the chunks of a body, of which libmicrohttpd 0.9.75 takes more than RFC 9112 has: a bare LF
/// for the end of a line, and anything in an extension (`process_request_body` in its connection.c).
///
/// The library gives a body in parts and does not say what stood between them, but it reads them where it read the head:
/// its buffer goes on where the head ended, and what it has not used yet is moved to there. So the line before a part
/// stands either between this part and the one before it, or, if the library has read anew meanwhile, between the
/// buffer's start and the part. A line has CR and LF at its ends alone, so at most one of the two reads as one.
///
/// Not seen is a line that was the last of what the library had read, and that of the chunk of size 0. So nothing may be
/// read from a connection behind a chunked body.
struct ChunkScan {
  /// Where the library's buffer goes on behind the head.
  private let start: UnsafeRawPointer
  /// Where the part before ended.
  private var end: UnsafeRawPointer?

  /// A body whose head ended here.
  init(start: UnsafeRawPointer) { self.start = start }

  /// Whether the next part of the body may stand where it stands. A part is never of two chunks.
  mutating func takes(_ part: UnsafeRawBufferPointer) -> Bool {
    guard let data = part.baseAddress else { return true }
    defer { end = data + part.count }
    // The chunk goes on, or its line came with what was read before.
    if data == start { return true }
    if let end, end < data, Self.isLine(Span(start: end, count: data - end), behindChunk: true) { return true }
    guard start < data else { return false }
    let line = Span(start: start, count: data - start)
    // The library may have read over the end of the chunk before already.
    return Self.isLine(line, behindChunk: false) || end != nil && Self.isLine(line, behindChunk: true)
  }

  private typealias Span = UnsafeRawBufferPointer

  /// Whether it is `[CR LF] size [; extension] CR LF`. The library has read the size, so it fits.
  private static func isLine(_ line: Span, behindChunk: Bool) -> Bool {
    var rest = line[...]
    if behindChunk {
      guard rest.popFirst() == 0x0d, rest.popFirst() == 0x0a else { return false }
    }
    guard rest.popLast() == 0x0a, rest.popLast() == 0x0d else { return false }
    let size = rest.prefix(while: isHexDigit)
    guard !size.isEmpty else { return false }
    let further = rest.dropFirst(size.count)
    return further.isEmpty || further.first == 0x3b && further.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
