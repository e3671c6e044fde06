public import HubContracts
import Orders

/// From when on the tokens of users are good, of those whose sessions were ended.
///
/// Bounded, and an end that it was told stays one: where a tenant has too many, its oldest become one moment before which
/// no token of that tenant is good, whoever's. So an ended token is never good again, and what is paid for it is paid by
/// the tenant that has the most: others of it must refresh or log in once more. Only if more tenants than `limit / 2` ended
/// sessions do the longest quiet become one moment for all.
public final class EndedTokens: Sendable {
  private struct Tenant {
    var users: [UserID: Timestamp] = [:]
    /// From when on any token is good.
    var from: Timestamp?

    var newest: Timestamp? { max(users.values.max(), from) }

    /// Keeps the newest `count` users; the others become one moment.
    mutating func fold(to count: Int) {
      let sorted = users.sorted { $0.value > $1.value }
      from = max(from, sorted.dropFirst(count).first?.value)
      users = Dictionary(uniqueKeysWithValues: sorted.prefix(count).map { ($0.key, $0.value) })
    }
  }

  private struct Ends {
    var tenants: [TenantID: Tenant] = [:]
    /// From when on any tenant's tokens are good.
    var from: Timestamp?
    /// How many users there are.
    var count = 0

    func start(_ tenant: TenantID, _ user: UserID) -> Timestamp? {
      guard let known = tenants[tenant] else { return from }
      return max(max(known.users[user], known.from), from)
    }
  }

  private let ends = Locked(Ends())
  private let limit: Int
  private let tenantLimit: Int

  /// Remembers about `limit` users, about `tenantLimit` of one tenant.
  public init(limit: Int = TokenEnd.limit, tenantLimit: Int = TokenEnd.tenantLimit) {
    self.limit = limit
    self.tenantLimit = tenantLimit
  }

  /// How many users are remembered one by one.
  public var count: Int { ends.with { $0.count } }

  /// Remembers ends; those of them that are news.
  public func note(_ some: [TokenEnd]) -> [TokenEnd] {
    if some.isEmpty { return [] }
    return ends.with { ends in some.filter { note($0, in: &ends) } }
  }

  /// Whether a token was ended.
  public func has(_ claims: TokenClaims) -> Bool {
    claims.isEnded(from: ends.with { $0.start(claims.actor.tenant, claims.actor.user) })
  }

  private func note(_ end: TokenEnd, in ends: inout Ends) -> Bool {
    if let known = ends.start(end.tenant, end.user), known >= end.before { return false }
    if ends.tenants[end.tenant, default: Tenant()].users.updateValue(end.before, forKey: end.user) == nil {
      ends.count += 1
    }
    // Not with each that is too many, for it takes sorting all.
    if let count = ends.tenants[end.tenant]?.users.count, count > tenantLimit + tenantLimit / 8 {
      fold(end.tenant, to: tenantLimit, in: &ends)
    }
    if ends.count > limit + limit / 8 { makeRoom(in: &ends) }
    return true
  }

  private func fold(_ tenant: TenantID, to count: Int, in ends: inout Ends) {
    guard let before = ends.tenants[tenant]?.users.count, before > count else { return }
    ends.tenants[tenant]?.fold(to: count)
    ends.count -= before - count
  }

  /// Leaves each tenant as many users as all may have, so that together there are no more than `limit`.
  private func makeRoom(in ends: inout Ends) {
    if ends.tenants.count > limit / 2 { joinTenants(in: &ends) }
    let counts = ends.tenants.values.map(\.users.count)
    var (most, tooMany) = (0, tenantLimit + tenantLimit / 8 + 1)
    while tooMany - most > 1 {
      let middle = (most + tooMany) / 2
      if counts.reduce(0, { $0 + min($1, middle) }) <= limit { most = middle } else { tooMany = middle }
    }
    for tenant in Array(ends.tenants.keys) { fold(tenant, to: most, in: &ends) }
  }

  /// The tenants that ended nothing for longest become one moment, until there are three eighths of `limit`.
  private func joinTenants(in ends: inout Ends) {
    let sorted = ends.tenants.map { (id: $0.key, newest: $0.value.newest, count: $0.value.users.count) }
      .sorted { ($0.newest?.millis ?? 0) > ($1.newest?.millis ?? 0) }
    for tenant in sorted.dropFirst(limit * 3 / 8) {
      ends.from = max(ends.from, tenant.newest)
      ends.count -= tenant.count
      ends.tenants[tenant.id] = nil
    }
  }
}

/// The later; nil is before all.
private func max(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
  guard let left, let right else { return left ?? right }
  return left < right ? right : left
}
