import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API

/// A date alone is a day of the business's time zone: in bodies, in filters, in sums and in what they show.
@Suite struct DayTests {
  /// A zone, what the time is, which day that is there, and when that day begins and ends in UTC.
  struct Place: Sendable {
    var zone: String
    var now: String
    var today: String
    var start: String
    var end: String
  }

  static let places = [
    // The first and the last to have a day.
    Place(
      zone: "Pacific/Kiritimati", now: "2026-11-26T20:00:00Z", today: "2026-11-27", start: "2026-11-26T10:00:00.000Z",
      end: "2026-11-27T10:00:00.000Z"),
    Place(
      zone: "Pacific/Pago_Pago", now: "2026-11-28T05:00:00Z", today: "2026-11-27", start: "2026-11-27T11:00:00.000Z",
      end: "2026-11-28T11:00:00.000Z"),
    Place(
      zone: "UTC", now: "2026-11-27T12:00:00Z", today: "2026-11-27", start: "2026-11-27T00:00:00.000Z",
      end: "2026-11-28T00:00:00.000Z"),
    // Days of 23 and of 25 hours.
    Place(
      zone: "Europe/Berlin", now: "2026-03-29T12:00:00Z", today: "2026-03-29", start: "2026-03-28T23:00:00.000Z",
      end: "2026-03-29T22:00:00.000Z"),
    Place(
      zone: "Europe/Berlin", now: "2026-10-25T12:00:00Z", today: "2026-10-25", start: "2026-10-24T22:00:00.000Z",
      end: "2026-10-25T23:00:00.000Z"),
  ]

  private static let order = #""customer":{"name":"G"},"items":[{"productId":"A","quantity":9,"unitPrice":10}]"#

  private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

  @Test(arguments: places) func aDateInABodyIsADayThere(place: Place) async throws {
    try await withShop { shop in
      let now = try at(place.now)
      shop.clock.set(now)
      let token = try shop.token(.admin, at: now, seconds: 100_000)
      let api = try await shop.process(zone: place.zone)
      let made = try await api.ask(
        .post, "/api/orders", token: token, body: "{\(Self.order),\"deliveryDate\":\"\(place.today)\"}")
      #expect(made.json["order"]?["deliveryDate"]?.text == place.start)
      let id = try #require(made.json["order"]?["id"]?.text)
      for (date, counts) in [(place.today, true), (place.start, true), (place.end, false)] {
        let before = try await today(api, token)
        let delivered = try await api.ask(
          .post, "/api/orders/\(id)/deliveries", token: token,
          body: #"{"items":[{"productId":"A","quantity":1}],"date":"\#(date)"}"#)
        #expect(delivered.status == 201)
        let shown = try #require(delivered.json["delivery"]?["date"]?.text)
        #expect(shown == (date == place.end ? place.end : place.start))
        let after = try await today(api, token)
        #expect(after.count == before.count + (counts ? 1 : 0), "\(date)")
        #expect(after.stats == after.count)
      }
      let list = try await api.ask(.get, "/api/deliveries/today", token: token)
      #expect(list.json["day"]?.text == place.today)
    }
  }

  /// How many deliveries there are today, by the list and by the sums.
  private func today(_ api: OrderAPI, _ token: String) async throws -> (count: Int, stats: Int) {
    let list = try await api.ask(.get, "/api/deliveries/today", token: token)
    let sums = try await api.ask(.get, "/api/orders/stats", token: token)
    guard case .number(let count)? = sums.json["today"]?["count"] else { return (-1, -2) }
    return (list.json["deliveries"]?.items.count ?? -1, try #require(Int(count.string)))
  }

  @Test(arguments: places) func aDateInAFilterIsADayThere(place: Place) async throws {
    try await withShop { shop in
      let (start, end) = (try at(place.start), try at(place.end))
      let token = try shop.token(.admin, at: Timestamp(millis: start.millis - 10_000), seconds: 200_000)
      // Just before the day, at its first moment, near its end, and just after: nothing depends on how fast it goes.
      var ids: [String] = []
      for millis in [start.millis - 300_000, start.millis, end.millis - 300_000, end.millis] {
        shop.clock.set(Timestamp(millis: millis))
        let api = try await shop.process(hasRedis: false, zone: place.zone)
        let token = try shop.token(.admin, at: Timestamp(millis: millis), seconds: 100)
        let made = try await api.ask(.post, "/api/orders", token: token, body: "{\(Self.order)}")
        ids.append(try #require(made.json["order"]?["id"]?.text))
      }
      shop.clock.set(try at(place.now))
      let api = try await shop.process(hasRedis: false, zone: place.zone)
      let found = try await api.ask(
        .get, "/api/orders", token: token,
        query: [("startDate", place.today), ("endDate", place.today), ("sort", "createdAt")])
      #expect(found.json["orders"]?.items.compactMap { $0["id"]?.text } == Array(ids[1...2]))
      let since = try await api.ask(
        .get, "/api/orders", token: token, query: [("startDate", place.today), ("sort", "createdAt")])
      #expect(since.json["orders"]?.items.compactMap { $0["id"]?.text } == Array(ids[1...]))
      let until = try await api.ask(
        .get, "/api/orders", token: token, query: [("endDate", place.today), ("sort", "createdAt")])
      #expect(until.json["orders"]?.items.compactMap { $0["id"]?.text } == Array(ids[...2]))
    }
  }

  @Test(arguments: ["Asia/Kolkata", "Pacific/Kiritimati", "America/New_York"])
  func theFirstAndTheLastDayThatMayBeNamedAreAllowedEverywhere(zone: String) async throws {
    try await withShop { shop in
      let token = try shop.token(.admin)
      let api = try await shop.process(hasRedis: false, zone: zone)
      for (day, status) in [("1970-01-01", 201), ("9999-12-31", 201), ("1969-12-30", 422), ("0000-01-01", 422)] {
        let made = try await api.ask(
          .post, "/api/orders", token: token, body: "{\(Self.order),\"deliveryDate\":\"\(day)\"}")
        #expect(made.status == status, "\(day)")
      }
      let all = try await api.ask(
        .get, "/api/orders", token: token, query: [("startDate", "0000-01-01"), ("endDate", "9999-12-31")])
      #expect(all.json["orders"]?.items.count == 2)
    }
  }
}
