import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// A replica set of one that a test may break.
private func withServer(
  commitDeadlineMs: Int = 8_000, threads: Int = 4,
  _ body: (MongoStore, ServerProcess) async throws -> Void
) async throws {
  let server = try await onThread { try TestServers.mongod() }
  let direct = try MongoOptions(
    uri: "mongodb://127.0.0.1:\(server.port)/?directConnection=true", database: "admin", threads: 1)
  #expect(try await MongoStore.initiateReplicaSet(direct, name: "rs0", member: "127.0.0.1:\(server.port)"))
  #expect(try await !MongoStore.initiateReplicaSet(direct, name: "rs0", member: "127.0.0.1:\(server.port)"))
  let store = try makeStore(of: server, commitDeadlineMs: commitDeadlineMs, threads: threads)
  do {
    _ = try await store.migrate()
    try await body(store, server)
  } catch {
    await store.close()
    throw error
  }
  await store.close()
}

private func makeStore(
  of server: ServerProcess, commitDeadlineMs: Int = 8_000, parameters: String = "&socketTimeoutMS=60000",
  threads: Int = 4
) throws -> MongoStore {
  var options = try MongoOptions(
    uri: "mongodb://127.0.0.1:\(server.port)/?replicaSet=rs0\(parameters)", database: "faults", threads: threads)
  options.commitDeadlineMs = commitDeadlineMs
  return MongoStore(options, log: Log(level: .error, sink: Silence()), metrics: Metrics())
}

extension MongoStore {
  /// Makes the server fail a command so many times; nil times: until it is told otherwise, 0: no more.
  fileprivate func fail(
    _ command: String, times: Int32?, _ data: @escaping @Sendable (inout BSONWriter) -> Void
  ) async throws(StoreError) {
    try await read { worker in
      _ = try worker.run(.plain, database: "admin", inSession: false) {
        $0.string("configureFailPoint", "failCommand" as StaticString)
        switch times {
        case 0?: $0.string("mode", "off" as StaticString)
        case let times?: $0.document("mode") { $0.int32("times", times) }
        case nil: $0.string("mode", "alwaysOn" as StaticString)
        }
        $0.document("data") {
          $0.strings("failCommands", [command])
          data(&$0)
        }
      }
    }
  }
}

private func outcome(_ body: () async throws -> CommitOutcome) async -> Result<CommitOutcome, StoreError> {
  do { return .success(try await body()) } catch let error as StoreError { return .failure(error) } catch {
    return .failure(.broken("\(error)"))
  }
}

@Suite(.serialized) struct FaultTests {
  @Test func aTransientFailureIsTriedAgainAndWrittenOnce() async throws {
    try await withServer { store, _ async throws in
      try await store.fail("insert", times: 2) {
        $0.int32("errorCode", 251)
        $0.strings("errorLabels", ["TransientTransactionError"])
      }
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      #expect(try await store.events(of: order.id, after: 0, upTo: 9, limit: 9).map(\.seq) == [1, 2])
      #expect(store.meters.retried.value == 2)
    }
  }

  @Test func aConnectionLostInTheMiddleIsTriedAgainAndWrittenOnce() async throws {
    try await withServer { store, _ async throws in
      try await store.fail("insert", times: 1) { $0.bool("closeConnection", true) }
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      #expect(try await store.events(of: order.id, after: 0, upTo: 9, limit: 9).map(\.seq) == [1, 2])
    }
  }

  @Test func aCommitWhoseAnswerIsLostIsAskedAgain() async throws {
    try await withServer { store, _ async throws in
      // It commits, and the answer says that this is not known.
      try await store.fail("commitTransaction", times: 4) {
        $0.document("writeConcernError") {
          $0.int32("code", 91)
          $0.string("errmsg", "lost" as StaticString)
        }
      }
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      #expect(try await store.order(order.id, tenant: nil) == order)
      try await store.fail("commitTransaction", times: 3) { $0.bool("closeConnection", true) }
      let change = Fixtures.change(of: order)
      #expect(try await store.commit(change.writes) == .committed)
      #expect(try await store.order(order.id, tenant: nil) == change.order)
      #expect(try await store.commit(change.writes) == .stale)
    }
  }

