public import Orders

/// From when on a user's tokens are good: one that was made before is not taken any more.
public struct TokenEnd: Sendable, Hashable {
  /// Where.
  public var tenant: TenantID
  /// Whose.
  public var user: UserID
  /// A whole second of MongoDB's clock. A token that does not say when it was made is from before all.
  public var before: Timestamp
  /// Names an end.
  public init(tenant: TenantID, user: UserID, before: Timestamp) {
    self.tenant = tenant
    self.user = user
    self.before = before
  }

  /// A place among the ends of all tenants: by their moments, and of one moment by whose they are.
  public struct Place: Sendable, Hashable {
    /// Behind the ends before it.
    public let moment: Timestamp
    /// Behind this one too; nil for behind all ends of the moment.
    public let end: TokenEnd?
    /// The place behind an end.
    public init(behind end: TokenEnd) {
      moment = end.before
      self.end = end
    }
    /// The place behind all ends of a moment.
    public init(behind moment: Timestamp) {
      self.moment = moment
      end = nil
    }
  }

  /// How many ends are read at once.
  public static let pageLimit = 1_000
  /// How many users' ends a process remembers one by one, of all tenants. Beyond it the tenants with the most are told less
  /// exactly; see `EndedTokens`.
  public static let limit = 50_000
  /// How many of one tenant.
  public static let tenantLimit = 10_000

  /// What ends all tokens up to a moment: the next whole second, for tokens say in whole seconds, rounded down, when they
  /// were made. A token that is made in the same second says that one, which is to come; so what ends it too is after the
  /// end before. It is never further ahead than `aheadMs`, whatever comes at once: tokens that are said to be made later
  /// than that would be good nowhere.
  public static func next(after moment: Timestamp, and former: Timestamp? = nil) -> Timestamp {
    let next = (moment.millis / 1_000 + 1) * 1_000
    let most = next + aheadMs
    return Timestamp(millis: max(next, min(most, former.map { $0.millis + 1_000 } ?? next), former?.millis ?? next))
  }

  /// When a token says that it is made: by MongoDB's clock, which tells ends of tokens too, so that a process whose own is
  /// ahead makes none that outlives an end. By its own where that is behind, for it takes none that are from the future. And
  /// never before the user's tokens are good, which may be with the second that is about to begin.
  public static func made(stored: Timestamp, own: Timestamp, from start: Timestamp?) -> Timestamp {
    let earlier = min(stored, own)
    return start.map { max($0, earlier) } ?? earlier
  }

  /// How far ahead of the clock ends may run, in milliseconds; less than tokens may be.
  private static let aheadMs: Int64 = 30_000
}

extension TokenClaims {
  /// Whether the token was ended, where its user's tokens are good from `start` on; nil for all. One that does not say when
  /// it was made is from before all.
  public func isEnded(from start: Timestamp?) -> Bool {
    guard let start else { return false }
    return issuedAt.map { $0 < start } ?? true
  }
}
