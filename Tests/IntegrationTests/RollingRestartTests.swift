import Foundation
import Glibc
import HubRuntime
import HubTestSupport
import Testing

/// Processes that are replaced one after the other behind real proxies, with the configurations of the documents.
@Suite struct RollingRestartTests {
  @Test func behindHAProxyNotOneRequestIsRefused() async throws {
    let site = try await ReplacedSite()
    defer { site.end() }
    let stats = try freePort()
    let proxy = try await onThread { try DocumentedProxies.haproxy(before: site.addresses, statsPort: stats) }
    defer { proxy.stop() }
    let status = { (backend: String, server: String) in
      try await onThread { try Proxies.haproxyStatus(of: server, in: backend, statsPort: stats) }
    }
    for (backend, server) in site.names {
      try await eventually("\(server) is up") { try await status(backend, server) == "UP" }
    }
    let load = ClientLoad(try site.caller(at: proxy.port), livePort: proxy.port)
    for (index, (backend, server)) in site.names.enumerated() {
      try await load.goesOn()
      let isNoted = Locked(false)
      try await site.replace(index) {
        // Nothing of it says how long: haproxy's own word counts.
        try await eventually("haproxy takes \(server) out") { try await status(backend, server).hasPrefix("DOWN") }
        isNoted.with { $0 = true }
      }
      #expect(isNoted.with { $0 })
      try await eventually("\(server) is up again") { try await status(backend, server) == "UP" }
    }
    try await load.goesOn()
    await load.end { #expect($0 == [], "\($1) writes, \($2) reads and \($3) sockets went well") }
  }

  @Test func behindNginxNotOneRequestIsRefused() async throws {
    let site = try await ReplacedSite()
    defer { site.end() }
    let proxy = try await onThread { try DocumentedProxies.nginx(before: site.addresses) }
    defer { proxy.stop() }
    let load = ClientLoad(try site.caller(at: proxy.port), livePort: proxy.port)
    for index in site.names.indices {
      try await load.goesOn()
      // This nginx asks nobody: it learns at the first connection that is refused.
      try await site.replace(index) {}
    }
    try await load.goesOn()
    await load.end { #expect($0 == [], "\($1) writes, \($2) reads and \($3) sockets went well") }
  }

  @Test func whoIsAboutToStopSaysSoServesAllAndClosesEachConnectionBehindItsAnswer() async throws {
    let hub = try await Hub.own(environment: ["DRAIN_DELAY_S": "3600"])
    defer { hub.end() }
    let ada = try hub.caller()
    let (api, live) = (hub.apis[0], hub.live)
    let kept = try await onThread {
      let client = try RawClient(port: api.port)
      try client.request("GET", "/healthz")
      let answer = try client.answer()
      #expect(answer.status == 200)
      #expect(answer.headers["connection"]?.lowercased() != "close")
      return Kept(client)
    }
    for process in [api, live] { process.signal(SIGTERM) }
    try await eventually("both say so") {
      try await onThread { try [api, live].allSatisfy { try Hub.status($0, "/readyz") == 503 } }
    }
    // On a connection of before, and on new ones: reads, writes, health, sockets.
    try await onThread {
      try kept.client.request("GET", "/healthz")
      let answer = try kept.client.answer()
      #expect(answer.status == 200)
      #expect(answer.headers["connection"]?.lowercased() == "close")
      #expect(kept.client.isClosedByServer())
    }
    let order = try await ada.place([("p1", "2")])
    #expect(try await ada.get("/api/orders/\(order.id)").status == 200)
    #expect(try await onThread { try [api, live].map { try Hub.status($0, "/healthz") } } == [200, 200])
    let socket = try await hub.socket(ada)
    _ = try await ada.place([("p1", "1")])
    #expect(try await socket.next(1)[0]["type"] == "order:created")
    // A second signal does not wait.
    for process in [api, live] { process.signal(SIGTERM) }
    #expect(try await onThread { [api, live].map { $0.waitForExit() } } == [143, 143])
  }

  private final class Kept: @unchecked Sendable {
    // Owner: the test, which uses it on one thread at a time.
    let client: RawClient
    init(_ client: RawClient) { self.client = client }
  }
}

/// A hub of two api and two live processes, each of which can be replaced on its port.
private final class ReplacedSite: @unchecked Sendable {
  // Owner: the test; `replacements` is touched by one call at a time.
  private let hub: Hub
  private let secondLive: ServerProcess
  private let settings = ["DRAIN_DELAY_S": "2"]
  private var replacements: [ServerProcess] = []

  init() async throws {
    hub = try await Hub.own(apis: 2, environment: settings)
    secondLive = try await hub.anotherLive(environment: settings)
  }

  /// In the order in which they are replaced: the backend, and the server in it, as the documents call them.
  let names = [("api", "api1"), ("live", "live1"), ("api", "api2"), ("live", "live2")]
  private var processes: [ServerProcess] { [hub.apis[0], hub.live, hub.apis[1], secondLive] }

  /// What stands in the documents, and what is here.
  var addresses: [(String, String)] { DocumentedProxies.addresses(processes.map(\.port)) }

  func caller(at port: Int) throws -> Caller {
    try Caller(ports: [port], tenant: "t-\(UUID().uuidString.prefix(8).lowercased())")
  }

  /// Ends one in good order and starts another on its port; `meanwhile` runs while the old one is told to end.
  func replace(_ index: Int, _ meanwhile: () async throws -> Void) async throws {
    let old = processes[index]
    let (command, portName) = index % 2 == 0 ? ("api", "PORT") : ("live", "LIVE_PORT")
    old.signal(SIGTERM)
    try await meanwhile()
    #expect(try await onThread { old.waitForExit() } == 0)
    let environment = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort).merging(settings) { $1 }
    let new = try await onThread {
      let new = try ServerProcess(
        Hub.binary(), port: old.port, environment: environment.merging([portName: "\(old.port)"]) { $1 }
      ) { _, _ in [command] }
      try Hub.awaitReady(new)
      return new
    }
    replacements.append(new)
  }

  func end() {
    for process in replacements { process.stop() }
    secondLive.stop()
    hub.end()
  }
}

/// Clients that write, read and connect without a pause, and remember what did not go well.
private final class ClientLoad: Sendable {
  private struct Seen {
    var writes = 0
    var reads = 0
    var sockets = 0
    var faults: [String] = []
    var isOver = false
  }
  private let seen = Locked(Seen())
  private let clients: Locked<[Task<Void, Never>]>

