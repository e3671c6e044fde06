/// Days and dates of the proleptic Gregorian calendar, without a time zone.
enum CivilTime {
  /// A date.
  struct Date: Equatable {
    var year: Int
    var month: Int
    var day: Int
  }

  /// The date of a day counted from 1970-01-01 (the algorithm is Howard Hinnant's `civil_from_days`).
  static func date(ofDay number: Int64) -> Date {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return Date(year: Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), month: Int(month), day: Int(day))
  }

  /// The day of a date, counted from 1970-01-01 (`days_from_civil`).
  static func day(of date: Date) -> Int64 {
    let year = Int64(date.month <= 2 ? date.year - 1 : date.year)
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let month = Int64(date.month)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(date.day) - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// `yyyy-mm-dd`.
  static func text(_ date: Date) -> String {
    var bytes: [UInt8] = []
    write(date, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `yyyy-mm-ddThh:mm:ss.mmmZ` of milliseconds since the epoch.
  static func write(millis: Int64, to bytes: inout [UInt8]) {
    let days = floor(millis, 86_400_000)
    let rest = Int(millis - days * 86_400_000)
    write(date(ofDay: days), to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    write(rest / 3_600_000, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    write(rest / 60_000 % 60, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    write(rest / 1_000 % 60, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    write(rest % 1_000, digits: 3, to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// Division that rounds down.
  static func floor(_ value: Int64, _ by: Int64) -> Int64 { value >= 0 ? value / by : (value - by + 1) / by }

  private static func write(_ date: Date, to bytes: inout [UInt8]) {
    write(date.year, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    write(date.month, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    write(date.day, digits: 2, to: &bytes)
  }

  private static func write(_ number: Int, digits: Int, to bytes: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      bytes.append(0x30 + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}
