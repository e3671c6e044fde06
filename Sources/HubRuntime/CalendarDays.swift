import Foundation
public import HubWire
public import Orders

/// The calendar of one time zone: which day a moment falls on, and when a day begins. Safe and quick from any thread.
public final class CalendarDays: Sendable {
  private struct Cache {
    var offsets: [Int64: Int64] = [:]
    var day: Int64 = .min
    var text = ""
  }
  private let cache = Locked(Cache())
  private let zone: TimeZone
  private let isUTC: Bool

  /// How many offsets are kept.
  private static let offsetLimit = 4_096
  /// Zones change their offset at whole quarters of an hour of UTC.
  private static let quarterSeconds: Int64 = 900
  private static let daySeconds: Int64 = 86_400
  /// Moments are held within years 1 to 9999, with a day to spare before them for any zone.
  private static let millisRange: ClosedRange<Int64> = -62_135_510_400_000...253_402_300_799_999

  /// From 0001-01-01 to 10000-01-01.
  private static let dayRange: ClosedRange<Int64> = -719_162...2_932_897

  /// The calendar of a zone by its IANA name (`Asia/Kolkata`, `UTC`); nil if there is none of that name.
  public init?(timeZone name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
    isUTC = name == "UTC"
  }

  /// The day of a moment, `yyyy-mm-dd`.
  public func day(of moment: Timestamp) -> String {
    let number = wholeDayNumber(moment)
    if let text = cache.with({ $0.day == number ? $0.text : nil }) { return text }
    let text = CivilDate(dayNumber: number).text
    cache.with { cache in
      cache.day = number
      cache.text = text
    }
    return text
  }

  /// The year of a moment.
  public func year(of moment: Timestamp) -> Int { Int(CivilDate(dayNumber: wholeDayNumber(moment)).year) }

  /// The last moments of UTC's year 9999 are of 10000 where the day begins earlier: they stay with 9999's last day.
  private func wholeDayNumber(_ moment: Timestamp) -> Int64 {
    min(dayNumber(seconds(moment)), Self.dayRange.upperBound - 1)
  }

  /// When the day that a moment falls on began.
  public func startOfDay(containing moment: Timestamp) -> Timestamp { start(ofDay: dayNumber(seconds(moment))) }

  /// When a day `yyyy-mm-dd` begins: at midnight, or at the first moment after it where a zone skips midnight. Nil if
  /// there is no such day.
  public func start(ofDay text: String) -> Timestamp? {
    guard text.utf8.count == 10, let date = CivilDate(text), date.year > 0 else { return nil }
    return start(of: date)
  }

  /// When a day begins, of the years 1 to 9999 and the first of 10000; of another year the nearest of these.
  public func start(of date: CivilDate) -> Timestamp {
    start(ofDay: min(max(date.dayNumber, Self.dayRange.lowerBound), Self.dayRange.upperBound))
  }

  private func start(ofDay number: Int64) -> Timestamp {
    let midnight = number * Self.daySeconds
    if isUTC { return Timestamp(millis: midnight * 1_000) }
    // The first second of the day, between two that are surely before and not before it.
    var before = midnight - 26 * 3_600
    var after = midnight + 26 * 3_600
    while after - before > 1 {
      let middle = before + (after - before) / 2
      if dayNumber(middle) < number { before = middle } else { after = middle }
    }
    return Timestamp(millis: after * 1_000)
  }

  private func seconds(_ moment: Timestamp) -> Int64 {
    let millis = min(max(moment.millis, Self.millisRange.lowerBound), Self.millisRange.upperBound)
    return floorDivide(millis, 1_000)
  }

  private func dayNumber(_ seconds: Int64) -> Int64 { floorDivide(seconds + offset(seconds), Self.daySeconds) }

  private func offset(_ seconds: Int64) -> Int64 {
    if isUTC { return 0 }
    let quarter = floorDivide(seconds, Self.quarterSeconds)
    if let known = cache.with({ $0.offsets[quarter] }) { return known }
    let start = Date(timeIntervalSince1970: Double(quarter * Self.quarterSeconds))
    let offset = Int64(zone.secondsFromGMT(for: start))
    cache.with { cache in
      if cache.offsets.count >= Self.offsetLimit { cache.offsets.removeAll(keepingCapacity: true) }
      cache.offsets[quarter] = offset
    }
    return offset
  }
}
