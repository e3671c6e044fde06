import Foundation
import HubTestSupport
import Testing

/// A hub with two live processes, staff at work, and a client of each kind that looks on.
struct LiveScene: Sendable {
  let hub: Hub
  let second: ServerProcess
  let clients: LiveClients
  let ada: Caller
  let trade: Trade

  /// `names` are what the two live processes are called.
  init(
    redis: ServerProcess? = nil, environment more: [String: String] = [:], apis: Int = 1,
    names: (String, String) = ("", "")
  ) async throws {
    // A Redis that is slow because the machine is busy is waited for.
    let environment = ["REDIS_TIMEOUT_MS": "10000"].merging(more) { $1 }
    hub = try await Hub.own(
      apis: apis, redis: redis, environment: environment.merging(["LIVE_NAME": names.0]) { $1 })
    second = try await hub.anotherLive(environment: environment.merging(["LIVE_NAME": names.1]) { $1 })
    clients = try await LiveClients.start()
    ada = try hub.caller()
    trade = Trade(ada)
  }

  func end() {
    clients.end()
    second.stop()
    hub.end()
  }

  /// Until each client has seen some events.
  func begin(at ports: [Int]) async throws {
    for kind in WatchKind.allCases { try await clients.watch(kind, by: ada, at: ports) }
    for kind in WatchKind.allCases {
      try await eventually("\(kind) sees events") {
        try await clients.log(of: kind.rawValue)["log"].items.count { $0["event"] != .missing } >= 20
      }
    }
  }

  /// Work goes on until there are three orders more, and enough; then each client must come to know all that happened.
  func finish() async throws -> [(WatchKind, WatchLog)] {
    let before = try await ada.versions().count
    try await eventually("there are more orders") { try await ada.versions().count > max(5, before + 2) }
    await trade.end()
    let versions = try await ada.versions()
    var logs: [(WatchKind, WatchLog)] = []
    do {
      try await eventually("every client knows all") {
        logs = try await self.logs()
        return logs.allSatisfy { $0.1.known == versions }
      }
    } catch {
      for (kind, log) in logs where log.known != versions {
        let missing = versions.filter { log.known[$0.key] != $0.value }
        Issue.record("\(kind) never knew \(missing.count) of \(versions.count): \(Array(missing.prefix(5))); \(log)")
      }
    }
    for (kind, log) in logs {
      #expect(log.gaps == [], "\(kind)")
      #expect(log.strange == [], "\(kind)")
    }
    return logs
  }

  private func logs() async throws -> [(WatchKind, WatchLog)] {
    var read: [(WatchKind, Document)] = []
    for kind in WatchKind.allCases { read.append((kind, try await clients.log(of: kind.rawValue))) }
    let ids = WatchLog.ids(read.map(\.1)).merging(try await hub.streamedIDs(ada.tenant)) { $1 }
    return read.map { ($0.0, WatchLog($0.1, ids: ids)) }
  }
}

extension Hub {
  /// The ids of the events in a tenant's stream, by their places.
  fileprivate func streamedIDs(_ tenant: String) async throws -> [String: String] {
    let port = redisPort
    return try await onThread {
      let words = try RedisAsker.ask(port, "XRANGE", "events:\(tenant)", "-", "+")
      var ids: [String: String] = [:]
      for index in stride(from: 0, to: words.count - 2, by: 3) where words[index + 1] == "e" {
        ids[words[index]] = Document(parsing: words[index + 2])["id"].text
      }
      return ids
    }
  }
}
