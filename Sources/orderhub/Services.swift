import HTTPServer
import HubContracts
import HubRuntime
import MongoStore
import OrderDesk
import Orders
import RedisHub
import Synchronization
import Worker

/// A part of a process as a service: what starts it and what stops it.
struct Part: Service {
  let name: String
  private let starting: @Sendable () async throws -> Void
  private let stopping: @Sendable () async -> Void

  init(
    _ name: String, start: @escaping @Sendable () async throws -> Void = {},
    stop: @escaping @Sendable () async -> Void = {}
  ) {
    self.name = name
    starting = start
    stopping = stop
  }

  func start() async throws { try await starting() }
  func stop() async { await stopping() }
}

/// An HTTP server as a service. It tells the program behind it first that it leaves, and that it drains.
final class HTTPService: Service {
  let name = "http"
  private let server = Locked<HTTPServer?>(nil)
  private let make: @Sendable () throws -> HTTPServer
  private let onLeave: @Sendable () -> Void
  private let beforeStop: @Sendable () async -> Void
  private let log: Log
  private let stopSeconds: Int

  init(
    log: Log, stopSeconds: Int, make: @escaping @Sendable () throws -> HTTPServer,
    onLeave: @escaping @Sendable () -> Void, beforeStop: @escaping @Sendable () async -> Void = {}
  ) {
    self.log = log
    self.stopSeconds = stopSeconds
    self.make = make
    self.onLeave = onLeave
    self.beforeStop = beforeStop
  }

  func start() async throws {
    let made = try make()
    server.with { $0 = made }
    log.info("listening", [("port", "\(made.port)")])
  }

  func leave() async {
    onLeave()
    server.with { $0 }?.leave()
  }

  func stop() async {
    onLeave()
    await beforeStop()
    await server.with { $0 }?.stop(withinSeconds: stopSeconds)
  }
}

extension Wiring {
  /// Looks every second into MongoDB which tokens were ended. What goes wrong is logged, the same of a minute together, told
  /// by the look's condition, and tried again in the next round.
  func endedTokens(
    _ look: EndedTokenLook, _ store: MongoStore, end: @escaping @Sendable ([TokenEnd]) -> Void
  ) -> PeriodicService {
    PeriodicService(name: "ended-tokens", pause: EndedTokenLook.pause, log: log, metrics: metrics) {
      try await look.round(read: { try await store.tokenEnds(after: $0) }, end: end)
    }
  }
}

extension Wiring {
  /// Looks every second into MongoDB which workflows tenants have made.
  func workflowLook(_ store: MongoStore) -> PeriodicService {
    PeriodicService(name: "workflows", pause: WorkflowShelf.pause, log: log, metrics: metrics) {
      try await workflows.look(at: store)
    }
  }
}

/// Makes indexes and validators before anything is served; tries again while the store is away. A process that is told to
/// end meanwhile cancels it.
struct Migration: Service {
  let name = "migration"
  let store: MongoStore
  let log: Log
  /// What must not be waited for, for it will not come by itself.
  let refusal: @Sendable () async -> Condition?
  /// How long a process waits for its store at start, in seconds; then it serves 503 until the store is there.
  private static let patienceSeconds = 20
  /// How often in a row a store that came after that may be none to work with, a second apart: one that is just starting, or
  /// is made a replica set now, is none for a moment.
  private static let refusalsLimit = 10
  /// What goes on trying after that; its outcome is why it gave up.
  private let later = Locked<Task<StoreError?, Never>?>(nil)

  init(store: MongoStore, log: Log, refusal: @escaping @Sendable () async -> Condition?) {
    self.store = store
    self.log = log
    self.refusal = refusal
  }

  func start() async throws {
    for attempt in 1...Self.patienceSeconds {
      do throws(StoreError) {
        return try await migrate()
      } catch {
        try Task.checkCancellation()
        if case .broken = error { throw error }
        log.warning("the store is not there yet", [("attempt", "\(attempt)"), ("cause", "\(error)")])
        try await Task.sleep(for: .seconds(1))
      }
    }
    log.error("the store is still not there: serving without it until it is")
    later.with { task in task = Task { await migrateOnceItIsThere() } }
  }

  private func migrate() async throws(StoreError) {
    // A server that has come meanwhile may be none to work with; making collections would not show it.
    if let refusal = await refusal() { throw StoreError.broken(refusal.line) }
    for line in try await store.migrate() { log.info("migrated", [("made", line)]) }
    // It may have come while it was being waited for.
    if let refusal = await refusal() { throw StoreError.broken(refusal.line) }
  }

  /// A store that comes late may be an empty one, or one that older versions still write to. Why it cannot be worked with;
  /// nil once it can.
  private func migrateOnceItIsThere() async -> StoreError? {
    var refusals = 0
    while !Task.isCancelled {
      do throws(StoreError) {
        try await migrate()
        return nil
      } catch {
        if Task.isCancelled { return nil }
        if case .broken(let cause) = error {
          refusals += 1
          log.error("the store is not as it must be", [("cause", cause)])
          if refusals == Self.refusalsLimit { return error }
        } else {
          refusals = 0
        }
      }
      // Cancelled or not: the loop looks.
      try? await Task.sleep(for: .seconds(1))
    }
    return nil
  }

  func failure() async -> (any Error)? { await later.with { $0 }?.value }

  func stop() async {
    let task = later.with { $0 }
    task?.cancel()
    _ = await task?.value
    await store.close()
  }
}
