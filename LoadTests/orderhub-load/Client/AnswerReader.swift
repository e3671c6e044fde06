import Glibc

/// One answer, lent for the time of a call.
struct Answer {
  let status: Int
  let head: UnsafeRawBufferPointer
  let body: UnsafeRawBufferPointer

  /// Whether the server says that it has no room now.
  var isTurnedAway: Bool { status == 429 || status == 503 }
}

/// Finds an HTTP/1.1 answer in bytes. It knows no socket and keeps nothing; chunked bodies it refuses, as no hub sends
/// any.
enum AnswerReader {
  /// What the bytes begin with.
  enum Outcome {
    /// Part of an answer: more must come. Once the head is there, `needed` is how many bytes the whole has.
    case partial(needed: Int?)
    /// An answer, and how many bytes it has.
    case whole(Answer, length: Int)
    /// No answer.
    case malformed
  }

  /// The longest head that is taken, and the longest body.
  static let headLimitBytes = 32 * 1_024
  static let bodyLimitBytes = 64 * 1_024 * 1_024

  /// Looks at the bytes from their first.
  static func read(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    guard let headEnd = headEnd(bytes) else {
      return bytes.count > headLimitBytes ? .malformed : .partial(needed: nil)
    }
    let head = UnsafeRawBufferPointer(rebasing: bytes[..<headEnd])
    guard headEnd >= 16, head[0] == 0x48, head[5] == 0x31, head[8] == 0x20, let status = status(head) else {
      return .malformed
    }
    let hasBody = status >= 200 && status != 204 && status != 304
    guard let length = hasBody ? contentLength(head) : 0, length <= bodyLimitBytes else { return .malformed }
    let whole = headEnd + length
    guard bytes.count >= whole else { return .partial(needed: whole) }
    let body = UnsafeRawBufferPointer(rebasing: bytes[headEnd..<whole])
    return .whole(Answer(status: status, head: head, body: body), length: whole)
  }

  /// A header's value, by its name in small letters; nil if there is none.
  static func header(_ name: StaticString, in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let length = name.utf8CodeUnitCount
    var at = 0
    while let lineEnd = newline(head, from: at) {
      let start = at
      at = lineEnd + 1
      guard lineEnd - start > length, head[start + length] == 0x3a else { continue }
      var same = true
      for index in 0..<length where head[start + index] | 0x20 != name.utf8Start[index] | 0x20 {
        same = false
        break
      }
      guard same else { continue }
      var from = start + length + 1
      var to = lineEnd
      while from < to, head[from] == 0x20 { from += 1 }
      while to > from, head[to - 1] == 0x20 || head[to - 1] == 0x0d { to -= 1 }
      return UnsafeRawBufferPointer(rebasing: head[from..<to])
    }
    return nil
  }

  /// Where the head ends, the empty line included.
  private static func headEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var at = 0
    while let end = newline(bytes, from: at) {
      if end - at <= 1, end > 1 { return end + 1 }
      at = end + 1
    }
    return nil
  }

  private static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, 0x0a, bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private static func status(_ head: UnsafeRawBufferPointer) -> Int? {
    var status = 0
    for index in 9..<12 {
      guard (0x30...0x39).contains(head[index]) else { return nil }
      status = status * 10 + Int(head[index] - 0x30)
    }
    return status
  }

  private static func contentLength(_ head: UnsafeRawBufferPointer) -> Int? {
    guard let value = header("content-length", in: head) else { return nil }
    return whole(value)
  }

  /// A number without a sign; nil past 15 digits.
  static func whole(_ text: UnsafeRawBufferPointer) -> Int? {
    guard (1...15).contains(text.count) else { return nil }
    var number = 0
    for byte in text {
      guard (0x30...0x39).contains(byte) else { return nil }
      number = number * 10 + Int(byte - 0x30)
    }
    return number
  }
}
