import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

/// A clock of jobs that a test moves on; it runs with the server's.
final class JobTime: Sendable {
  private let ahead = Locked<Int64>(0)
  func move(ms: Int64) { ahead.with { $0 += ms } }
  var clock: JobClock { JobClock(aheadMs: ahead.with { $0 }) }
}

/// A handler that notes what it is given, and does what a test says.
final class Errands: JobHandler {
  let kind: JobKind
  let policy: JobPolicy
  private let noted = Locked<[Job]>([])
  private let errand: @Sendable (Job) async -> JobOutcome

  init(
    kind: JobKind = .notice, policy: JobPolicy = .notices,
    _ errand: @escaping @Sendable (Job) async -> JobOutcome = { _ in .done }
  ) {
    self.kind = kind
    self.policy = policy
    self.errand = errand
  }

  /// All that was begun, in order.
  var runs: [Job] { noted.with { $0 } }

  func run(_ job: Job) async -> JobOutcome {
    noted.with { $0.append(job) }
    return await errand(job)
  }
}

/// Something that is shut until a test opens it.
final class Barrier: Sendable {
  private let state = Locked<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  func open() {
    let waiting = state.with { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }

  func pass() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.with { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}

/// A queue of which the looks are counted.
struct CountedQueue: JobQueue {
  let queue: any JobQueue
  let looks = Locked(0)
  let others = Locked(0)

  func outlook(_ kind: JobKind, limit: Int) async throws(StoreError) -> JobOutlook {
    looks.with { $0 += 1 }
    return try await queue.outlook(kind, limit: limit)
  }
  func dueTenants(
    _ kind: JobKind, by moment: Timestamp, after: TenantID?, limit: Int
  ) async throws(StoreError) -> [TenantID] {
    others.with { $0 += 1 }
    return try await queue.dueTenants(kind, by: moment, after: after, limit: limit)
  }
  func due(
    _ kind: JobKind, by moment: Timestamp, of tenant: TenantID, limit: Int
  ) async throws(StoreError) -> [JobPlace] {
    others.with { $0 += 1 }
    return try await queue.due(kind, by: moment, of: tenant, limit: limit)
  }
  func claim(_ ids: [JobID], token: Text, leaseMs: Int64) async throws(StoreError) -> [Job] {
    others.with { $0 += 1 }
    return try await queue.claim(ids, token: token, leaseMs: leaseMs)
  }
  func renew(_ claims: [JobClaim], leaseMs: Int64) async throws(StoreError) -> Int {
    others.with { $0 += 1 }
    return try await queue.renew(claims, leaseMs: leaseMs)
  }
  func settle(_ endings: [JobEnding]) async throws(StoreError) -> Int {
    if !endings.isEmpty { others.with { $0 += 1 } }
    return try await queue.settle(endings)
  }
  func census(_ kinds: [JobKind]) async throws(StoreError) -> [JobCount] { try await queue.census(kinds) }
}

extension Site {
  /// A worker's runner, whose clock stands until the test moves it.
  func runner(
    _ handler: any JobHandler, places: Int = 64, queue: (any JobQueue)? = nil, clock: MovedClock = MovedClock(),
    wallClock: (@Sendable () -> Timestamp)? = nil, metrics: Metrics = Metrics()
  ) throws -> JobRunner {
    var options = JobRunner.Options()
    options.placesLimit = places
    options.beatMs = 0
    options.steadyClock = { clock.now() }
    options.wallClock = wallClock
    return JobRunner(
      handler, queue: queue ?? store, ids: RandomIdentities(), user: try #require(UserID("worker")), options: options,
      log: quiet, metrics: metrics)
  }

  /// Jobs that have been due since before any other.
  func add(_ count: Int, kind: JobKind = .notice, tenant: String = "shop-1", dueAt millis: Int64 = 1_000) async throws {
    let tenant = try #require(TenantID(tenant))
    let ids = RandomIdentities()
    for start in stride(from: 0, to: count, by: 1_000) {
      var writes = WriteSet()
      for number in start..<min(start + 1_000, count) {
        writes.start(
          Job(
            id: ids.next(Job.self), tenantID: tenant, kind: kind, name: "n\(number)",
            due: Timestamp(millis: millis + Int64(number)), createdAt: Timestamp(millis: 0)))
      }
      let outcome = try await store.commit(writes)
      #expect(outcome == .committed)
    }
  }

  /// How many jobs of a kind there are in a state.
  func count(_ state: JobState, kind: JobKind = .notice) async throws -> Int64 {
    try await store.census([kind]).first { $0.state == state }?.count ?? 0
  }
}

/// Has runners go on until something holds.
func drive(
  _ runners: [JobRunner], until what: String, _ holds: () async throws -> Bool
) async throws {
  try await eventually(what) {
    for runner in runners { _ = try await runner.round() }
    return try await holds()
  }
}
