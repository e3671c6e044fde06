import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import OrderDesk

/// What tenants go by is at hand, follows what is stored, and costs a bounded number of questions.
@Suite struct TenantBookTests {
  private static func tenant(_ index: Int) throws -> TenantID { try #require(TenantID("t\(index)")) }

  private func book(_ store: CountedTenants, limit: Int = 10_000) throws -> TenantBook {
    let usd = try #require(Currency("USD"))
    let fixed = { @Sendable (day: String) in BusinessCalendar(day: { _ in day }, year: { _ in 2026 }) }
    return TenantBook(
      store: store,
      standard: StandardTerms(
        calendar: fixed("standard"), timeZone: "UTC", currency: usd,
        calendarOf: { $0 == "Nowhere/Known" ? nil : fixed($0.string) }), limit: limit)
  }

  private func day(_ terms: TenantTerms?) -> String? { terms?.calendar.day(Timestamp(millis: 0)) }

  @Test func aTenantIsReadOnceAndThenAtHand() async throws {
    let store = CountedTenants()
    let (one, two) = (try Self.tenant(1), try Self.tenant(2))
    store.set(one, #"{"timeZone":"Asia/Kolkata","currency":"INR"}"#)
    let book = try book(store)
    #expect(book.atHand(one) == nil)
    let terms = try await book.terms(of: one)
    #expect(day(terms) == "Asia/Kolkata" && terms.currency.code == "INR" && terms.timeZone == "Asia/Kolkata")
    #expect(day(book.atHand(one)) == "Asia/Kolkata")
    let none = try await book.terms(of: two)
    #expect(day(none) == "standard" && none.currency.code == "USD" && none.workflow == .delivery)
    for _ in 0..<100 { _ = try await (book.terms(of: one), book.terms(of: two)) }
    #expect(store.reads == 2)
  }

  @Test func aChangeIsFoundByTheNextLookAlone() async throws {
    let store = CountedTenants()
    let one = try Self.tenant(1)
    let book = try book(store)
    _ = try await book.terms(of: one)
    for (json, zone) in [(#"{"timeZone":"A"}"#, "A"), (#"{"timeZone":"B"}"#, "B"), ("{}", "standard")] {
      store.set(one, json)
      try await book.round()
      #expect(day(book.atHand(one)) == zone)
    }
    store.set(one, #"{"timeZone":"C"}"#)
    try await book.round()
    // Gone, and there anew with a revision that was there before.
    store.remove(one)
    try await book.round()
    #expect(day(book.atHand(one)) == "standard")
    store.set(one, #"{"timeZone":"D"}"#)
    try await book.round()
    #expect(day(book.atHand(one)) == "D")
  }

  @Test func whereNothingChangedALookIsOneQuestion() async throws {
    let store = CountedTenants()
    let book = try book(store)
    let tenants = try (0..<50).map(Self.tenant)
    for tenant in tenants { store.set(tenant, "{}") }
    #expect(try await book.terms(of: tenants).count == 50)
    #expect(store.reads == 1, "a page at a time")
    for _ in 0..<10 { try await book.round() }
    #expect(store.reads == 1 && store.looks == 10)
    // Whom nobody asks for is not looked at for ever.
    for _ in 0..<TenantBook.idleRounds { try await book.round() }
    #expect(tenants.allSatisfy { book.atHand($0) == nil })
    let before = store.looks
    try await book.round()
    #expect(store.looks == before)
  }

  @Test func whoHearsOfAChangeLooksAtOnce() async throws {
    let store = CountedTenants()
    let (one, two) = (try Self.tenant(1), try Self.tenant(2))
    let book = try book(store)
    _ = try await book.terms(of: one)
    store.set(one, #"{"timeZone":"A"}"#)
    book.heard(two)
    book.heard(one)
    try await eventually("it is in force") { day(book.atHand(one)) == "A" }
    #expect(book.atHand(two) == nil, "nobody uses it here")
  }

  @Test func whileTheStoreIsAwayAllStays() async throws {
    let store = CountedTenants()
    let (one, two) = (try Self.tenant(1), try Self.tenant(2))
    store.set(one, #"{"timeZone":"A"}"#)
    let book = try book(store)
    _ = try await book.terms(of: one)
    store.isAway = true
    await #expect(throws: StoreError.self) { try await book.round() }
    #expect(day(try await book.terms(of: one)) == "A")
    await #expect(throws: StoreError.unavailable("away")) { _ = try await book.terms(of: two) }
    store.isAway = false
    #expect(day(try await book.terms(of: two)) == "standard")
  }

  @Test func whatWasReadBeforeDoesNotReplaceWhatWasWrittenSince() async throws {
    let store = CountedTenants()
    let one = try Self.tenant(1)
    let book = try book(store)
    store.set(one, #"{"timeZone":"A"}"#)
    let old = try #require(try await store.settings(of: one))
    store.set(one, #"{"timeZone":"B"}"#)
    let new = try #require(try await store.settings(of: one))
    book.take(try TenantSettings(new))
    book.take(try TenantSettings(old))
    #expect(day(book.atHand(one)) == "B")
  }

  @Test func aZoneThatThisMachineDoesNotKnowIsNone() async throws {
    let store = CountedTenants()
    let one = try Self.tenant(1)
    store.set(one, #"{"timeZone":"Nowhere/Known","currency":"QQQ"}"#)
    let terms = try await book(store).terms(of: one)
    #expect(day(terms) == "standard" && terms.timeZone == "UTC" && terms.currency.code == "USD")
  }

  @Test func aBookHasALimit() async throws {
    let store = CountedTenants()
    let book = try book(store, limit: 3)
    let tenants = try (0..<10).map(Self.tenant)
    for tenant in tenants { _ = try await book.terms(of: tenant) }
    #expect(tenants.filter { book.atHand($0) != nil }.count == 3)
    #expect(book.atHand(tenants[9]) != nil)
  }
}

/// A store of settings alone, that counts what it is asked.
final class CountedTenants: TenantStore {
  private struct State {
    var records: [TenantID: TenantRecord] = [:]
    var reads = 0
    var looks = 0
    var isAway = false
  }
  private let state = Locked(State())
  var reads: Int { state.with { $0.reads } }
  var looks: Int { state.with { $0.looks } }
  var isAway: Bool {
    get { state.with { $0.isAway } }
    set { state.with { $0.isAway = newValue } }
  }

  func set(_ tenant: TenantID, _ json: String) {
    guard let ada = UserID("ada") else { preconditionFailure("it is a name") }
    state.with { state in
      let revision = (state.records[tenant]?.revision ?? 0) + 1
      state.records[tenant] = TenantRecord(
        tenant: tenant, version: revision, revision: revision, settings: Array(json.utf8), secrets: [],
        updatedAt: Timestamp(millis: 0), updatedBy: ada)
    }
  }

  func remove(_ tenant: TenantID) { state.with { $0.records[tenant] = nil } }

  private func asked<Value>(_ body: (inout State) -> Value) throws(StoreError) -> Value {
    let answer: Value? = state.with { $0.isAway ? nil : body(&$0) }
    guard let answer else { throw .unavailable("away") }
    return answer
  }

  func settings(of tenant: TenantID) async throws(StoreError) -> TenantRecord? {
    try asked { state -> TenantRecord? in
      state.reads += 1
      return state.records[tenant]
    }
  }

  func settings(of tenants: [TenantID]) async throws(StoreError) -> [TenantRecord] {
    try asked { state in
      state.reads += 1
      return tenants.compactMap { state.records[$0] }
    }
  }

  func revisions(of tenants: [TenantID]) async throws(StoreError) -> [TenantID: Int64] {
    try asked { state in
      state.looks += 1
      return state.records.filter { tenants.contains($0.key) }.mapValues(\.revision)
    }
  }

  func write(
    _ record: TenantRecord, replacing former: Int64, change: TenantChange?, answer: KeptAnswer?
  ) async throws(StoreError) -> TenantOutcome {
    try asked { state in
      guard (state.records[record.tenant]?.revision ?? 0) == former else { return .stale }
      state.records[record.tenant] = record
      return .done
    }
  }

  func changes(of: TenantID, after: Int64, limit: Int) async throws(StoreError) -> [TenantChange] { [] }
  func changes(of: TenantID, before: Int64?, limit: Int) async throws(StoreError) -> [TenantChange] { [] }

  func settings(
    sealedOtherwiseThan keyID: Text, after: TenantID?, limit: Int
  ) async throws(StoreError) -> [TenantRecord] { [] }
}
