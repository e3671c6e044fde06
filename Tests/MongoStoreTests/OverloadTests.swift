import Dispatch
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// What a call is told that finds too many others in line: who has its part is not told that the server is away.
@Suite struct OverloadTests {
  /// A store of four threads, for whose calls time passes when the test wants it.
  private func withStore(queueLimit: Int, _ body: (MongoStore, MovedClock) async throws -> Void) async throws {
    let clock = MovedClock()
    var options = try MongoOptions(
      uri: TestServers.mongoURI(), database: TestServers.databaseName(), threads: 4, queueLimit: queueLimit)
    options.steadyClock = { clock.now() }
    let store = MongoStore(options, log: Log(level: .error, sink: Silence()), metrics: Metrics())
    do {
      try await body(store, clock)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  /// So many calls of a party's that wait for the gate on their threads, and what the others were told.
  private func crowd(
    _ store: MongoStore, _ party: Party, calls: Int, failing: Bool = false,
    meanwhile: @Sendable @escaping () async throws -> Void
  ) async throws -> [StoreError] {
    let gate = DispatchSemaphore(value: 0)
    let (begun, told) = (Locked(0), Locked<[StoreError]>([]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<calls {
        group.addTask {
          await Party.$current.withValue(party) {
            do throws(StoreError) {
              try await store.read { _ in
                begun.with { $0 += 1 }
                // On a thread of the store's own.
                gate.wait()
                gate.signal()
                if failing { throw StoreError.broken("as the test wants") }
              }
            } catch {
              told.with { $0.append(error) }
            }
          }
        }
      }
      // Two threads of four are what one user may have.
      try await eventually("all are in line or refused") {
        begun.with { $0 } == 2 && store.waiting + told.with { $0.count } == calls - 2
      }
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await meanwhile()) } catch { outcome = .failure(error) }
      gate.signal()
      try await group.waitForAll()
      try outcome.get()
    }
    return told.with { $0 }
  }

  private static func party(_ name: String, _ tenant: String) throws -> Party {
    Party(
      Actor(
        tenant: try #require(TenantID(tenant)), user: try #require(UserID(name)),
        role: .employee))
  }

  @Test func whoHasItsPartOfTheQueueIsToldSo() async throws {
    try await withStore(queueLimit: 20) { store, _ in
      let told = try await crowd(store, try Self.party("ada", "a"), calls: 30) {}
      // Ten may wait, of twenty places.
      #expect(told.count >= 18)
      #expect(told.allSatisfy { $0 == .overloaded(.user) })
    }
  }

  @Test func whoWaitsTooLongBehindItsOwnCallsIsToldSoWhereOthersAreServed() async throws {
    try await withStore(queueLimit: 1_000) { store, clock in
      let told = try await crowd(store, try Self.party("ada", "a"), calls: 20) {
        clock.move(ms: store.options.waitTimeoutMs + 1)
        // The hub's own calls find a thread, and the server answers.
        try await store.ping()
      }
      // The first that waited did not find as many of its own before them as there are threads.
      #expect(told.count == 18)
      let own = told.filter { $0 == .overloaded(.user) }.count
      #expect(own >= 14)
      #expect(told.filter { $0 == .overloaded(.all) }.count == 18 - own)
    }
  }

  @Test func whoWaitsTooLongWhereNobodyIsServedIsToldThatTheStoreDoesNotAnswer() async throws {
    try await withStore(queueLimit: 1_000) { store, clock in
      let told = try await crowd(store, try Self.party("ada", "a"), calls: 20, failing: true) {
        clock.move(ms: store.options.waitTimeoutMs + 1)
      }
      #expect(told.filter { $0 == .unavailable("no thread was free in time") }.count == 18)
    }
  }

  @Test func strangersAreToldOfNoOthersPart() async throws {
    try await withStore(queueLimit: 20) { store, _ in
      let told = try await crowd(store, .strangers, calls: 30) {}
      #expect(told.count >= 18)
      #expect(told.allSatisfy { $0 == .overloaded(.all) })
    }
  }
}
