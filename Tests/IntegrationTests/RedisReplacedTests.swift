import HubRuntime
import HubTestSupport
import Testing

/// A whole hub with two api and two live processes whose Redis is demoted, promoted back, and cut off. Everybody's answers
/// are watched meanwhile: none may be older than one that was given a second before, and every client must come to know
/// all that happened.
@Suite(.serialized) struct RedisReplacedTests {
  /// A master and its replica.
  private struct Couple {
    let first: ServerProcess
    let second: ServerProcess

    init() throws {
      first = try TestServers.redis()
      second = try TestServers.redis()
      for server in [first, second] {
        try RedisAsker.ask(server.port, "CONFIG", "SET", "repl-diskless-sync-delay", "0")
      }
      try Self.follow(second, first)
    }

    /// Makes one the other's replica and waits until it has all that the other has.
    static func follow(_ server: ServerProcess, _ master: ServerProcess) throws {
      try RedisAsker.ask(server.port, "REPLICAOF", "127.0.0.1", "\(master.port)")
      guard
        blockUntil({ (try? RedisAsker.ask(server.port, "ROLE")).map { $0.count == 5 && $0[3] == "connected" } ?? false }
        )
      else { throw TestServerError("the replica is never in step") }
    }

    static func promote(_ server: ServerProcess) throws { try RedisAsker.ask(server.port, "REPLICAOF", "NO", "ONE") }
  }

  /// Asks both api processes for an order again and again, and keeps what was wrong. What an api answers must be no older
  /// than what was acknowledged a second before it was asked.
  private final class Watch: Sendable {
    private struct State {
      /// What remains, as it was acknowledged, and when.
      var acknowledged: [(remaining: Int, at: UInt64)] = []
      var isOver = false
      var asked = 0
      var wrong: [String] = []
    }
    private let state = Locked(State())
    private let tasks = Locked<[Task<Void, Never>]>([])
    private static let allowedMicros: UInt64 = 1_000_000
    /// How many pieces the order has.
    static let pieces = 500

    init(_ caller: Caller, _ order: Document) {
      let state = state
      let made = (0..<2).map { process in
        Task {
          while !state.with({ $0.isOver }) {
            let since = monotonicMicros()
            if let now = try? await caller.at(process).remaining(order)["p1"]["remaining"].whole, now >= 0 {
              state.with { state in
                state.asked += 1
                let known = state.acknowledged.last { $0.at + Self.allowedMicros < since }?.remaining ?? .max
                if now > known { state.wrong.append("api \(process) said \(now) remain, and \(known) did") }
              }
            }
            try? await Task.sleep(for: .milliseconds(15))
          }
        }
      }
      tasks.with { $0 = made }
    }

    /// One more piece is delivered.
    func acknowledgeOne() {
      state.with { state in
        state.acknowledged.append((Self.pieces - state.acknowledged.count - 1, monotonicMicros()))
      }
    }

    /// What was wrong, and how often was asked.
    func end() async -> (wrong: [String], asked: Int) {
      state.with { $0.isOver = true }
      for task in tasks.with({ $0 }) { await task.value }
      return state.with { ($0.wrong, $0.asked) }
    }
  }

  /// Delivers one of the order's pieces, through either api.
  private func deliver(_ scene: LiveScene, _ order: Document, _ watch: Watch, _ times: Int) async throws {
    for round in 0..<times {
      let reply = try await scene.ada.at(round % 2).deliver(order, "1")
      guard reply.status == 201 else { throw TestServerError("no delivery: \(reply)") }
      watch.acknowledgeOne()
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  @Test func aDemotedMasterThatIsPromotedBackTellsNothingOldAndNoClientMissesAnEvent() async throws {
    let couple = try await onThread { try Couple() }
    let scene = try await LiveScene(redis: couple.first, apis: 2)
    defer {
      scene.end()
      couple.second.stop()
    }
    try await scene.begin(at: [scene.hub.live.port, scene.second.port])
    let order = try await scene.ada.place([("p1", "\(Watch.pieces)")])
    let watch = Watch(scene.ada, order)
    try await deliver(scene, order, watch, 5)
    // The replica is promoted, and the old master takes writes for a while that nobody else will have.
    try await onThread { try Couple.promote(couple.second) }
    try await deliver(scene, order, watch, 5)
    try await onThread { try Couple.follow(couple.first, couple.second) }
    try await deliver(scene, order, watch, 15)
    #expect(try await scene.ada.get("/readyz")["redis"] != "up")
    try await onThread { try Couple.promote(couple.first) }
    try await deliver(scene, order, watch, 15)
    try await check(scene, watch)
  }

  @Test func anOldMasterThatIsCutOffTellsNothingOldAndNoClientMissesAnEvent() async throws {
    let couple = try await onThread { try Couple() }
    let proxy = try SilentProxy(target: couple.first.port)
    let scene = try await LiveScene(
      redis: couple.first, environment: ["REDIS_URL": "redis://127.0.0.1:\(proxy.port)"], apis: 2)
    defer {
      scene.end()
      couple.second.stop()
      proxy.end()
    }
    try await scene.begin(at: [scene.hub.live.port, scene.second.port])
    let order = try await scene.ada.place([("p1", "\(Watch.pieces)")])
    let watch = Watch(scene.ada, order)
    try await deliver(scene, order, watch, 5)
    try await onThread { try Couple.promote(couple.second) }
    proxy.lead(to: couple.second.port)
    proxy.muteOpen()
    try await deliver(scene, order, watch, 40)
    try await onThread {
      try Couple.follow(couple.first, couple.second)
      try Couple.promote(couple.first)
    }
    try await deliver(scene, order, watch, 5)
    // It takes its place again, with all that the other took meanwhile missing.
    proxy.lead(to: couple.first.port)
    proxy.muteOpen()
    try await deliver(scene, order, watch, 40)
    try await check(scene, watch)
  }

  private func check(_ scene: LiveScene, _ watch: Watch) async throws {
    try await eventually("the hub has Redis again") { try await scene.ada.get("/readyz")["redis"] == "up" }
    for (kind, log) in try await scene.finish() { #expect(!log.resyncs.isEmpty, "\(kind): \(log)") }
    let (wrong, asked) = await watch.end()
    #expect(wrong == [], "of \(asked)")
    #expect(asked > 100)
    #expect(try await CommandLineRun.orderhub(["audit"], hub: scene.hub).status == 0)
  }
}
