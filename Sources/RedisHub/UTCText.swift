import Orders

/// A moment as RFC 3339 in UTC with milliseconds: `2026-01-31T08:05:09.007Z`.
enum UTCText {
  private static let dayMillis: Int64 = 86_400_000
  /// 0000-01-01 and the end of 9999: beyond them a year has not four digits.
  private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// Appends it; what lies beyond the years of four digits is written as their first or last moment.
  static func write(_ time: Timestamp, to bytes: inout [UInt8]) {
    let millis = min(max(time.millis, range.lowerBound), range.upperBound)
    let since = millis - range.lowerBound
    let (year, month, day) = date(since / dayMillis)
    let rest = since % dayMillis
    digits(year, 4, &bytes, "-")
    digits(month, 2, &bytes, "-")
    digits(day, 2, &bytes, "T")
    digits(rest / 3_600_000, 2, &bytes, ":")
    digits(rest / 60_000 % 60, 2, &bytes, ":")
    digits(rest / 1_000 % 60, 2, &bytes, ".")
    digits(rest % 1_000, 3, &bytes, "Z")
  }

  /// The calendar date so many days after 0000-01-01, counted in years that begin in March.
  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days - 60 + 146_097
    let era = shifted / 146_097 - 1
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func digits(_ number: Int64, _ count: Int, _ bytes: inout [UInt8], _ after: Unicode.Scalar) {
    var divisor: Int64 = 1
    for _ in 1..<count { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
    bytes.append(UInt8(truncatingIfNeeded: after.value))
  }
}
