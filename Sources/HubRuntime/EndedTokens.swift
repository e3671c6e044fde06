public import HubContracts
public import Orders

/// From when on the tokens of users are good, of those whose sessions were ended. Bounded: the oldest ends go first.
public final class EndedTokens: Sendable {
  private struct Person: Hashable {
    let tenant: TenantID
    let user: UserID
  }

  private let ends = Locked<[Person: Timestamp]>([:])
  private let limit: Int

  /// Remembers about `limit` ends.
  public init(limit: Int = TokenEnd.limit) { self.limit = limit }

  /// Remembers ends; those of them that are news.
  public func note(_ some: [TokenEnd]) -> [TokenEnd] {
    if some.isEmpty { return [] }
    return ends.with { ends in
      let news = some.filter { end in
        let person = Person(tenant: end.tenant, user: end.user)
        if let known = ends[person], known >= end.before { return false }
        ends[person] = end.before
        return true
      }
      // Not with each that is too many, for it takes sorting all.
      if ends.count > limit + limit / 8 {
        ends = Dictionary(uniqueKeysWithValues: ends.sorted { $0.value > $1.value }.prefix(limit).map { ($0, $1) })
      }
      return news
    }
  }

  /// Whether a token was ended. One that does not say when it was made is from before all.
  public func has(_ claims: TokenClaims) -> Bool {
    let person = Person(tenant: claims.actor.tenant, user: claims.actor.user)
    guard let before = ends.with({ $0[person] }) else { return false }
    return claims.issuedAt.map { $0 < before } ?? true
  }
}

/// Looks again and again for tokens that were ended: at all of them at first and once a minute, for where they are asked for
/// may have lost some; else at those of the last minutes, for clocks differ and what was begun earlier may be written later.
public final class EndedTokenLook: Sendable {
  /// How often a process looks.
  public static let pause = Duration.seconds(1)
  private static let roundsToAll = 60
  private static let overlapMs: Int64 = 600_000

  private let state = Locked((round: 0, newest: Timestamp?.none))
  private let clock: any HubClock

  /// Has not looked yet. An end that is ahead of `clock` moves no look on: others are still to come before it.
  public init(clock: any HubClock) { self.clock = clock }

  /// What `read` gives of the time that this look is for.
  public func round(_ read: (Timestamp?) async throws -> [TokenEnd]) async rethrows -> [TokenEnd] {
    let after = state.with { state in
      state.round % Self.roundsToAll == 0
        ? nil : state.newest.map { Timestamp(millis: $0.millis - Self.overlapMs) }
    }
    let now = clock.now()
    let ends = try await read(after)
    state.with { state in
      state.round += 1
      state.newest = ([state.newest].compactMap(\.self) + ends.map { min($0.before, now) }).max()
    }
    return ends
  }
}
