/// Why bytes are not the JSON object that was expected.
public enum JSONFault: Error, Sendable, Equatable {
  /// Not JSON; the byte at which that shows.
  case malformed(at: Int)
  /// JSON, and not an object.
  case notAnObject
  /// Nested more deeply than is allowed.
  case tooDeep
  /// A name stands twice in the object.
  case duplicateName
  /// The object has more members than are allowed.
  case tooManyMembers
  /// A member is missing or of another kind.
  case wrongMember(String)
}

/// Walks over strict JSON (RFC 8259, UTF-8) without building anything: it tells where values begin and end.
///
/// The buffer must outlive the scanner.
package struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private(set) package var position = 0

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Calls `body` with each member of the one object that the bytes are. Ranges of strings include the quotes.
  package mutating func members<Failure: Error>(
    limit: Int, depthLimit: Int, _ fail: (JSONFault) -> Failure,
    _ body: (_ name: Range<Int>, _ value: Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    do { try open() } catch { throw fail(error) }
    var count = 0
    while true {
      let member: (Range<Int>, Range<Int>)?
      do { member = try next(first: count == 0, depthLimit: depthLimit) } catch { throw fail(error) }
      guard let member else { return }
      count += 1
      if count > limit { throw fail(.tooManyMembers) }
      try body(member.0, member.1)
    }
  }

  /// Calls `body` with each element of the one array that the bytes are. Ranges of strings include the quotes.
  package mutating func elements<Failure: Error>(
    limit: Int, depthLimit: Int, _ fail: (JSONFault) -> Failure, _ body: (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    var count = 0
    while true {
      let element: Range<Int>?
      do { element = try nextElement(first: count == 0, depthLimit: depthLimit) } catch { throw fail(error) }
      guard let element else { return }
      count += 1
      if count > limit { throw fail(.tooManyMembers) }
      try body(element)
    }
  }

  private mutating func nextElement(first: Bool, depthLimit: Int) throws(JSONFault) -> Range<Int>? {
    skipSpace()
    if first {
      guard peek() == 0x5b else { throw fault }
      position += 1
      skipSpace()
    }
    if peek() == 0x5d {
      position += 1
      skipSpace()
      guard position == bytes.count else { throw fault }
      return nil
    }
    if !first {
      try expect(0x2c)
      skipSpace()
    }
    let element = try value(depthLimit: depthLimit - 1)
    skipSpace()
    guard peek() == 0x2c || peek() == 0x5d else { throw fault }
    return element
  }

  private mutating func open() throws(JSONFault) {
    skipSpace()
    guard peek() == 0x7b else {
      _ = try value(depthLimit: 32)
      throw .notAnObject
    }
    position += 1
  }

  private mutating func next(first: Bool, depthLimit: Int) throws(JSONFault) -> (Range<Int>, Range<Int>)? {
    skipSpace()
    if peek() == 0x7d {
      position += 1
      skipSpace()
      guard position == bytes.count else { throw fault }
      return nil
    }
    if !first {
      try expect(0x2c)
      skipSpace()
    }
    let name = try string()
    skipSpace()
    try expect(0x3a)
    skipSpace()
    let value = try value(depthLimit: depthLimit - 1)
    skipSpace()
    guard peek() == 0x2c || peek() == 0x7d else { throw fault }
    return (name, value)
  }

  /// Steps over one value; the range is that of the value alone. `depthLimit` is how deep it may nest; at most 63.
  mutating func value(depthLimit: Int) throws(JSONFault) -> Range<Int> {
    let start = position
    // A bit a level, 1 for an object: the whole stack is one integer.
    var objects: UInt64 = 0
    var depth = 0
    while true {
      skipSpace()
      if peek() == 0x7b || peek() == 0x5b {
        guard depth < min(depthLimit, 63) else { throw .tooDeep }
        objects = objects << 1 | (peek() == 0x7b ? 1 : 0)
        depth += 1
        position += 1
        skipSpace()
        if peek() != Self.closer(objects) {
          if objects & 1 == 1 { try name() }
          continue
        }
      } else {
        try scalar()
      }
      // A value has ended, or an empty one is about to: close every level that ends with it.
      var another = false
      while depth > 0, !another {
        skipSpace()
        if peek() == 0x2c {
          position += 1
          if objects & 1 == 1 { try name() }
          another = true
        } else {
          try expect(Self.closer(objects))
          depth -= 1
          objects >>= 1
        }
      }
      if !another { return start..<position }
    }
  }

  private static func closer(_ objects: UInt64) -> UInt8 { objects & 1 == 1 ? 0x7d : 0x5d }

  private mutating func scalar() throws(JSONFault) {
    guard let byte = peek() else { throw fault }
    switch byte {
    case 0x22: _ = try string()
    case 0x2d, 0x30...0x39: try number()
    case 0x74: try literal("true")
    case 0x66: try literal("false")
    case 0x6e: try literal("null")
    default: throw fault
    }
  }

  private mutating func name() throws(JSONFault) {
    skipSpace()
    _ = try string()
    skipSpace()
    try expect(0x3a)
  }

  /// Steps over a string, its quotes included.
  mutating func string() throws(JSONFault) -> Range<Int> {
    let start = position
    try expect(0x22)
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case 0x22:
        position += 1
        return start..<position
      case 0x5c: try escape()
      case 0..<0x20: throw fault
      case 0x20..<0x80: position += 1
      default:
        guard let length = UTF8Check.sequenceCount(in: bytes, at: position) else { throw fault }
        position += length
      }
    }
    throw fault
  }

  private mutating func escape() throws(JSONFault) {
    position += 1
    switch peek() {
    case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74: position += 1
    case 0x75:
      position += 1
      for _ in 0..<4 {
        guard let digit = peek(), JSONText.hexValue(digit) != nil else { throw fault }
        position += 1
      }
    default: throw fault
    }
  }

  private mutating func number() throws(JSONFault) {
    if peek() == 0x2d { position += 1 }
    if peek() == 0x30 { position += 1 } else { try digits() }
    if peek() == 0x2e {
      position += 1
      try digits()
    }
    if peek() == 0x65 || peek() == 0x45 {
      position += 1
      if peek() == 0x2b || peek() == 0x2d { position += 1 }
      try digits()
    }
  }

  private mutating func digits() throws(JSONFault) {
    let start = position
    while let byte = peek(), byte >= 0x30, byte <= 0x39 { position += 1 }
    if position == start { throw fault }
  }

  private mutating func literal(_ text: StaticString) throws(JSONFault) {
    for index in 0..<text.utf8CodeUnitCount { try expect(text.utf8Start[index]) }
  }

  private mutating func expect(_ byte: UInt8) throws(JSONFault) {
    guard peek() == byte else { throw fault }
    position += 1
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private var fault: JSONFault { .malformed(at: position) }
}
