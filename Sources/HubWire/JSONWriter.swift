public import Orders

/// Writes JSON into bytes, without a tree between.
///
/// The caller opens and closes objects and arrays; the writer sets the commas. Names are literals that need no escape.
public struct JSONWriter: Sendable {
  /// What was written.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// An empty text with room for so many bytes.
  public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  /// Opens an object.
  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  /// Closes an object.
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  /// Opens an array.
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  /// Closes an array.
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name; its value comes next.
  public mutating func name(_ name: StaticString) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A member's name that is not a literal; its value comes next.
  public mutating func name(text: String) {
    string(text)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A member's name that is data; its value comes next.
  public mutating func name(text: Text) { name(text: text.string) }

  /// A string.
  public mutating func string(_ text: String) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { append(escaping: $0) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// A string.
  public mutating func string(_ text: Text) { string(text.string) }

  /// A string, or null.
  public mutating func string(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  /// A string that needs no escape.
  public mutating func ascii(_ text: StaticString) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// 24 hex digits as a string.
  public mutating func id<Entity>(_ id: Identifier<Entity>) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    id.write(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// RFC 3339, UTC, milliseconds.
  public mutating func time(_ time: Timestamp) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    time.write(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// An integer.
  public mutating func number(_ value: Int64) {
    comma()
    append(decimal: value)
    needsComma = true
  }

  /// An amount, exact.
  public mutating func money(_ money: Money) {
    comma()
    money.write(to: &bytes)
    needsComma = true
  }

  /// A quantity, exact.
  public mutating func quantity(_ quantity: Quantity) {
    comma()
    quantity.write(to: &bytes)
    needsComma = true
  }

  /// true or false.
  public mutating func bool(_ value: Bool) {
    raw(value ? "true" : "false")
  }

  /// null.
  public mutating func null() { raw("null") }

  /// A value that is JSON already.
  public mutating func raw(_ json: some Collection<UInt8>) {
    comma()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  // MARK: Members

  /// A member that is a string, or null.
  public mutating func member(_ name: StaticString, _ text: String?) {
    self.name(name)
    string(text)
  }
  /// A member that is a string, or null.
  public mutating func member(_ name: StaticString, _ text: Text?) { member(name, text?.string) }
  /// A member that is an identity, or null.
  public mutating func member<Entity>(_ name: StaticString, _ id: Identifier<Entity>?) {
    self.name(name)
    if let id { self.id(id) } else { null() }
  }
  /// A member that is a moment, or null.
  public mutating func member(_ name: StaticString, _ time: Timestamp?) {
    self.name(name)
    if let time { self.time(time) } else { null() }
  }
  /// A member that is an integer.
  public mutating func member(_ name: StaticString, _ number: Int64) {
    self.name(name)
    self.number(number)
  }
  /// A member that is an integer.
  public mutating func member(_ name: StaticString, _ number: Int) { member(name, Int64(number)) }
  /// A member that is an amount.
  public mutating func member(_ name: StaticString, _ money: Money) {
    self.name(name)
    self.money(money)
  }
  /// A member that is a quantity, or null.
  public mutating func member(_ name: StaticString, _ quantity: Quantity?) {
    self.name(name)
    if let quantity { self.quantity(quantity) } else { null() }
  }
  /// A member that is true or false.
  public mutating func member(_ name: StaticString, _ value: Bool) {
    self.name(name)
    bool(value)
  }
  /// A member that is JSON already.
  public mutating func member(_ name: StaticString, raw json: some Collection<UInt8>) {
    self.name(name)
    raw(json)
  }
  /// A member that is an array of what `element` writes.
  public mutating func member<Element>(
    _ name: StaticString, _ elements: some Sequence<Element>, _ element: (inout JSONWriter, Element) -> Void
  ) {
    self.name(name)
    beginArray()
    for each in elements { element(&self, each) }
    endArray()
  }

  private mutating func raw(_ text: StaticString) {
    comma()
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    comma()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
    var clean = 0
    for index in text.indices {
      let byte = text[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      bytes.append(contentsOf: text[clean..<index])
      clean = index + 1
      bytes.append(UInt8(ascii: "\\"))
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
      case 0x0a: bytes.append(UInt8(ascii: "n"))
      case 0x0d: bytes.append(UInt8(ascii: "r"))
      case 0x09: bytes.append(UInt8(ascii: "t"))
      default:
        bytes.append(contentsOf: "u00".utf8)
        for nibble in [byte >> 4, byte & 15] { bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
      }
    }
    bytes.append(contentsOf: text[clean...])
  }

  private mutating func append(decimal value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var magnitude = value.magnitude
    let start = bytes.count
    repeat {
      bytes.append(0x30 + UInt8(magnitude % 10))
      magnitude /= 10
    } while magnitude > 0
    bytes[start...].reverse()
  }
}
