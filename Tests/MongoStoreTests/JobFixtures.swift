import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// A clock of jobs that a test moves on; it runs with the server's.
final class JobTime: Sendable {
  private let ahead = Locked<Int64>(0)
  func move(ms: Int64) { ahead.with { $0 += ms } }
  var clock: JobClock { JobClock(aheadMs: ahead.with { $0 }) }
}

extension Fixtures {
  /// A job that has been due for a while, unless it is said when.
  static func job(
    _ name: Text = "expire", kind: JobKind = .notice, tenant: TenantID = tenant, order: OrderID? = nil,
    dueInMs: Int64 = -60_000, payload: [UInt8] = []
  ) -> Job {
    Job(
      id: id(Job.self), tenantID: tenant, kind: kind, name: name, orderID: order,
      due: Timestamp(millis: wall() + dueInMs), payload: payload, createdAt: time())
  }

  /// A timer of an order.
  static func timer(_ name: Text = "expire", of order: OrderID, dueInMs: Int64 = -60_000) -> Job {
    job(name, kind: .timer, order: order, dueInMs: dueInMs)
  }
}

extension MongoStore {
  func add(_ jobs: [Job]) async throws {
    var writes = WriteSet()
    for job in jobs { writes.start(job) }
    let outcome = try await commit(writes)
    #expect(outcome == .committed)
  }

  /// The one job of an id, whatever its state; the first waiting one that is looked for.
  func job(_ id: JobID) async throws -> Job? {
    try await read { worker in try worker.findOne(.jobs, Job.read) { $0.identifier("_id", id) } }
  }

  /// Claims all that is due of a kind.
  func claimDue(_ kind: JobKind = .notice, token: Text = "t", leaseMs: Int64 = 8_000) async throws -> [Job] {
    let due = try await outlook(kind, limit: 1_000).due
    return try await claim(due.map(\.id), token: token, leaseMs: leaseMs)
  }
}

/// A store whose jobs go by a clock of the test's own.
func withJobs<Result>(_ body: (MongoStore, JobTime) async throws -> Result) async throws -> Result {
  let time = JobTime()
  return try await withStore(jobClock: { time.clock }) { try await body($0, time) }
}
