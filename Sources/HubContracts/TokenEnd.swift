public import Orders

/// From when on a user's tokens are good: one that was made before is not taken any more.
public struct TokenEnd: Sendable, Hashable {
  /// Where.
  public var tenant: TenantID
  /// Whose.
  public var user: UserID
  /// A whole second. A token that does not say when it was made is from before all.
  public var before: Timestamp
  /// Names an end.
  public init(tenant: TenantID, user: UserID, before: Timestamp) {
    self.tenant = tenant
    self.user = user
    self.before = before
  }

  /// How many ends are remembered everywhere; the oldest go first.
  public static let limit = 10_000

  /// What ends all tokens up to a moment: the next whole second, for tokens say in whole seconds, rounded down, when they
  /// were made. A token that is made in the same second says that one, which is to come; so what ends it too is after the
  /// end before. It is never further ahead than `aheadMs`, whatever comes at once: tokens that are said to be made later
  /// than that would be good nowhere.
  public static func next(after moment: Timestamp, and former: Timestamp? = nil) -> Timestamp {
    let next = (moment.millis / 1_000 + 1) * 1_000
    let most = next + aheadMs
    return Timestamp(millis: max(next, min(most, former.map { $0.millis + 1_000 } ?? next), former?.millis ?? next))
  }

  /// How far ahead of the clock ends may run, in milliseconds; less than tokens may be.
  private static let aheadMs: Int64 = 30_000
}

/// What all processes know of ended tokens beside the store, for those that have no other way to it. It may be lost, and is
/// filled again from the store.
public protocol TokenEnds: Sendable {
  /// Adds ends; the later of two of one user counts.
  func add(_ ends: [TokenEnd]) async throws(CacheUnavailable)
  /// The ends after a moment, at most `TokenEnd.limit`; with nil all of them.
  func ends(after moment: Timestamp?) async throws(CacheUnavailable) -> [TokenEnd]
}
