import Foundation
import HubRuntime
import HubTestSupport

/// What is done to the servers that the hub needs.
extension Injector {
  func move(_ clock: ServerClock, _ seconds: Int) throws -> () throws -> Void {
    try clock.move(seconds: seconds)
    return { try clock.move(seconds: 0) }
  }

  // MARK: The replica set

  /// How long the members have for an election once a clock is right again, in milliseconds; one takes about 3 s.
  private static let electionMs = 30_000

  /// A primary whose clock went ahead steps down, and what it waits for until an hour that was put off again it waits for
  /// an hour: it goes on as primary to the others and writes nothing. Who looks after it restarts it, and so does this.
  func moveMember(_ index: Int, _ seconds: Int) throws -> () throws -> Void {
    let mend = try move(cluster.memberClocks[index], seconds)
    if seconds > 0 { ahead.with { _ = $0.insert(index) } }
    let (cluster, world) = (cluster, world)
    return {
      try mend()
      let deadline = monotonicMicros() + UInt64(Self.electionMs) * 1_000
      while cluster.primary == nil {
        guard monotonicMicros() < deadline else {
          world.history.note("RESTARTED mongod\(index): there is no primary since its clock was put right")
          cluster.members[index].kill()
          return try cluster.members[index].start()
        }
        usleep(100_000)
      }
    }
  }

  /// For the same reason such a member may not end what killed processes have left open, and whoever writes the same order
  /// waits for that: it is restarted before all is to be quiet.
  func restartAhead() {
    for index in ahead.with({ $0.sorted() }) {
      world.history.note("RESTARTED mongod\(index): its clock was ahead")
      cluster.members[index].kill()
      do { try cluster.members[index].start() } catch {
        world.note(Violation("a member that was restarted runs", "mongod\(index): \(error)"))
      }
    }
  }

  /// Which member it is now.
  func member(_ place: Fault.Place, _ fault: Fault) throws(NotMade) -> Int {
    let primary = try self.primary()
    switch place {
    case .primary: return primary
    case .secondary: return (primary + 1 + fault.target % 2) % 3
    }
  }

  private func primary() throws(NotMade) -> Int {
    guard let primary = cluster.primary else { throw NotMade("there is no primary") }
    return primary
  }

  func muteOpen(_ proxy: SilentProxy) -> () throws -> Void {
    proxy.muteOpen()
    return { proxy.speak() }
  }

  func stepDown() throws -> () throws -> Void {
    try cluster.admins[primary()].stepDown()
    return {}
  }

  /// Makes the primary fail the hub's commands; made once one has failed, which only the end shows.
  func failing(_ fault: Fault) throws -> Standing {
    let place = try primary()
    let (world, tally, admin) = (world, tally, cluster.admins[place])
    let before = try fail(fault, admin)
    return standing(fault) {
      // Who restarts meanwhile has forgotten: it is not known then, and not counted.
      guard let after = try? admin.fail([], times: 0, nil), after > before else {
        return world.history.note("MISSED \(fault.name): no command has failed at mongod\(place)")
      }
      tally.with { $0.made(fault) }
    }
  }

  private func fail(_ fault: Fault, _ admin: MemberAdmin) throws -> Int64 {
    switch fault.kind {
    case .transientErrors(let times):
      try admin.fail(
        ["insert", "update", "commitTransaction"], times: Int32(times), .error(251, label: "TransientTransactionError"))
    case .commitUnconfirmed(let times): try admin.fail(["commitTransaction"], times: Int32(times), .writeConcern(91))
    // The member ends the connection instead of doing what it is asked.
    case .commitRequestLost(let times): try admin.fail(["commitTransaction"], times: Int32(times), .closeConnection)
    case .writeConcernLate(let times):
      try admin.fail(["commitTransaction", "update"], times: Int32(times), .writeConcern(64))
    default: preconditionFailure("\(fault) makes no command fail")
    }
  }

  /// Takes the primary's answers to commits away; made once one is gone, which only the end shows.
  func losingReplies(_ fault: Fault, times: Int) throws -> Standing {
    let place = try primary()
    let (world, tally, proxy) = (world, tally, cluster.memberProxies[place])
    proxy.loseReplies(to: "commitTransaction", times: times)
    return standing(fault) {
      guard proxy.keepReplies() > 0 else {
        return world.history.note("MISSED \(fault.name): no commit was answered by mongod\(place)")
      }
      tally.with { $0.made(fault) }
    }
  }

  // MARK: Redis

  func injectInRedis(_ fault: Fault) throws -> () throws -> Void {
    let (cluster, port) = (cluster, cluster.redis.port)
    switch fault.kind {
    case .wipeRedis: try RedisAsker.ask(port, "FLUSHALL")
    case .pauseRedis: try RedisAsker.ask(port, "CLIENT", "PAUSE", "\(fault.lastsMs)", "ALL")
    case .freezeRedis: return try freeze(cluster.redis)
    case .restartRedisEmpty:
      try end(cluster.redis)
      try? FileManager.default.removeItem(at: cluster.dump)
      return { try cluster.startRedis() }
    case .restartRedisOld:
      try RedisAsker.ask(port, "SAVE")
      // It forgets, as a server does that saves only now and then, what comes between here and the restart.
      return {
        cluster.redis.kill()
        try cluster.startRedis()
      }
    case .halfOpenRedis: return muteOpen(cluster.proxy)
    case .silentRedis:
      cluster.proxy.mute()
      return { cluster.proxy.speak() }
    default: preconditionFailure("\(fault) is not done to Redis")
    }
    return {}
  }
}
