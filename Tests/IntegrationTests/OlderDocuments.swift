import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import MongoStore
import Orders

/// A database with what the version before amounts had their currency's decimals left in it, of a tenant `legacy`, and the
/// processes that a test starts upon it.
///
/// `Clients/documents-before.jsonl` has the documents as that version wrote them, one a line under its collection's name,
/// as extended JSON; the events are without their envelopes.
final class OlderDocuments: Sendable {
  private let uri: String
  private let redis: ServerProcess
  private let store: MongoStore
  private let started = Locked<[ServerProcess]>([])

  private init(uri: String, redis: ServerProcess) throws {
    self.uri = uri
    self.redis = redis
    let name = uri.split(separator: "/")[2].prefix { $0 != "?" }
    store = MongoStore(
      try MongoOptions(uri: uri, database: String(name), threads: 1), log: Log(level: .error, sink: Silent()),
      metrics: Metrics())
  }

  /// Puts them into a database of their own.
  static func open() async throws -> OlderDocuments {
    let older = try await onThread { try OlderDocuments(uri: Hub.newDatabase(), redis: TestServers.redis()) }
    try await load(into: older.uri)
    return older
  }

  private static func load(into uri: String) async throws {
    guard let python = ProcessInfo.processInfo.environment["ORDERHUB_TEST_PYTHON"] else {
      throw TestServerError("ORDERHUB_TEST_PYTHON is not set: run the tests with scripts/test")
    }
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients")
    let words = ["load_documents.py", "documents-before.jsonl"].map { folder.appendingPathComponent($0).path }
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("load-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    let status = try await onThread {
      try ChildProcess(
        python, [words[0], uri, words[1]], environment: ["PYTHONDONTWRITEBYTECODE": "1"], folder: folder,
        output: output, errors: output
      ).wait()
    }
    guard status == 0 else {
      throw TestServerError("not loaded: \((try? String(contentsOf: output, encoding: .utf8)) ?? "")")
    }
  }

  /// Starts a process of the hub and waits until it is ready.
  func start(_ command: String, _ portName: String) async throws -> ServerProcess {
    let settings = Hub.settings(mongoURI: uri, redisPort: redis.port)
    let process = try await onThread {
      let process = try Hub.start(command, portName, settings)
      try Hub.awaitReady(process)
      return process
    }
    started.with { $0.append(process) }
    return process
  }

  /// Makes the indexes, as the first process of a new version does.
  func migrate() async throws {
    let run = try await CommandLineRun.orderhub(["migrate"], environment: ["MONGODB_URI": uri])
    guard run.status == 0 else { throw TestServerError("not migrated: \(run)") }
  }

  func audit() async throws -> CommandLineRun {
    try await CommandLineRun.orderhub(["audit"], environment: ["MONGODB_URI": uri])
  }

  /// All orders, as the store has them.
  func orders() async throws -> [Order] {
    try await store.auditedOrders(after: nil, tenant: nil, limit: 100).map(\.order)
  }

  /// Whether the deliveries of the day on which all of them were made are counted by their currency.
  func isCountedByCurrency() async throws -> Bool {
    guard let tenant = TenantID("legacy") else { throw TestServerError("no such tenant") }
    var sums: [Text: Int64] = [:]
    for shard in try await store.tallies(TallyScope(tenant: tenant, kind: .deliveries(day: "2026-11-27"))) {
      sums.merge(shard.counts) { $0 + $1 }
    }
    return sums["value"] == nil && sums["valueFraction"] == nil
      && ["value:USD", "value:JPY", "fraction:BTC", "fraction:ZZZ"].allSatisfy { sums[$0] != nil }
  }

  func end() {
    for process in started.with({ $0 }) + [redis] { process.stop() }
    Task { await store.close() }
  }

  private struct Silent: LogSink {
    func write(_ line: LogLine) {}
  }
}
