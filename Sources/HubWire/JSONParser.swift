import Orders

/// A strict parser of RFC 8259.
///
/// Beyond the grammar it refuses what systems disagree about: a name twice in an object, lone surrogates, U+0000,
/// bytes that are not UTF-8, numbers of more than `numberLimitBytes`, and nesting deeper than `depthLimit`. Its stack use is bounded
/// by that depth, its memory by the text's length.
public struct JSONParser {
  /// How deep arrays and objects may nest.
  public static let depthLimit = 32
  /// How long a number's text may be.
  public static let numberLimitBytes = 64

  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  /// The one value that the text consists of.
  public static func parse(_ text: [UInt8]) throws(JSONProblem) -> JSON {
    let result: Result<JSON, JSONProblem> = text.withUnsafeBytes { buffer in
      var parser = JSONParser(bytes: buffer)
      do throws(JSONProblem) { return .success(try parser.document()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func document() throws(JSONProblem) -> JSON {
    skipSpace()
    if at == bytes.count { throw problem("the body is empty; JSON was expected") }
    let value = try value(depth: 0)
    skipSpace()
    if at < bytes.count { throw problem("something follows the JSON value") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONProblem) -> JSON {
    guard at < bytes.count else { throw problem("the text ends where a value was expected") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw problem("a value was expected")
    }
  }

  private mutating func object(depth: Int) throws(JSONProblem) -> JSON {
    try enter(depth)
    var members: [JSON.Member] = []
    var names: Set<Text> = []
    if closes(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw problem("a member's name was expected") }
      let start = at
      let name = try string()
      // A set pays off only for many members; a few are compared directly.
      let isNew = members.count < 8 ? !members.contains { $0.name == name } : names.insert(name).inserted
      guard isNew else { throw JSONProblem("the name \"\(name.start(64))\" stands twice in one object", offset: start) }
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw problem("':' was expected") }
      at += 1
      skipSpace()
      members.append(JSON.Member(name: name, value: try value(depth: depth)))
      if members.count == 8 { names = Set(members.map(\.name)) }
      if try !more(UInt8(ascii: "}")) { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws(JSONProblem) -> JSON {
    try enter(depth)
    var values: [JSON] = []
    if closes(UInt8(ascii: "]")) { return .array([]) }
    while true {
      skipSpace()
      values.append(try value(depth: depth))
      if try !more(UInt8(ascii: "]")) { return .array(values) }
    }
  }

  private mutating func enter(_ depth: Int) throws(JSONProblem) {
    if depth > Self.depthLimit { throw problem("it nests deeper than \(Self.depthLimit)") }
    at += 1
  }

  /// Whether the container is closed right away.
  private mutating func closes(_ end: UInt8) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == end else { return false }
    at += 1
    return true
  }

  /// Passes a comma (true) or the end (false).
  private mutating func more(_ end: UInt8) throws(JSONProblem) -> Bool {
    skipSpace()
    guard at < bytes.count else { throw problem("the text ends inside an array or object") }
    if bytes[at] == end {
      at += 1
      return false
    }
    guard bytes[at] == UInt8(ascii: ",") else { throw problem("',' or the end of the array or object was expected") }
    at += 1
    return true
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONProblem) -> JSON {
    let length = word.utf8CodeUnitCount
    guard bytes.count - at >= length,
      UnsafeRawBufferPointer(rebasing: bytes[at..<at + length]).elementsEqual(
        UnsafeRawBufferPointer(start: word.utf8Start, count: length))
    else { throw problem("a value was expected") }
    at += length
    return value
  }

  private mutating func number() throws(JSONProblem) -> Text {
    let start = at
    if bytes[at] == UInt8(ascii: "-") { at += 1 }
    if at < bytes.count, bytes[at] == UInt8(ascii: "0") { at += 1 } else { try digits() }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      try digits()
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
      try digits()
    }
    guard at - start <= Self.numberLimitBytes else {
      throw JSONProblem("a number has more than \(Self.numberLimitBytes) characters", offset: start)
    }
    return Text(decoding: bytes[start..<at])
  }

  private mutating func digits() throws(JSONProblem) {
    let start = at
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
    if at == start { throw problem("a digit was expected") }
  }

  private mutating func string() throws(JSONProblem) -> Text {
    let opening = at
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 {
      at += 1
    }
    var text: [UInt8]?
    if at < bytes.count, bytes[at] == UInt8(ascii: "\\") {
      var unescaped = Array(bytes[start..<at])
      try unescape(into: &unescaped)
      text = unescaped
    }
    guard at < bytes.count else { throw JSONProblem("a string does not end", offset: opening) }
    guard bytes[at] == UInt8(ascii: "\"") else { throw problem("a control character stands in a string unescaped") }
    let decoded =
      if let text { String(validating: text, as: UTF8.self) } else {
        String(validating: UnsafeRawBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
      }
    at += 1
    guard let decoded else { throw JSONProblem("a string is not UTF-8", offset: opening) }
    return Text(decoded)
  }

  /// Goes on from the first backslash to the closing quote, or to what cannot stand in a string.
  private mutating func unescape(into text: inout [UInt8]) throws(JSONProblem) {
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] >= 0x20 {
      guard bytes[at] == UInt8(ascii: "\\") else {
        text.append(bytes[at])
        at += 1
        continue
      }
      at += 1
      guard at < bytes.count else { return }
      let escape = bytes[at]
      at += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0c)
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"): try text.append(contentsOf: String(scalar()).utf8)
      default: throw JSONProblem("a backslash is followed by something that it does not escape", offset: at - 1)
      }
    }
  }

  private mutating func scalar() throws(JSONProblem) -> Unicode.Scalar {
    let start = at - 2
    let first = try hex4()
    var code = first
    if (0xd800...0xdbff).contains(first) {
      guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
        throw JSONProblem("a lone surrogate stands in a string", offset: start)
      }
      at += 2
      let second = try hex4()
      guard (0xdc00...0xdfff).contains(second) else {
        throw JSONProblem("a lone surrogate stands in a string", offset: start)
      }
      code = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw JSONProblem("a lone surrogate stands in a string", offset: start)
    }
    guard code != 0 else { throw JSONProblem("U+0000 stands in a string", offset: start) }
    return scalar
  }

  private mutating func hex4() throws(JSONProblem) -> UInt32 {
    guard bytes.count - at >= 4 else { throw problem("four hex digits were expected") }
    var code: UInt32 = 0
    for _ in 0..<4 {
      switch bytes[at] {
      case 0x30...0x39: code = code << 4 | UInt32(bytes[at] - 0x30)
      case 0x41...0x46: code = code << 4 | UInt32(bytes[at] - 0x37)
      case 0x61...0x66: code = code << 4 | UInt32(bytes[at] - 0x57)
      default: throw problem("four hex digits were expected")
      }
      at += 1
    }
    return code
  }

  private mutating func skipSpace() {
    while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0a || bytes[at] == 0x0d || bytes[at] == 0x09 { at += 1 }
  }

  private func problem(_ message: String) -> JSONProblem { JSONProblem(message, offset: at) }
}
