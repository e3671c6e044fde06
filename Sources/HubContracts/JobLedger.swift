public import Orders

/// A tenant's jobs, for those who look after them.
public protocol JobLedger: Sendable {
  /// How many of a tenant's jobs wait and are dead, by kind. At most `JobQuery.kindsLimit` kinds.
  func jobCounts(of tenant: TenantID) async throws(StoreError) -> [JobCount]
  /// One page of a tenant's jobs, without their payloads; see `JobQuery`.
  func jobs(_ query: JobQuery) async throws(StoreError) -> [Job]
  /// Has a dead letter tried again at once, as if it had never been tried.
  func release(_ id: JobID, tenant: TenantID, answer: JobAnswer?) async throws(StoreError) -> DeadLetterOutcome
  /// Puts a dead letter away for good. It is kept for `JobQuery.discardedDays`, and then goes.
  func discard(
    _ id: JobID, tenant: TenantID, _ discard: Job.Discard, answer: JobAnswer?
  ) async throws(StoreError) -> DeadLetterOutcome
}

/// Which of a tenant's jobs are looked for: by kind, by name, and of each name the longest due first.
public struct JobQuery: Sendable, Equatable {
  /// Whose.
  public var tenant: TenantID
  /// How they stand.
  public var state: JobState
  /// Only of this kind.
  public var kind: JobKind?
  /// Only of this name.
  public var name: Text?
  /// Go on after this one, which is of the same kind and name, if these are named.
  public var after: JobCursor?
  /// How many at most, 1…1,000.
  public var limit: Int
  /// Asks for a tenant's jobs.
  public init(
    tenant: TenantID, state: JobState, kind: JobKind? = nil, name: Text? = nil, after: JobCursor? = nil, limit: Int
  ) {
    self.tenant = tenant
    self.state = state
    self.kind = kind
    self.name = name
    self.after = after
    self.limit = limit
  }
  /// The most kinds that are counted.
  public static let kindsLimit = 32
  /// How long what was discarded is kept.
  public static let discardedDays: Int64 = 90
}

/// A place in a list of jobs: the last one seen.
public struct JobCursor: Sendable, Equatable {
  /// Its kind.
  public var kind: JobKind
  /// Its name.
  public var name: Text
  /// When it is due.
  public var due: Timestamp
  /// Which it was.
  public var id: JobID
  /// Names a place.
  public init(kind: JobKind, name: Text, due: Timestamp, id: JobID) {
    self.kind = kind
    self.name = name
    self.due = due
    self.id = id
  }
  /// The place of a job.
  public init(_ job: Job) { self.init(kind: job.kind, name: job.name, due: job.due, id: job.id) }
}

/// What became of a write of a dead letter. Only with `done` was anything written.
public enum DeadLetterOutcome: Sendable, Equatable {
  /// It is written; this is the job now.
  case done(Job)
  /// The tenant has no such job.
  case unknown
  /// The job is no dead letter.
  case notDead(Job)
  /// The write's key has an answer already.
  case answered
}

/// Makes the answer that is kept of a write, in the same transaction.
public typealias JobAnswer = @Sendable (Job) -> KeptAnswer
