import HubWire
import Orders

/// MessagePack as JSON, as a Node process would show what Socket.IO's emitter gave it (notepack.io, versions 2 and 3).
extension MessagePackReader {
  /// How many binaries an event may have: what clients take.
  static let attachmentLimit = 10

  /// Writes the next value, and puts binaries aside.
  mutating func write(
    to json: inout JSONWriter, attachments: inout [[UInt8]], depth: Int
  ) throws(EmitterFault) {
    switch try next() {
    case .null: json.null()
    case .bool(let value): json.bool(value)
    case .integer(let value): json.number(value)
    case .large(let value): json.raw(String(value).utf8)
    case .float(let value): json.float(value)
    case .text(let range): json.string(text(range))
    case .binary(let range): try attach(range, &json, &attachments)
    case .fixedExtension(let type, let range):
      try writeExtension(type, range, isFixed: true, &json, &attachments)
    case .extended(let type, let range):
      try writeExtension(type, range, isFixed: false, &json, &attachments)
    case .array(let count):
      let inner = try Self.inner(depth)
      json.beginArray()
      for _ in 0..<count { try write(to: &json, attachments: &attachments, depth: inner) }
      json.endArray()
    case .map(let count):
      let inner = try Self.inner(depth)
      json.beginObject()
      for _ in 0..<count { try writeMember(to: &json, attachments: &attachments, depth: inner) }
      json.endObject()
    }
  }

  private mutating func writeMember(
    to json: inout JSONWriter, attachments: inout [[UInt8]], depth: Int
  ) throws(EmitterFault) {
    guard case .text(let range) = try next() else { throw EmitterFault("a name in a map is no string") }
    if isAtUndefined { return try skip(depth: depth) }
    json.name(text: text(range))
    try write(to: &json, attachments: &attachments, depth: depth)
  }

  private func attach(
    _ range: Range<Int>, _ json: inout JSONWriter, _ attachments: inout [[UInt8]]
  ) throws(EmitterFault) {
    guard attachments.count < Self.attachmentLimit else {
      throw EmitterFault("more than \(Self.attachmentLimit) binaries")
    }
    json.beginObject()
    json.member("_placeholder", true)
    json.member("num", attachments.count)
    json.endObject()
    attachments.append(Array(bytes[range]))
  }

  private func writeExtension(
    _ type: Int8, _ range: Range<Int>, isFixed: Bool, _ json: inout JSONWriter, _ attachments: inout [[UInt8]]
  ) throws(EmitterFault) {
    if type == -1, let time = timestamp(range) { return json.date(time) }
    if type == 0 {
      if isFixed, range.count == 1 { return json.null() }
      if isFixed, range.count == 8 { return json.date(Int64(bitPattern: number(at: range.lowerBound, count: 8))) }
      if !isFixed { return try attach(range, &json, &attachments) }
    }
    json.beginArray()
    json.number(Int64(type))
    try attach(range, &json, &attachments)
    json.endArray()
  }

  /// Milliseconds since 1970 of MessagePack's own timestamp; far out for what no number of them holds.
  private func timestamp(_ range: Range<Int>) -> Int64? {
    let start = range.lowerBound
    let (seconds, nanos): (Int64, UInt64)
    switch range.count {
    case 4: (seconds, nanos) = (Int64(number(at: start, count: 4)), 0)
    case 8:
      let both = number(at: start, count: 8)
      (seconds, nanos) = (Int64(both & 0x3_ffff_ffff), both >> 34)
    case 12: (seconds, nanos) = (Int64(bitPattern: number(at: start + 4, count: 8)), number(at: start, count: 4))
    default: return nil
    }
    let (millis, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000)
    let (sum, isOver) = millis.addingReportingOverflow(Int64(nanos / 1_000_000))
    return isTooFar || isOver ? .max : sum
  }
}

extension JSONWriter {
  /// From here on a browser's numbers are no whole ones any more.
  private static let wholeLimit = 9_007_199_254_740_992.0
  /// A browser's dates end so many milliseconds before and after 1970.
  private static let dateLimitMs: Int64 = 8_640_000_000_000_000
  /// 400 years, after which the calendar repeats.
  private static let cycleMs: Int64 = 146_097 * 86_400_000
  private static let cycleYears: Int64 = 400
  /// The year 2000.
  private static let cycleStartMs: Int64 = 946_684_800_000

  /// A number; null for what JSON has none for.
  fileprivate mutating func float(_ value: Double) {
    if !value.isFinite {
      null()
    } else if value.magnitude < Self.wholeLimit, let whole = Int64(exactly: value) {
      number(whole)
    } else {
      raw("\(value)".utf8)
    }
  }

  /// A date as JavaScript writes it: years beyond 0…9999 have a sign and six digits; null for none.
  fileprivate mutating func date(_ millis: Int64) {
    guard (-Self.dateLimitMs...Self.dateLimitMs).contains(millis) else { return null() }
    var cycles = (millis - Self.cycleStartMs) / Self.cycleMs
    if (millis - Self.cycleStartMs) % Self.cycleMs < 0 { cycles -= 1 }
    let within = Timestamp(millis: millis - cycles * Self.cycleMs).rfc3339
    let year = (Int64(within.prefix(4)) ?? 0) + cycles * Self.cycleYears
    let digits = String(year.magnitude)
    let isPlain = (0...9_999).contains(year)
    let zeros = String(repeating: "0", count: max(0, (isPlain ? 4 : 6) - digits.utf8.count))
    string((isPlain ? "" : year < 0 ? "-" : "+") + zeros + digits + within.dropFirst(4))
  }
}
