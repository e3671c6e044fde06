public import HubRuntime
public import HubWire
public import Orders

/// The tenant's calendar: what day and year a moment belongs to.
public struct BusinessCalendar: Sendable {
  /// `yyyy-mm-dd`
  public let day: @Sendable (Timestamp) -> String
  /// The calendar year.
  public let year: @Sendable (Timestamp) -> Int
  /// When a day begins.
  public let start: DayStart
  /// Names a calendar; its days begin at midnight UTC if nothing else is said.
  public init(
    day: @escaping @Sendable (Timestamp) -> String, year: @escaping @Sendable (Timestamp) -> Int,
    start: @escaping DayStart = { Timestamp(millis: $0.dayNumber * 86_400_000) }
  ) {
    self.day = day
    self.year = year
    self.start = start
  }

  /// The calendar of a zone.
  public init(_ days: CalendarDays) {
    self.init(day: { days.day(of: $0) }, year: { days.year(of: $0) }, start: { days.start(of: $0) })
  }
}
