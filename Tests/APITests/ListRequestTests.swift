import HubContracts
import HubWire
import Orders
import Testing

@testable import API

/// What the lists of deliveries and of invoices are asked.
@Suite struct ListRequestTests {
  private let tenant: TenantID

  init() throws { tenant = try #require(TenantID("shop-1")) }

  private func deliveries(_ pairs: [(name: Text, value: Text)]) throws -> DeliveryQuery {
    try DeliveryQuery(pairs, tenant: tenant)
  }

  /// Where days begin five hours before those of UTC.
  private func invoices(_ pairs: [(name: Text, value: Text)]) throws -> InvoiceQuery {
    try InvoiceQuery(pairs, tenant: tenant) { Timestamp(millis: $0.dayNumber * 86_400_000 - 5 * 3_600_000) }
  }

  @Test func deliveriesAreAskedForByDayAndStatus() throws {
    let all = try deliveries([])
    #expect(all.tenant == tenant && all.from == nil && all.through == nil && all.statuses.isEmpty)
    #expect(all.after == nil && all.limit == 20)
    let day = try deliveries([("day", "2026-11-20"), ("status", "pending"), ("limit", "100")])
    #expect([day.from, day.through] == ["2026-11-20", "2026-11-20"])
    #expect(day.statuses == [.pending] && day.limit == 100)
    let days = try deliveries([("from", "2026-11-20"), ("to", "2026-12-01"), ("status", "failed,cancelled")])
    #expect([days.from, days.through] == ["2026-11-20", "2026-12-01"])
    #expect(days.statuses == [.failed, .cancelled])
    #expect(try deliveries([("from", "2026-11-20")]).through == nil)
    #expect(try deliveries([("to", "2026-11-20")]).from == nil)
  }

  @Test func aPlaceInAListOfDeliveriesIsReadBack() throws {
    let place = DeliveryPlace(day: "2026-11-20", id: DeliveryID(high: 7, low: 9))
    let read = try #require(try deliveries([("cursor", Text("\(place)"))]).after)
    #expect(read.day == place.day && read.id == place.id)
  }

  @Test(arguments: [
    ("day", "today"), ("day", "2026-02-30"), ("day", "2026-11-20T00:00:00Z"), ("day", "2026-11"), ("from", "x"),
    ("to", "2026-13-01"), ("status", "Pending"), ("status", "pending,"), ("status", "pending,pending"),
    ("status[$ne]", "pending"), ("limit", "0"), ("limit", "101"), ("cursor", "x"), ("cursor", "2026-11-20"),
    ("cursor", "2026-11-20.x"), ("cursor", "2026-02-30.0123456789abcdef01234567"),
    ("cursor", "1.2026-11-20.0123456789abcdef01234567"), ("after", "0123456789abcdef01234567"), ("page", "1"),
  ]) func aBadQueryOfDeliveriesIsRefusedByItsField(name: String, value: String) throws {
    let refusal = #expect(throws: Refusal.self) { try deliveries([(Text(name), Text(value))]) }
    #expect(refusal?.code == "validation_failed")
    #expect(refusal?.fields.map(\.path) == [name])
  }

  @Test(arguments: [
    [("day", "2026-11-20"), ("from", "2026-11-20")], [("day", "2026-11-20"), ("to", "2026-11-20")],
    [("day", "2026-11-20"), ("day", "2026-11-21")],
  ]) func aDayIsOneAndAlone(pairs: [(String, String)]) throws {
    let refusal = #expect(throws: Refusal.self) { try deliveries(pairs.map { (Text($0.0), Text($0.1)) }) }
    #expect(refusal?.fields.map(\.path) == ["day"])
  }

  @Test(arguments: [
    ("2026-11", "2026-11-01", "2026-12-01"), ("2026-12", "2026-12-01", "2027-01-01"),
    ("2024-02", "2024-02-01", "2024-03-01"), ("2026-02", "2026-02-01", "2026-03-01"),
    ("0000-01", "0000-01-01", "0000-02-01"),
  ]) func aMonthIsOneOfTheBusinesssTimeZone(month: String, first: String, next: String) throws {
    func start(_ day: String) throws -> Timestamp {
      let midnight = try #require(Timestamp(rfc3339: "\(day)T00:00:00Z"))
      return Timestamp(millis: midnight.millis - 5 * 3_600_000)
    }
    let query = try invoices([("month", Text(month)), ("status", "unpaid,partially_paid"), ("limit", "7")])
    #expect(try query.from == start(first))
    #expect(try query.before == start(next))
    #expect(query.statuses == [.unpaid, .partiallyPaid] && query.limit == 7)
  }

  @Test func invoicesAreAskedForWithoutAnythingToo() throws {
    let query = try invoices([])
    #expect(query.from == nil && query.before == nil && query.statuses.isEmpty && query.after == nil)
    #expect(query.limit == 20)
    #expect(try invoices([("month", "9999-12")]).before != nil)
    let place = InvoicePlace(createdAt: Timestamp(millis: -7), id: InvoiceID(high: 7, low: 9))
    let read = try #require(try invoices([("cursor", Text("\(place)"))]).after)
    #expect(read.createdAt == place.createdAt && read.id == place.id)
  }

  @Test(arguments: [
    ("month", "2026"), ("month", "2026-13"), ("month", "2026-00"), ("month", "2026-1"), ("month", "2026-11-01"),
    ("month", "2026-1a"), ("month", "next"), ("status", "open"), ("status", "unpaid,open"),
    ("status", "partially_refunded"), ("limit", "0"), ("limit", "1000"), ("cursor", "x"),
    ("cursor", "1.0123456789abcdef01234567.2"), ("cursor", "99999999999999999999.0123456789abcdef01234567"),
    ("cursor", ".0123456789abcdef01234567"), ("customer", "a"), ("day", "2026-11-20"),
  ]) func aBadQueryOfInvoicesIsRefusedByItsField(name: String, value: String) throws {
    let refusal = #expect(throws: Refusal.self) { try invoices([(Text(name), Text(value))]) }
    #expect(refusal?.code == "validation_failed")
    #expect(refusal?.fields.map(\.path) == [name])
  }
}
