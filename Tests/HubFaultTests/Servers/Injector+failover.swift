import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// Two Redis that change places, as somebody has them do who knows nothing of the hub.
extension Injector {
  /// How long a server may take to have all that its master has, in milliseconds.
  private static let inStepMs = 20_000

  /// The replica is promoted; half of the time later the master, which took writes meanwhile, follows it; at the end it is
  /// promoted again.
  func demoteRedis(_ fault: Fault) throws -> () throws -> Void {
    let cluster = cluster
    try startSpare()
    try Self.promote(cluster.spare)
    let world = world
    let halfMs = UInt32(clamping: fault.lastsMs / 2)
    let later = HubRuntime.Thread.start(name: "demotion") {
      usleep(halfMs * 1_000)
      do { try Self.follow(cluster.redis, cluster.spare) } catch {
        world.history.note("MISSED redis could not be demoted: \(error)")
      }
    }
    return {
      later.join()
      defer { cluster.spare.kill() }
      try Self.promote(cluster.redis)
    }
  }

  /// The replica is promoted and has the master's address from now on, while the connections to the master stay open and
  /// carry nothing.
  func cutOffRedis() throws -> () throws -> Void {
    let cluster = cluster
    try startSpare()
    try Self.promote(cluster.spare)
    cluster.proxy.lead(to: cluster.spare.port)
    cluster.proxy.muteOpen()
    return {
      defer { cluster.spare.kill() }
      do { try Self.follow(cluster.redis, cluster.spare) } catch {}
      try Self.promote(cluster.redis)
      cluster.proxy.lead(to: cluster.redis.port)
      cluster.proxy.muteOpen()
      cluster.proxy.speak()
    }
  }

  /// A replica that has all that Redis has.
  private func startSpare() throws {
    // A machine of its own: what the last replica wrote down is not there.
    try? FileManager.default.removeItem(at: cluster.spare.folder.appendingPathComponent("dump.rdb"))
    try cluster.spare.start()
    for _ in 0..<400 where !accepts(cluster.spare.port) { usleep(10_000) }
    do { try Self.follow(cluster.spare, cluster.redis) } catch {
      cluster.spare.kill()
      throw NotMade("the spare Redis has no data: \(error)")
    }
  }

  private static func promote(_ server: Member) throws { try RedisAsker.ask(server.port, "REPLICAOF", "NO", "ONE") }

  private static func follow(_ server: Member, _ master: Member) throws {
    try RedisAsker.ask(server.port, "REPLICAOF", "127.0.0.1", "\(master.port)")
    let deadline = monotonicMicros() + UInt64(inStepMs) * 1_000
    while true {
      // While it loads it refuses.
      let role = (try? RedisAsker.ask(server.port, "ROLE")) ?? []
      if role.count == 5, role[3] == "connected" { return }
      guard monotonicMicros() < deadline else { throw NotMade("\(server.name) is not in step: \(role)") }
      usleep(20_000)
    }
  }
}