  init(_ caller: Caller, livePort: Int) {
    clients = Locked([])
    let seen = seen
    let loop = { (work: @escaping @Sendable () async throws -> any WritableKeyPath<Seen, Int> & Sendable) in
      Task {
        while !seen.with({ $0.isOver }) {
          do {
            let done = try await work()
            seen.with { $0[keyPath: done] += 1 }
          } catch {
            seen.with { $0.faults.append("\(error)") }
          }
        }
      }
    }
    let token = caller.token ?? ""
    let writer = loop {
      let reply = try await caller.post(
        "/api/orders", #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#)
      guard reply.status == 201 else { throw TestServerError("a write: \(reply)") }
      return \.writes
    }
    let other = loop {
      let reply = try await caller.post(
        "/api/orders", #"{"customer":{"name":"H"},"items":[{"productId":"p2","quantity":1,"unitPrice":1}]}"#)
      guard reply.status == 201 else { throw TestServerError("a write: \(reply)") }
      return \.writes
    }
    let reader = loop {
      let reply = try await caller.get("/api/orders?limit=1")
      guard reply.status == 200 else { throw TestServerError("a read: \(reply)") }
      return \.reads
    }
    let watcher = loop {
      try await onThread {
        let socket = try LiveSocket(port: livePort, headers: ["Authorization: Bearer \(token)"])
        try socket.greet(subscribes: false)
      }
      return \.sockets
    }
    clients.with { $0 = [writer, other, reader, watcher] }
  }

  /// Until each kind of client has been served ten times more.
  func goesOn() async throws {
    let before = seen.with { $0 }
    try await eventually("all are served") {
      self.seen.with { now in
        now.writes >= before.writes + 10 && now.reads >= before.reads + 10 && now.sockets >= before.sockets + 10
          || !now.faults.isEmpty
      }
    }
  }

  /// Ends them; gives what did not go well, and how many writes, reads and sockets did.
  func end(_ judge: ([String], Int, Int, Int) -> Void) async {
    seen.with { $0.isOver = true }
    for client in clients.with({ $0 }) { await client.value }
    let seen = seen.with { $0 }
    judge(seen.faults, seen.writes, seen.reads, seen.sockets)
  }
}