  @Test func aCommitThatNeverAnswersIsUnknownInTimeAndTheSessionIsNotKept() async throws {
    try await withServer(commitDeadlineMs: 1_500, threads: 1) { store, _ async throws in
      try await store.fail("commitTransaction", times: nil) { $0.bool("closeConnection", true) }
      let order = Fixtures.order()
      // It will never answer, and is not waited for for ever.
      let result = await outcome { try await store.commit(Fixtures.creation(of: order)) }
      guard case .failure(.outcomeUnknown) = result else {
        Issue.record("\(result)")
        return
      }
      #expect(store.meters.unknown.value == 1)
      // The same thread goes on with a fresh session, and what was not committed blocks nobody for long.
      try await settled { try await store.fail("commitTransaction", times: 0) { _ in } }
      let next = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: next)) == .committed)
      #expect(try await store.order(next.id, tenant: nil) == next)
    }
  }

  @Test func aKilledServerIsUnavailableInTimeAndComesBack() async throws {
    try await withServer { store, server async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      server.stop()
      let result = await outcome { try await store.commit(Fixtures.change(of: order).writes) }
      guard case .failure(.unavailable) = result else {
        Issue.record("\(result)")
        return
      }
      await #expect(throws: StoreError.self) { try await store.order(order.id, tenant: nil) }
      // From here on nobody waits: of a hundred, few take as long as the driver looks for a server.
      var waits = 0
      for _ in 0..<100 {
        let began = monotonicMicros()
        await #expect(throws: StoreError.self) { try await store.order(order.id, tenant: nil) }
        if monotonicMicros() - began > 1_000_000 { waits += 1 }
      }
      #expect(waits < 20)
      let again = try await onThread { try TestServers.mongod(port: server.port, folder: server.folder) }
      defer { again.stop() }
      try await settled { () async throws in #expect(try await store.order(order.id, tenant: nil) == order) }
      #expect(try await store.commit(Fixtures.change(of: order).writes) == .committed)
    }
  }

  @Test func callsAreAnsweredWhileTheServerStillStandsStillAndItComesBack() async throws {
    try await withServer { patient, server async throws in
      let order = Fixtures.order()
      #expect(try await patient.commit(Fixtures.creation(of: order)) == .committed)
      // Only what must fail is asked of one without patience: the server may be slow for another reason.
      let store = try makeStore(
        of: server, parameters: "&socketTimeoutMS=1000&connectTimeoutMS=1000&serverSelectionTimeoutMS=1000")
      try await settled { () async throws in #expect(try await store.order(order.id, tenant: nil) == order) }
      server.signal(SIGSTOP)
      let new = (0..<12).map { _ in Fixtures.order() }
      // More than there are threads. Each of them comes back though the server never does.
      let outcomes = await withTaskGroup(of: (Order, Result<CommitOutcome, StoreError>).self) { group in
        for order in new {
          group.addTask { (order, await outcome { try await store.commit(Fixtures.creation(of: order)) }) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count == 12)
      var absent: [Order] = []
      for (order, result) in outcomes {
        switch result {
        case .failure(.unavailable), .failure(.overloaded): absent.append(order)
        case .failure(.outcomeUnknown): break
        case .failure(.broken), .success: Issue.record("\(result)")
        }
      }
      for _ in 0..<6 { await #expect(throws: StoreError.self) { try await store.order(order.id, tenant: nil) } }
      server.signal(SIGCONT)
      try await settled { () async throws in #expect(try await store.order(order.id, tenant: nil) == order) }
      // A part of one may have been sent, but none was committed of which that was not said.
      for order in absent { #expect(try await store.order(order.id, tenant: nil) == nil) }
      await store.close()
    }
  }

  @Test func anIndexMayTakeLongerToBuildThanOtherCallsWait() async throws {
    try await withServer { store, server async throws in
      let options = try MongoOptions(
        uri: "mongodb://127.0.0.1:\(server.port)/?replicaSet=rs0&socketTimeoutMS=500", database: "later", threads: 1)
      let later = MongoStore(options, log: Log(level: .error, sink: Silence()), metrics: Metrics())
      try await store.fail("createIndexes", times: 2) {
        $0.bool("blockConnection", true)
        $0.int32("blockTimeMS", 1_500)
      }
      var made: [String] = []
      do { made = try await later.migrate() } catch { Issue.record("\(error)") }
      #expect(made.contains { $0.hasPrefix("index ") })
      // Others do not wait for as long, and the driver asks twice.
      try await store.fail("find", times: 2) {
        $0.bool("blockConnection", true)
        $0.int32("blockTimeMS", 1_500)
      }
      await #expect(throws: StoreError.self) { try await later.order(Fixtures.order().id, tenant: nil) }
      await later.close()
    }
  }

  @Test func whatIsWaitedForIsFiveSecondsAndTheServerGivesUpFirst() throws {
    let selection = try #require(MongoClients.defaults.first { $0.0 == "serverselectiontimeoutms" }?.1)
    let options = try MongoOptions(uri: "mongodb://127.0.0.1/", database: "x")
    #expect(Patience.ordinary.socketTimeoutMs + selection <= 5_000)
    #expect(options.commitDeadlineMs <= 5_000)
    for patience in Patience.allCases {
      #expect((patience.operationTimeoutMs ?? options.operationTimeoutMs) < Int(patience.socketTimeoutMs))
    }
  }

  /// Asks until the store is back.
  private func settled(_ body: () async throws -> Void) async throws {
    try await eventually("the store is back") {
      do { try await body() } catch StoreError.unavailable { return false }
      return true
    }
  }
}
