public import HubContracts
import HubRuntime
public import HubWire
public import Orders

/// What each tenant's business goes by, at hand in the process.
///
/// A tenant's settings are read when they are first asked for, and then looked at once a second in `round`, all tenants in
/// use with one question: so a change is in force everywhere within about a second. Nothing but MongoDB is relied on for
/// that; who has `heard` of a change looks at once. While MongoDB is away, what was known stays in force.
public final class TenantBook: Sendable {
  private struct Page {
    var terms: TenantTerms
    /// The round in which it was last asked for.
    var used: Int
  }

  private struct State {
    var pages: [TenantID: Page] = [:]
    var round = 0
    /// Tenants in use of which it was heard that they changed their settings, not yet looked at.
    var heard: Set<TenantID> = []
    var isLooking = false
  }

  private let store: (any TenantStore)?
  private let standard: StandardTerms
  private let state = Locked(State())
  private let loads = SingleFlight<TenantID, TenantTerms>()
  private let limit: Int

  /// How often `round` is to be called.
  public static let pause = Duration.seconds(1)
  /// How many rounds a tenant that nobody asks for is still looked at.
  static let idleRounds = 60

  /// A book of at most `limit` tenants; one more takes the place of one that is not in use. Without a store no tenant has
  /// settings.
  public init(store: (any TenantStore)?, standard: StandardTerms, limit: Int = 10_000) {
    self.store = store
    self.standard = standard
    self.limit = limit
  }

  /// A book in which all tenants go by the same.
  public convenience init(calendar: BusinessCalendar, currency: Currency) {
    self.init(store: nil, standard: StandardTerms(calendar: calendar, currency: currency))
  }

  /// What a tenant with these settings goes by.
  public func terms(by settings: TenantSettings) -> TenantTerms { standard.terms(settings) }

  private func standardTerms(of tenant: TenantID) -> TenantTerms { standard.terms(TenantSettings(noneOf: tenant)) }

  /// The terms if they are at hand. It neither waits nor fails.
  public func atHand(_ tenant: TenantID) -> TenantTerms? {
    if store == nil { return standardTerms(of: tenant) }
    return state.with { state in
      guard let index = state.pages.index(forKey: tenant) else { return nil }
      if state.pages.values[index].used != state.round { state.pages.values[index].used = state.round }
      return state.pages.values[index].terms
    }
  }

  /// The terms, read if they are not at hand.
  public func terms(of tenant: TenantID) async throws(StoreError) -> TenantTerms {
    if let terms = atHand(tenant) { return terms }
    do {
      return try await loads.value(tenant) { [self] in
        let terms = try await read(tenant)
        put(terms, replacing: nil)
        return atHand(tenant) ?? terms
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw .broken("\(error)")
    }
  }

  /// The terms of some tenants, those that are not at hand read a page at a time.
  public func terms(of tenants: [TenantID]) async throws(StoreError) -> [TenantID: TenantTerms] {
    var found: [TenantID: TenantTerms] = [:]
    for tenant in tenants { found[tenant] = atHand(tenant) }
    let missing = tenants.filter { found[$0] == nil }
    for start in stride(from: 0, to: missing.count, by: TenantStoreLimits.page) {
      let some = Array(missing[start..<min(start + TenantStoreLimits.page, missing.count)])
      let records = try await store?.settings(of: some) ?? []
      let byTenant = Dictionary(records.map { ($0.tenant, $0) }) { $1 }
      for tenant in some {
        let terms = try byTenant[tenant].map(read) ?? standardTerms(of: tenant)
        put(terms, replacing: nil)
        found[tenant] = terms
      }
    }
    return found
  }

  /// Takes over settings that this process has just written.
  public func take(_ settings: TenantSettings) { put(standard.terms(settings), replacing: nil) }

  /// Looks whether the settings of tenants in use were changed, and reads those that were. Where it cannot be told, all stays.
  public func round() async throws(StoreError) {
    guard let store else { return }
    try await look(at: turn(), in: store)
  }

  /// Looks at a tenant in use soon, for somebody says that its settings were changed. It does not wait; said often, it is
  /// looked at as often as the store answers.
  public func heard(_ tenant: TenantID) {
    guard let store else { return }
    let begins = state.with { state in
      guard state.pages[tenant] != nil else { return false }
      state.heard.insert(tenant)
      defer { state.isLooking = true }
      return !state.isLooking
    }
    guard begins else { return }
    Task {
      while let known = takeHeard() {
        // Where it cannot be told, the next round does.
        try? await look(at: known, in: store)
      }
    }
  }

  /// What was heard of since it was taken last; nil, and the end of looking, if nothing was.
  private func takeHeard() -> [(tenant: TenantID, revision: Int64)]? {
    state.with { state in
      guard !state.heard.isEmpty else {
        state.isLooking = false
        return nil
      }
      defer { state.heard = [] }
      return state.heard.compactMap { tenant in
        state.pages[tenant].map { (tenant, $0.terms.settings.revision) }
      }
    }
  }

  private func look(
    at known: [(tenant: TenantID, revision: Int64)], in store: any TenantStore
  ) async throws(StoreError) {
    for start in stride(from: 0, to: known.count, by: TenantStoreLimits.tenants) {
      let some = known[start..<min(start + TenantStoreLimits.tenants, known.count)]
      let revisions = try await store.revisions(of: some.map(\.tenant))
      for (tenant, revision) in some where revisions[tenant, default: 0] != revision {
        do throws(StoreError) {
          put(try await read(tenant), replacing: revision)
        } catch {
          // What cannot be read of one tenant does not keep the others waiting.
          guard case .broken = error else { throw error }
        }
      }
    }
  }

  /// Begins a round, and forgets who was not asked for lately; the others with the revision that is known.
  private func turn() -> [(tenant: TenantID, revision: Int64)] {
    state.with { state in
      state.round &+= 1
      let oldest = state.round - Self.idleRounds
      state.pages = state.pages.filter { $0.value.used >= oldest }
      return state.pages.map { ($0.key, $0.value.terms.settings.revision) }
    }
  }

  private func read(_ tenant: TenantID) async throws(StoreError) -> TenantTerms {
    guard let record = try await store?.settings(of: tenant) else { return standardTerms(of: tenant) }
    return try read(record)
  }

  private func read(_ record: TenantRecord) throws(StoreError) -> TenantTerms {
    do throws(JSONProblem) {
      return standard.terms(try TenantSettings(record))
    } catch {
      throw .broken("the settings of \(record.tenant.text) cannot be read: \(error.message)")
    }
  }

  /// Newer ones replace older ones; others only what was seen before they were read: settings may also be gone, or be there
  /// anew.
  private func put(_ terms: TenantTerms, replacing seen: Int64?) {
    let tenant = terms.settings.tenant
    state.with { state in
      guard let page = state.pages[tenant] else {
        if seen != nil { return }
        makeRoom(&state)
        state.pages[tenant] = Page(terms: terms, used: state.round)
        return
      }
      let held = page.terms.settings.revision
      if terms.settings.revision > held || held == seen { state.pages[tenant]?.terms = terms }
    }
  }

  private func makeRoom(_ state: inout State) {
    guard state.pages.count >= limit else { return }
    let victim = state.pages.first { $0.value.used < state.round } ?? state.pages.first
    if let victim { state.pages[victim.key] = nil }
  }
}
