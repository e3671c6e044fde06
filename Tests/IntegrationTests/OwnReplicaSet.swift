import HubRuntime
import HubTestSupport

@testable import MongoStore

/// A MongoDB of the test's own with three members, quick to elect, whose primary the test may have step down.
struct OwnReplicaSet: Sendable {
  let members: [ServerProcess]
  /// The connection string of a database in it.
  let uri: String

  /// Starts it and waits until it has a primary.
  init() async throws {
    members = try await onThread { try (0..<3).map { _ in try TestServers.mongod() } }
    let places = members.map { "127.0.0.1:\($0.port)" }
    uri = "mongodb://\(places.joined(separator: ","))/\(TestServers.databaseName())?replicaSet=rs0"
    try await Self.ask(members[0]) { worker in
      _ = try worker.run(.plain, database: "admin", inSession: false) {
        $0.document("replSetInitiate") {
          $0.string("_id", "rs0" as StaticString)
          $0.documents("members", places.enumerated()) {
            $0.int32("_id", Int32($1.offset))
            $0.string("host", $1.element)
          }
          $0.document("settings") {
            $0.int32("electionTimeoutMillis", 2_000)
            $0.int32("heartbeatIntervalMillis", 500)
          }
        }
      }
    }
    _ = try await primary()
  }

  /// Has the primary hand over to another member, which is waited for.
  func stepDown() async throws {
    let former = try await primary()
    try await eventually("it steps down") {
      // It refuses while no other has all that it has.
      (try? await Self.ask(former) { worker in
        _ = try worker.run(.plain, database: "admin", inSession: false) {
          $0.int32("replSetStepDown", 10)
          $0.int32("secondaryCatchUpPeriodSecs", 5)
        }
      }) != nil
    }
    try await eventually("another is primary") { try await primary().port != former.port }
  }

  func end() { for member in members { member.stop() } }

  private func primary() async throws -> ServerProcess {
    let found = Locked<ServerProcess?>(nil)
    try await eventually("it has a primary") {
      for member in members {
        let isPrimary = try? await Self.ask(member) { worker in
          var reply = try worker.run(.plain, database: "admin", inSession: false) { $0.int32("hello", 1) }
          return try reply.bool("isWritablePrimary")
        }
        if isPrimary == true {
          found.with { $0 = member }
          return true
        }
      }
      return false
    }
    guard let primary = found.with({ $0 }) else { throw TestServerError("no member became primary") }
    return primary
  }

  private static func ask<Answer: Sendable>(
    _ member: ServerProcess, _ body: @escaping @Sendable (MongoWorker) throws -> Answer
  ) async throws -> Answer {
    let options = try MongoOptions(
      uri: "mongodb://127.0.0.1:\(member.port)/?directConnection=true", database: "admin", threads: 1)
    let store = MongoStore(options, log: Log(level: .error, sink: Unheard()), metrics: Metrics())
    let answer: Result<Answer, any Error>
    do { answer = .success(try await store.read(with: .long, body)) } catch { answer = .failure(error) }
    await store.close()
    return try answer.get()
  }
}

/// A log that nobody reads.
private struct Unheard: LogSink {
  func write(_ line: LogLine) {}
}
