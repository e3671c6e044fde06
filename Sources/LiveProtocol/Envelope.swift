import Orders

/// Where the parts of an event's envelope lie in the bytes that came from the bus. Nothing is copied; ranges of strings
/// include their quotes.
public struct Envelope: Sendable, Equatable {
  /// The place in the tenant's stream, if it has one.
  public var offset: Range<Int>?
  /// `orderId:seq`
  public var id: Range<Int>
  /// A whole number.
  public var seq: Range<Int>
  /// Whose event it is.
  public var tenant: Range<Int>
  /// What happened, such as `order:created`.
  public var type: Range<Int>
  /// Which order it happened to.
  public var orderID: Range<Int>
  /// The user name of the order's customer, if it has one.
  public var customer: Range<Int>?
  /// The user name of who sells it, if somebody does.
  public var seller: Range<Int>?
  /// The user name of the kiosk that placed it, if one did.
  public var kiosk: Range<Int>?
  /// When, as RFC 3339.
  public var at: Range<Int>
  /// What clients get, any JSON.
  public var data: Range<Int>

  /// How deep an envelope may nest.
  public static let depthLimit = 32
  /// How many members it may have.
  public static let memberLimit = 16

  /// Reads where the parts are. The whole message is checked: strict JSON, UTF-8, no name twice.
  public static func read(_ message: UnsafeRawBufferPointer) throws(JSONFault) -> Envelope {
    var found = [Range<Int>?](repeating: nil, count: names.count)
    var scanner = JSONScanner(message)
    try scanner.members(limit: memberLimit, depthLimit: depthLimit, { $0 }) { (name, value) throws(JSONFault) in
      guard let index = names.firstIndex(where: { equal(message, name, $0) }) else { return }
      if found[index] != nil { throw .duplicateName }
      found[index] = value
    }
    func string(_ index: Int) throws(JSONFault) -> Range<Int> {
      guard let range = found[index], message[range.lowerBound] == 0x22 else {
        throw .wrongMember("\(names[index])")
      }
      return range
    }
    let type = try string(4)
    guard EventType.isName(message[(type.lowerBound + 1)..<(type.upperBound - 1)]) else { throw .wrongMember("type") }
    func name(_ index: Int) throws(JSONFault) -> Range<Int>? { found[index] == nil ? nil : try string(index) }
    guard let data = found[7] else { throw .wrongMember("data") }
    guard let seq = found[2], message[seq].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { throw .wrongMember("seq") }
    return Envelope(
      offset: try name(0), id: try string(1), seq: seq, tenant: try string(3),
      type: type, orderID: try string(5), customer: try name(8), seller: try name(9), kiosk: try name(10),
      at: try string(6), data: data)
  }

  private static let names: [StaticString] = [
    "offset", "id", "seq", "tenant", "type", "orderId", "at", "data", "customer", "seller", "kiosk",
  ]

  /// Whether a string in the message, without its quotes, is `text`; escapes are not undone.
  static func equal(_ message: UnsafeRawBufferPointer, _ string: Range<Int>, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard string.count == count + 2 else { return false }
    for index in 0..<count where message[string.lowerBound + 1 + index] != text.utf8Start[index] { return false }
    return true
  }

  /// Whether the envelope is of this tenant.
  public func isOf(tenant name: String, in message: UnsafeRawBufferPointer) -> Bool {
    message[(tenant.lowerBound + 1)..<(tenant.upperBound - 1)].elementsEqual(name.utf8)
  }

  /// Milliseconds since 1970 of `at`, if it is written `yyyy-mm-ddThh:mm:ss.sssZ`.
  public func atMillis(in message: UnsafeRawBufferPointer) -> Int64? {
    guard at.count == 26 else { return nil }
    let text = UnsafeRawBufferPointer(rebasing: message[(at.lowerBound + 1)..<(at.upperBound - 1)])
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for index in range {
        guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
        value = value * 10 + Int64(text[index] - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), let milli = number(20..<23),
      (1...12).contains(month), text[10] == 0x54, text[23] == 0x5a
    else { return nil }
    // Days since the epoch by Howard Hinnant's `days_from_civil`: years begin in March.
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + milli
  }
}
