import HubRuntime
import HubTestSupport
import Testing

@testable import MongoStore

/// A MongoDB of the test's own: a replica set of one, which the test may break.
struct OwnMongo: Sendable {
  let server: ServerProcess
  /// The connection string of a database in it.
  let uri: String
  private let admin: MongoOptions

  /// Starts it, at a port if one is named.
  init(port: Int? = nil) async throws {
    server = try await onThread { try TestServers.mongod(port: port) }
    let place = "127.0.0.1:\(server.port)"
    uri = "mongodb://\(place)/\(TestServers.databaseName())?replicaSet=rs0"
    admin = try MongoOptions(uri: "mongodb://\(place)/?directConnection=true", database: "admin", threads: 1)
    _ = try await MongoStore.initiateReplicaSet(admin, name: "rs0", member: place)
  }

  /// From now on it keeps each command of a kind without an answer, those of one collection alone if one is named. Gives what
  /// waits until it keeps the first.
  func hold(_ command: String, of collection: String? = nil) async throws -> @Sendable () async throws -> Void {
    let database = uri.split(separator: "/").last?.split(separator: "?").first.map(String.init) ?? ""
    let before = try await ask { worker in
      var reply = try worker.run(.plain, database: "admin", inSession: false) {
        $0.string("configureFailPoint", "failCommand" as StaticString)
        $0.string("mode", "alwaysOn" as StaticString)
        $0.document("data") {
          $0.strings("failCommands", [command])
          if let collection { $0.string("namespace", "\(database).\(collection)") }
          $0.bool("blockConnection", true)
          $0.int32("blockTimeMS", 600_000)
        }
      }
      return try reply.integer("count")
    }
    return { [self] in
      try await ask { worker in
        _ = try worker.run(.plain, database: "admin", inSession: false) {
          $0.string("waitForFailPoint", "failCommand" as StaticString)
          $0.int64("timesEntered", before + 1)
          $0.int32("maxTimeMS", HangLimit.ms)
        }
      }
    }
  }

  private func ask<Answer: Sendable>(_ body: @escaping @Sendable (MongoWorker) throws -> Answer) async throws -> Answer
  {
    let store = MongoStore(admin, log: Log(level: .error, sink: Unread()), metrics: Metrics())
    let answer: Result<Answer, any Error>
    do { answer = .success(try await store.read(with: .long, body)) } catch { answer = .failure(error) }
    await store.close()
    return try answer.get()
  }
}

/// A log that nobody reads.
private struct Unread: LogSink {
  func write(_ line: LogLine) {}
}
