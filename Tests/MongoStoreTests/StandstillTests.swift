import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Testing

@testable import MongoStore

/// What a log was told.
private final class Told: LogSink {
  let lines = Locked<[String]>([])
  func write(_ line: LogLine) {
    // The driver has one log for all stores of the process, and so for all tests.
    if !line.message.hasPrefix("the mongo driver") { lines.with { $0.append(line.message) } }
  }
}

/// A mongod that stands still holds nobody up for as long as a long call may take.
@Suite struct StandstillTests {
  @Test func aLongCallEndsWithItsTaskAndTheStoreClosesWithoutIt() async throws {
    let server = try await onThread { try TestServers.mongod() }
    defer { server.stop() }
    let place = "127.0.0.1:\(server.port)"
    let told = Told()
    let options = try MongoOptions(uri: "mongodb://\(place)/?directConnection=true", database: "still", threads: 2)
    _ = try await MongoStore.initiateReplicaSet(options, name: "rs0", member: place)
    let store = MongoStore(options, log: Log(level: .info, sink: told), metrics: Metrics())
    let hasBegun = Locked(false)
    // The first has the one thread, and its server keeps it for as long as it likes; the second waits for the thread.
    let reads = Task {
      await outcome {
        try await store.read(with: .long) { worker in
          // Its connection is open before the server stands still.
          _ = worker.answers()
          server.signal(SIGSTOP)
          hasBegun.with { $0 = true }
          _ = try worker.run(.plain, database: "admin", inSession: false) {
            $0.int32("sleep", 1)
            $0.int32("millis", 600_000)
            $0.string("lock", "none" as StaticString)
          }
        }
      }
    }
    try await eventually("it has begun") { hasBegun.with { $0 } }
    let writes = Task {
      await outcome {
        try await store.write(with: .long) { _ in
          Issue.record("it must not begin")
          return
        }
      }
    }
    for task in [reads, writes] { task.cancel() }
    let nobody = "nobody waits for it any more"
    #expect(await reads.value == .unavailable(nobody))
    #expect(await writes.value == .outcomeUnknown(nobody))
    // By itself the first would wait for two minutes.
    await store.close()
    #expect(told.lines.with { $0 }.contains("the document store does not answer: what waits for it is left behind"))
    guard case .unavailable = await outcome({ try await store.read(with: .long) { _ in } }) else {
      Issue.record("a store that is closed takes a call")
      return
    }
  }

  @Test func aStoreWhoseServerAnswersLeavesNothingBehind() async throws {
    let told = Told()
    let store = MongoStore(
      try MongoOptions(uri: TestServers.mongoURI(), database: TestServers.databaseName(), threads: 2),
      log: Log(level: .info, sink: told), metrics: Metrics())
    _ = try await store.migrate()
    await store.close()
    #expect(told.lines.with { $0 } == [])
  }

  private func outcome(_ body: () async throws -> Void) async -> StoreError? {
    do { try await body() } catch { return error as? StoreError }
    return nil
  }
}
