import Foundation
import HubRuntime
import HubWire
import Orders
import Testing

@Suite struct CalendarDaysTests {
  private func at(_ text: String) throws -> Timestamp {
    let date = try #require(ISO8601DateFormatter().date(from: text))
    return Timestamp(millis: Int64(date.timeIntervalSince1970) * 1_000)
  }

  @Test(arguments: [
    ("UTC", "2024-02-29T23:59:59Z", "2024-02-29", "2024-02-29T00:00:00Z"),
    ("UTC", "1969-12-31T23:59:59Z", "1969-12-31", "1969-12-31T00:00:00Z"),
    ("Asia/Kolkata", "2024-12-31T18:29:59Z", "2024-12-31", "2024-12-30T18:30:00Z"),
    ("Asia/Kolkata", "2024-12-31T18:30:00Z", "2025-01-01", "2024-12-31T18:30:00Z"),
    ("America/New_York", "2024-03-10T04:59:59Z", "2024-03-09", "2024-03-09T05:00:00Z"),
    ("America/New_York", "2024-03-11T03:59:59Z", "2024-03-10", "2024-03-10T05:00:00Z"),
    ("America/New_York", "2024-11-04T04:59:59Z", "2024-11-03", "2024-11-03T04:00:00Z"),
    // A zone that skips midnight: the day begins at one.
    ("America/Santiago", "2023-09-03T12:00:00Z", "2023-09-03", "2023-09-03T04:00:00Z"),
    ("Pacific/Kiritimati", "2026-11-26T10:00:00Z", "2026-11-27", "2026-11-26T10:00:00Z"),
    ("Pacific/Pago_Pago", "2026-11-27T10:59:59Z", "2026-11-26", "2026-11-26T11:00:00Z"),
    // A day of 23 hours, and one of 25.
    ("Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29", "2026-03-28T23:00:00Z"),
    ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25", "2026-10-24T22:00:00Z"),
    ("Asia/Kathmandu", "2024-06-01T18:15:00Z", "2024-06-02", "2024-06-01T18:15:00Z"),
  ])
  func knowsTheDayAndItsStart(zone: String, moment: String, day: String, start: String) throws {
    let calendar = try #require(CalendarDays(timeZone: zone))
    let moment = try at(moment)
    #expect(calendar.day(of: moment) == day)
    #expect(calendar.year(of: moment) == Int(day.prefix(4)))
    #expect(calendar.startOfDay(containing: moment) == (try at(start)))
    #expect(calendar.start(ofDay: day) == (try at(start)))
  }

  @Test(arguments: [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
  func aDayHasAsManyHoursAsItsZoneGivesIt(day: String, hours: Int64) throws {
    let calendar = try #require(CalendarDays(timeZone: "Europe/Berlin"))
    let date = try #require(CivilDate(day))
    let end = calendar.start(of: CivilDate(dayNumber: date.dayNumber + 1))
    #expect(end.millis - calendar.start(of: date).millis == hours * 3_600_000)
  }

  /// The zone went from one side of the date line to the other: there was no such day.
  /// What other systems write for no date is filed under its own day.
  @Test(arguments: [("UTC", "9999-12-31"), ("Pacific/Pago_Pago", "9999-12-30"), ("Pacific/Kiritimati", "9999-12-31")])
  func theLastDayOfTheCalendarIsOne(zone: String, day: String) throws {
    let calendar = try #require(CalendarDays(timeZone: zone))
    #expect(calendar.day(of: Timestamp(millis: 253_402_214_400_000)) == day)
    #expect(calendar.day(of: Timestamp(millis: 253_402_300_799_999)) == "9999-12-31")
    #expect(calendar.year(of: Timestamp(millis: .max)) == 9999)
    let start = try #require(calendar.start(ofDay: "9999-12-31"))
    #expect(calendar.day(of: start) == "9999-12-31")
  }

  @Test func aDayThatAZoneSkippedIsEmpty() throws {
    let calendar = try #require(CalendarDays(timeZone: "Pacific/Apia"))
    let days = try ["2011-12-29", "2011-12-30", "2011-12-31"].map { calendar.start(of: try #require(CivilDate($0))) }
    #expect(days[0] < days[1])
    #expect(days[1] == days[2])
  }

  @Test func daysOfAnyYearBeginSomewhere() throws {
    let calendar = try #require(CalendarDays(timeZone: "Pacific/Kiritimati"))
    for day in [Int64.min / 2, -719_528, 2_932_897, Int64.max / 4] {
      let start = calendar.start(of: CivilDate(dayNumber: max(min(day, 4_000_000), -1_000_000)))
      #expect((-62_200_000_000_000...253_500_000_000_000).contains(start.millis))
    }
  }

  @Test func agreesWithFoundationOverManyYears() throws {
    let name = "Europe/Berlin"
    let calendar = try #require(CalendarDays(timeZone: name))
    var reference = Calendar(identifier: .gregorian)
    reference.timeZone = try #require(TimeZone(identifier: name))
    var millis: Int64 = -300_000_000_000
    for _ in 0..<2_000 {
      let parts = reference.dateComponents(
        [.year, .month, .day], from: Date(timeIntervalSince1970: Double(millis) / 1_000))
      let day = String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
      #expect(calendar.day(of: Timestamp(millis: millis)) == day)
      millis += 1_234_567_890
    }
  }

  @Test(arguments: [
    "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "24-01-01", "2024-1-01", "2024-01-1x", "", "2024/01/01",
    "0000-01-01",
  ])
  func refusesWhatIsNoDay(text: String) throws {
    #expect(try #require(CalendarDays(timeZone: "UTC")).start(ofDay: text) == nil)
  }

  @Test func bearsAnyMomentAndRefusesUnknownZones() throws {
    let calendar = try #require(CalendarDays(timeZone: "Asia/Tokyo"))
    #expect(calendar.day(of: Timestamp(millis: .max)) == "9999-12-31")
    #expect(calendar.day(of: Timestamp(millis: .min)).hasPrefix("0001-01-0"))
    #expect(CalendarDays(timeZone: "Mars/Base") == nil)
  }
}
