public import HubContracts
public import HubRuntime
public import Orders

/// Does the jobs of one kind: claims what is due, has it done, and notes what became of it.
///
/// Any number of runners may work side by side, in one process or several: a claim is one runner's, for as long as its
/// lease lasts, which it renews while it works. What a killed process had claimed is due again when the lease lapses.
public actor JobRunner {
  /// Bounds of a runner.
  public struct Options: Sendable {
    /// How many jobs may be under way at once, of which no tenant has all; see `Places`. At most 1,000.
    public var placesLimit = 256
    /// How long a claim lasts.
    public var leaseMs: Int64 = 8_000
    /// How long after a claim, or its last renewal, it is renewed.
    public var renewalMs: Int64 = 2_500
    /// The longest pause between two looks at what is due.
    public var pauseMs: Int64 = 1_000
    /// How long ends of runs are gathered for while others are under way, before they are noted together and others take
    /// their places.
    public var beatMs: Int64 = 20
    /// How long a runner that stops waits for what is under way.
    public var stopMs: Int64 = 5_000
    /// The clock of leases and runs of this process: microseconds that never go back. The store's own decides what is due.
    public var steadyClock: @Sendable () -> UInt64 = monotonicMicros
    /// The time of day of this process; nil: it is not held against the store's.
    public var wallClock: (@Sendable () -> Timestamp)?
    /// The defaults.
    public init() {}
  }

  private struct Run {
    let job: Job
    let claim: JobClaim
    let party: Party
    let task: Task<Void, Never>
    let beganMicros: UInt64
  }

  private let handler: any JobHandler
  private let queue: any JobQueue
  private let ids: any IdentitySource
  private let user: UserID
  private let options: Options
  private let log: Log
  private let meters: JobMeters
  private var random = SystemRandomNumberGenerator()
  private var places: Places
  private var runs: [JobID: Run] = [:]
  private var endings: [JobEnding] = []
  private var renewedMicros: UInt64 = 0
  private var beatMicros: UInt64 = 0
  /// The tenant that had the last turn.
  private var lastServed: TenantID?
  private var isStopping = false
  private var waiter: CheckedContinuation<Void, Never>?
  /// Which wait the waiter is in.
  private var waits: UInt64 = 0
  private var isAwake = false
  /// Whether the next round comes with the beat.
  private var isInBeat = false

  /// Nothing is begun while the store's time and this process's are so far apart, in milliseconds: claims and pauses are
  /// written by the store's clock, and what one writes that is an hour ahead ends only when that hour has come.
  static let clockGapMs: Int64 = 300_000

  /// How many tenants share what is taken at once.
  static let tenantsLimit = 32

  /// A runner for a handler's kind; `user` is whose the places of tenants are.
  public init(
    _ handler: any JobHandler, queue: any JobQueue, ids: any IdentitySource, user: UserID,
    options: Options = Options(), log: Log, metrics: Metrics
  ) {
    self.handler = handler
    self.queue = queue
    self.ids = ids
    self.user = user
    self.options = options
    self.log = log.with("jobs", handler.kind.description)
    meters = JobMeters(metrics, handler.kind.description)
    places = Places(limit: min(max(options.placesLimit, 1), 1_000))
  }

  /// Which jobs it does.
  public nonisolated var kind: JobKind { handler.kind }

  // MARK: Going on

  /// Goes on until it is stopped, and then until what is under way has ended, or has had time enough to.
  public func work() async {
    while !isStopping {
      let pauseMs = await roundOrPause()
      if !isStopping { await wait(pauseMs) }
    }
    let end = options.steadyClock() + UInt64(options.stopMs) * 1_000
    while !runs.isEmpty, options.steadyClock() < end {
      _ = await roundOrPause()
      if !runs.isEmpty { await wait(100) }
    }
    for run in runs.values { run.task.cancel() }
    if !runs.isEmpty { log.warning("jobs are left to whoever comes next", [("count", "\(runs.count)")]) }
    _ = await roundOrPause()
  }

  /// Takes no more jobs; `work` ends soon.
  public func stop() {
    isStopping = true
    wake()
  }

  private func roundOrPause() async -> Int64 {
    do {
      return try await round()
    } catch {
      log.warning("a round of jobs failed", [("cause", "\(error)")])
      return options.pauseMs
    }
  }

  private func wait(_ ms: Int64) async {
    if isAwake || ms <= 0 {
      isAwake = false
      // Others have their turn on this actor in any case.
      return await Task.yield()
    }
    waits &+= 1
    let number = waits
    let alarm = Task { [weak self] in
      try? await Task.sleep(for: .milliseconds(ms))
      if !Task.isCancelled { await self?.wake(number) }
    }
    await withCheckedContinuation { waiter = $0 }
    alarm.cancel()
    isAwake = false
  }

  private func wake(_ number: UInt64) { if number == waits { wake() } }

  private func wake() {
    isAwake = true
    waiter?.resume()
    waiter = nil
  }

  // MARK: One round

  /// Notes what has ended, renews what goes on, and begins what is due. Gives how long nothing more is to be done for, in
  /// milliseconds, unless a run ends before.
  public func round() async throws(StoreError) -> Int64 {
    endLongRuns()
    try await renew()
    let now = options.steadyClock()
    let beat = UInt64(options.beatMs) * 1_000
    isInBeat = !runs.isEmpty && !isStopping && now &- beatMicros < beat
    if isInBeat { return options.beatMs }
    beatMicros = now
    try await settle()
    guard !isStopping, places.taken < places.limit else { return options.pauseMs }
    let outlook = try await queue.outlook(kind, limit: places.limit)
    if let now = outlook.now, isFar(now) { return options.pauseMs }
    meters.lag.set(outlook.lagMs)
    let isBacklog = outlook.due.count == places.limit
    let chosen = isBacklog ? try await takeTurns(outlook) : take(JobTurns.lines(outlook.due))
    guard !chosen.isEmpty else {
      return outlook.due.isEmpty ? min(max(outlook.quietMs ?? .max, 1), options.pauseMs) : options.pauseMs
    }
    let begun = try await claim(chosen)
    // Where others were first, they are given time to take the rest.
    return begun > 0 ? 0 : min(50, options.pauseMs)
  }

  /// Whether this process's time is another than the store's, which the log then says.
  private func isFar(_ stores: Timestamp) -> Bool {
    guard let own = options.wallClock?() else { return false }
    let (gap, isTooFar) = stores.millis.subtractingReportingOverflow(own.millis)
    guard isTooFar || gap.magnitude > UInt64(Self.clockGapMs) else { return false }
    log.warning(
      "no job is begun: the clocks of MongoDB and of this process are more than five minutes apart",
      [("aheadMs", "\(gap)")])
    return true
  }

  /// So much is due that a page of the longest due might be all one tenant's: the next tenants have equal parts.
  private func takeTurns(_ outlook: JobOutlook) async throws(StoreError) -> [JobPlace] {
    guard let now = outlook.now else { return [] }
    var tenants = try await queue.dueTenants(kind, by: now, after: lastServed, limit: Self.tenantsLimit)
    if let lastServed, tenants.count < Self.tenantsLimit {
      let end = Text(lastServed.text)
      tenants += try await queue.dueTenants(kind, by: now, after: nil, limit: Self.tenantsLimit - tenants.count)
        .prefix { Text($0.text) <= end }
    }
    lastServed = tenants.last
    let free = places.limit - places.taken
    let quantum = max(1, free / max(1, tenants.count))
    var lines: [[JobPlace]] = []
    for tenant in tenants where places.lack(for: JobTurns.party(tenant, user)) == nil {
      lines.append(try await queue.due(kind, by: now, of: tenant, limit: quantum))
    }
    return take(lines)
  }

  /// Takes places for what is begun; what is under way here is not begun again, though its claim may have lapsed.
  private func take(_ lines: [[JobPlace]]) -> [JobPlace] {
    JobTurns.take(lines.map { $0.filter { runs[$0.id] == nil } }, &places, as: user)
  }

  private func claim(_ chosen: [JobPlace]) async throws(StoreError) -> Int {
    let token = Text(ids.token(bytes: 12))
    let began = options.steadyClock()
    let jobs: [Job]
    do throws(StoreError) {
      jobs = try await queue.claim(chosen.map(\.id), token: token, leaseMs: options.leaseMs)
    } catch {
      for place in chosen { places.leave(JobTurns.party(place.tenant, user)) }
      throw error
    }
    if !jobs.isEmpty { crashPoint(.jobsClaimed) }
    let claimed = Set(jobs.map(\.id))
    for place in chosen where !claimed.contains(place.id) { places.leave(JobTurns.party(place.tenant, user)) }
    if runs.isEmpty { renewedMicros = began }
    for job in jobs { begin(job, JobClaim(id: job.id, token: token), began) }
    meters.running.set(Int64(runs.count))
    return jobs.count
  }

  private func begin(_ job: Job, _ claim: JobClaim, _ began: UInt64) {
    let handler = handler
    let task = Task {
      // Who begins it again and again and dies of it each time is stopped here.
      let outcome =
        job.attempts > handler.policy.attemptsLimit
        ? JobOutcome.dead(reason: "it was begun \(job.attempts - 1) times, and the last run never ended")
        : await handler.run(job)
      crashPoint(.jobsRun)
      ended(claim, outcome)
    }
    runs[job.id] = Run(
      job: job, claim: claim, party: JobTurns.party(job.tenantID, user), task: task, beganMicros: began)
  }

  /// Notes a run's end, if it is still under way here.
  private func ended(_ claim: JobClaim, _ outcome: JobOutcome) {
    guard let run = runs[claim.id], run.claim == claim else { return }
    runs[claim.id] = nil
    places.leave(run.party)
    meters.running.set(Int64(runs.count))
    let fate = handler.policy.fate(of: outcome, attempts: run.job.attempts, using: &random)
    tell(fate, run.job)
    endings.append(JobEnding(claim, fate))
    if !isInBeat || runs.isEmpty { wake() }
  }

  private func tell(_ fate: JobEnding.Fate, _ job: Job) {
    let (what, reason): (String, Text)
    switch fate {
    case .done: return
    case .again(_, let cause): (what, reason) = ("a job failed and is tried again", cause)
    case .dead(let cause): (what, reason) = ("a job was given up: it is a dead letter now", cause)
    }
    let fields = [
      ("job", "\(job.id)"), ("name", job.name.start(Job.nameLimitBytes)), ("tenant", job.tenantID.text),
      ("order", job.orderID.map { "\($0)" } ?? "-"), ("attempts", "\(job.attempts)"),
      ("cause", reason.start(Job.errorLimitBytes)),
    ]
    if case .dead = fate { log.error(what, fields) } else { log.info(what, fields, alike: "failed: \(job.name)") }
  }

  /// Runs that take longer than they may are given up; whatever they come to is not noted any more.
  private func endLongRuns() {
    let now = options.steadyClock()
    let limit = UInt64(handler.policy.runLimitMs) * 1_000
    for run in runs.values where now &- run.beganMicros > limit && now >= run.beganMicros {
      run.task.cancel()
      ended(run.claim, .retry(reason: "it did not end within \(handler.policy.runLimitMs) ms"))
    }
  }

  private func settle() async throws(StoreError) {
    while !endings.isEmpty {
      let part = Array(endings.prefix(1_000))
      let held = try await queue.settle(part)
      crashPoint(.jobsSettled)
      endings.removeFirst(part.count)
      meters.count(part.map(\.fate), held: held)
    }
  }

  private func renew() async throws(StoreError) {
    let now = options.steadyClock()
    guard !runs.isEmpty, now &- renewedMicros >= UInt64(options.renewalMs) * 1_000 else { return }
    renewedMicros = now
    _ = try await queue.renew(runs.values.map(\.claim), leaseMs: options.leaseMs)
  }

  // MARK: Looking

  /// Tells the metrics how many jobs wait and how many are dead.
  func note(_ counts: [JobCount]) {
    for count in counts where count.kind == kind {
      switch count.state {
      case .waiting: meters.waiting.set(count.count)
      case .dead: meters.dead.set(count.count)
      case .discarded: break
      }
    }
  }
}
