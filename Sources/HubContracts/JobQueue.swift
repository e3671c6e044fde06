public import Orders

/// What is to be done, for whoever does it.
///
/// All times are the store's own clock's: nobody else's decides what is due, or how long a claim lasts. A claim is good
/// for as long as it says and can be renewed; when it lapses, whoever comes may claim the job again. So a job is done at
/// least once, and what does it must be idempotent.
public protocol JobQueue: Sendable {
  /// The jobs of a kind that may be taken next, whoever has them, the longest due first; at most `limit`, 1 to 1,000.
  func outlook(_ kind: JobKind, limit: Int) async throws(StoreError) -> JobOutlook
  /// The tenants of which something of a kind is due by `moment`, by name, at most `limit`, after the tenant `after`.
  func dueTenants(
    _ kind: JobKind, by moment: Timestamp, after: TenantID?, limit: Int
  ) async throws(StoreError) -> [TenantID]
  /// What of a tenant's is due by `moment`, the longest due first, at most `limit`, 1 to 1,000.
  func due(
    _ kind: JobKind, by moment: Timestamp, of tenant: TenantID, limit: Int
  ) async throws(StoreError) -> [JobPlace]

  /// Claims those of these jobs, at most 1,000, that are due and nobody's, for `leaseMs`; each is counted as begun once
  /// more. Of several who claim at once one gets each. `token` is this claim's own.
  func claim(_ ids: [JobID], token: Text, leaseMs: Int64) async throws(StoreError) -> [Job]
  /// Has claims last `leaseMs` from now on; how many of them were still good.
  func renew(_ claims: [JobClaim], leaseMs: Int64) async throws(StoreError) -> Int
  /// Notes what became of claimed jobs; how many of them were still held by their claims. Of the others nothing is
  /// noted: somebody else has them by now, or the change that was made of them has ended them.
  func settle(_ endings: [JobEnding]) async throws(StoreError) -> Int

  /// How many jobs of these kinds wait, and how many are dead letters, of all tenants.
  func census(_ kinds: [JobKind]) async throws(StoreError) -> [JobCount]
}

/// What may be taken next.
public struct JobOutlook: Sendable, Equatable {
  /// The store's time; nil if there is nothing.
  public var now: Timestamp?
  /// What comes next, the longest due first.
  public var next: [JobPlace]
  /// Describes it.
  public init(now: Timestamp?, next: [JobPlace]) {
    self.now = now
    self.next = next
  }
  /// Nothing, now and later.
  public static let nothing = JobOutlook(now: nil, next: [])

  /// What is due.
  public var due: ArraySlice<JobPlace> {
    guard let now else { return [] }
    return next.prefix { $0.ready <= now }
  }

  /// For how long nothing more is due, in milliseconds; nil if nothing is to come that is known of.
  public var quietMs: Int64? {
    guard let now, let first = next.first(where: { $0.ready > now }) else { return nil }
    let (wait, isLong) = first.ready.millis.subtractingReportingOverflow(now.millis)
    return isLong ? .max : wait
  }

  /// How long the first has been due for, in milliseconds; 0 if nothing is.
  public var lagMs: Int64 {
    guard let now, let first = due.first else { return 0 }
    let (lag, isLong) = now.millis.subtractingReportingOverflow(first.ready.millis)
    return isLong ? .max : lag
  }
}

/// A job in the line of its kind.
public struct JobPlace: Sendable, Equatable {
  /// Which.
  public var id: JobID
  /// Whose.
  public var tenant: TenantID
  /// From when on it may be claimed: when it is due, or when somebody's claim lapses.
  public var ready: Timestamp
  /// Describes it.
  public init(id: JobID, tenant: TenantID, ready: Timestamp) {
    self.id = id
    self.tenant = tenant
    self.ready = ready
  }
}

/// A job that somebody holds.
public struct JobClaim: Sendable, Hashable {
  /// Which.
  public var id: JobID
  /// The claim's token.
  public var token: Text
  /// Names a claim.
  public init(id: JobID, token: Text) {
    self.id = id
    self.token = token
  }
}

/// What became of a job that was claimed.
public struct JobEnding: Sendable, Equatable {
  /// What is noted of it.
  public enum Fate: Sendable, Equatable {
    /// It is done, and goes.
    case done
    /// It is to be tried again, so long from now, for this reason.
    case again(afterMs: Int64, reason: Text)
    /// It is given up, for this reason: a dead letter.
    case dead(reason: Text)
  }
  /// The claim.
  public var claim: JobClaim
  /// What became of it.
  public var fate: Fate
  /// Describes it.
  public init(_ claim: JobClaim, _ fate: Fate) {
    self.claim = claim
    self.fate = fate
  }
}

/// How many jobs there are of a kind in a state.
public struct JobCount: Sendable, Equatable {
  /// What sort of job.
  public var kind: JobKind
  /// How they stand.
  public var state: JobState
  /// How many, at most `limit`.
  public var count: Int64
  /// When the one that waits longest was due; nil of those that do not wait, and where it was not asked for.
  public var oldestDue: Timestamp?
  /// Describes a count.
  public init(kind: JobKind, state: JobState, count: Int64, oldestDue: Timestamp? = nil) {
    self.kind = kind
    self.state = state
    self.count = count
    self.oldestDue = oldestDue
  }
  /// Whether there may be more than were counted.
  public var isCapped: Bool { count >= Self.limit }
  /// No more than this are counted.
  public static let limit: Int64 = 100_000
}
