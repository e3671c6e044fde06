public import Orders

extension Timestamp {
  /// Appends `2026-11-20T21:09:55.123Z`; 24 bytes for the years 0 to 9999, to which others are clamped.
  public func write(to bytes: inout [UInt8]) {
    let clamped = min(max(millis, Self.earliest), Self.latest)
    let day = floorDivide(clamped, 86_400_000)
    let rest = clamped - day * 86_400_000
    CivilDate(dayNumber: day).write(to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    append(rest / 3_600_000, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(rest / 60_000 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(rest / 1_000 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    append(rest % 1_000, 3, to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// `2026-11-20T21:09:55.123Z`
  public var rfc3339: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads `2026-11-20T21:09:55Z`, with up to 9 digits of a second (cut to milliseconds) and any offset. Nil for anything
  /// else, a date alone too: a day is one of a time zone, see `WrittenTime`.
  public init?(rfc3339 text: String) {
    guard case .moment(let moment) = WrittenTime(Text(text)) else { return nil }
    self = moment
  }

  private static let earliest: Int64 = -62_167_219_200_000
  private static let latest: Int64 = 253_402_300_799_999
}

/// When a day begins where the business is.
public typealias DayStart = @Sendable (CivilDate) -> Timestamp

/// A time as somebody wrote it: a moment of RFC 3339, or a day alone.
public enum WrittenTime: Sendable, Equatable {
  /// A moment.
  case moment(Timestamp)
  /// A day of the business's time zone.
  case day(CivilDate)

  /// Nil for a text that is neither.
  public init?(_ text: Text) {
    // The longest that is read has 35 bytes: what is longer is not copied.
    guard text.utf8.count <= 64 else { return nil }
    var scanner = TimeScanner(Array(text.utf8))
    guard let date = scanner.date() else { return nil }
    if scanner.isAtEnd {
      self = .day(date)
      return
    }
    guard let time = scanner.time() else { return nil }
    self = .moment(Timestamp(millis: date.dayNumber * 86_400_000 + time))
  }

  /// The moment, or the first one of the day.
  public func start(_ startOfDay: DayStart) -> Timestamp {
    switch self {
    case .moment(let moment): moment
    case .day(let date): startOfDay(date)
    }
  }

  /// The moment, or the first one after the day.
  public func end(_ startOfDay: DayStart) -> Timestamp {
    switch self {
    case .moment(let moment): moment
    case .day(let date): startOfDay(CivilDate(dayNumber: date.dayNumber + 1))
    }
  }
}

/// Appends the last `width` digits of a number that is not negative.
private func append(_ value: Int64, _ width: Int, to bytes: inout [UInt8]) {
  var divisor: Int64 = width == 4 ? 1000 : width == 3 ? 100 : 10
  while divisor > 0 {
    bytes.append(0x30 + UInt8(value / divisor % 10))
    divisor /= 10
  }
}

/// A day of the Gregorian calendar.
public struct CivilDate: Sendable, Equatable {
  /// The year.
  public let year: Int64
  /// 1…12
  public let month: Int64
  /// 1…31
  public let day: Int64

  /// The day so many days after 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  public init(dayNumber: Int64) {
    let shifted = dayNumber + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// A day that exists, of the years 0…9999; nil otherwise.
  public init?(year: Int64, month: Int64, day: Int64) {
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[Int(month) - 1] else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// Reads `yyyy-mm-dd` of a day that exists; nil for anything else.
  public init?(_ text: String) {
    // The longest that is read has 35 bytes: what is longer is not copied.
    guard text.utf8.count <= 64 else { return nil }
    var scanner = TimeScanner(Array(text.utf8))
    guard let date = scanner.date(), scanner.isAtEnd else { return nil }
    self = date
  }

  /// `yyyy-mm-dd`
  public var text: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `yyyy-mm-dd`.
  func write(to bytes: inout [UInt8]) {
    append(year, 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(month, 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(day, 2, to: &bytes)
  }

  /// Days since 1970-01-01.
  public var dayNumber: Int64 {
    let year = month <= 2 ? self.year - 1 : self.year
    let era = floorDivide(year, 400)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Division that rounds down; the divisor is positive.
public func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
  value >= 0 ? value / divisor : (value - divisor + 1) / divisor
}

/// Reads the parts of an RFC 3339 text.
private struct TimeScanner {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  mutating func date() -> CivilDate? {
    guard let year = digits(4), pass("-"), let month = digits(2), pass("-"), let day = digits(2) else { return nil }
    return CivilDate(year: year, month: month, day: day)
  }

  /// The time of day and the offset, as milliseconds after the UTC midnight of the date.
  mutating func time() -> Int64? {
    guard pass("T") || pass("t"), let hour = digits(2), pass(":"), let minute = digits(2), pass(":"),
      let second = digits(2), hour < 24, minute < 60, second < 60, let millis = fraction(), let offset = offset(),
      isAtEnd
    else { return nil }
    return ((hour * 60 + minute) * 60 + second) * 1_000 + millis - offset * 60_000
  }

  private mutating func fraction() -> Int64? {
    guard pass(".") else { return 0 }
    var millis: Int64 = 0
    var count = 0
    while at < bytes.count, (0x30...0x39).contains(bytes[at]), count < 9 {
      if count < 3 { millis = millis * 10 + Int64(bytes[at] - 0x30) }
      count += 1
      at += 1
    }
    guard count > 0 else { return nil }
    for _ in count..<max(count, 3) { millis *= 10 }
    return millis
  }

  private mutating func offset() -> Int64? {
    if pass("Z") || pass("z") { return 0 }
    let sign: Int64 = pass("+") ? 1 : pass("-") ? -1 : 0
    guard sign != 0, let hour = digits(2), pass(":"), let minute = digits(2), hour < 24, minute < 60 else { return nil }
    return sign * (hour * 60 + minute)
  }

  private mutating func digits(_ count: Int) -> Int64? {
    guard bytes.count - at >= count else { return nil }
    var value: Int64 = 0
    for _ in 0..<count {
      guard (0x30...0x39).contains(bytes[at]) else { return nil }
      value = value * 10 + Int64(bytes[at] - 0x30)
      at += 1
    }
    return value
  }

  private mutating func pass(_ character: Character) -> Bool {
    guard at < bytes.count, bytes[at] == character.asciiValue else { return false }
    at += 1
    return true
  }
}
