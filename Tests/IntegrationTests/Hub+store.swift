import HubContracts
import HubRuntime
import HubTestSupport
import MongoStore
import Orders

extension Hub {
  /// The hub's own documents, for what no request shows. Whoever opens it closes it.
  func store() throws -> MongoStore {
    guard let name = mongoURI.split(separator: "?").first?.split(separator: "/").last else {
      throw TestServerError("the connection string names no database: \(mongoURI)")
    }
    return MongoStore(
      try MongoOptions(uri: mongoURI, database: String(name), threads: 2), log: Log(level: .error, sink: Nowhere()),
      metrics: Metrics())
  }

  /// A job of a tenant that was given up; its id.
  func deadLetter(of tenant: String) async throws -> String {
    guard let tenant = TenantID(tenant) else { throw TestServerError("no such tenant: \(tenant)") }
    var job = Job(
      id: RandomIdentities().next(Job.self), tenantID: tenant, kind: .call, name: "print",
      due: Timestamp(millis: 1_000), createdAt: Timestamp(millis: 1_000))
    (job.state, job.attempts, job.lastError, job.diedAt) = (.dead, 20, "no paper", Timestamp(millis: 2_000))
    var writes = WriteSet()
    writes.start(job)
    let store = try store()
    let outcome = try await store.commit(writes)
    await store.close()
    guard outcome == .committed else { throw TestServerError("the job is not written: \(outcome)") }
    return "\(job.id)"
  }

  private struct Nowhere: LogSink {
    func write(_ line: LogLine) {}
  }
}
