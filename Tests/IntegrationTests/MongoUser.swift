import HubRuntime

@testable import MongoStore

/// Users of MongoDB.
enum MongoUser {
  /// Adds a user to the server of a connection string, which takes users' words though it asks for none.
  static func add(_ name: String, role: String, on database: String, at uri: String) async throws {
    let store = MongoStore(
      try MongoOptions(uri: uri, database: "admin", threads: 1), log: Log(level: .error, sink: Unheard()),
      metrics: Metrics())
    let added: Result<Void, any Error>
    do {
      try await store.write { worker in
        _ = try worker.run(.plain, database: "admin", inSession: false) {
          $0.string("createUser", name)
          $0.string("pwd", "a-good-word" as StaticString)
          $0.documents("roles", CollectionOfOne(role)) {
            $0.string("role", $1)
            $0.string("db", database)
          }
        }
      }
      added = .success(())
    } catch {
      added = .failure(error)
    }
    await store.close()
    try added.get()
  }

  /// A log that nobody reads.
  private struct Unheard: LogSink {
    func write(_ line: LogLine) {}
  }
}
