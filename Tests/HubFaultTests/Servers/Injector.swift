import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// Breaks the cluster as the plan says, and mends it again. It runs on a thread of its own.
final class Injector: Sendable {
  /// A fault that is made, and not yet mended.
  struct Standing {
    var fault: Fault
    var endsAt: UInt64
    /// Whether it has done what it should, so that only its `lastsMs` are waited for.
    var isDone: () -> Bool = { false }
    /// Whether what mends it may wait for something that other faults hinder.
    var mendsLast = false
    var mend: () throws -> Void
  }

  let cluster: Cluster
  let world: World
  let tally = Locked(FaultTally())
  let upgrade = Locked(Upgrade())
  /// The members whose clocks were ahead.
  let ahead = Locked<Set<Int>>([])
  let migration = Locked<HubRuntime.Thread?>(nil)
  private let seed: UInt64
  private let density: FaultPlan.Density
  private let points: [CrashPoint]
  private let isEnding = Locked(false)
  private let thread = Locked<HubRuntime.Thread?>(nil)
  /// How many faults stand at once.
  private static let standingLimit = 3
  /// A fault comes after this time, even if the faults that stand let no operation end.
  private static let longestGapMs = 8_000

  /// `points` are those that what is done passes.
  init(cluster: Cluster, world: World, seed: UInt64, density: FaultPlan.Density, points: [CrashPoint]) {
    self.points = points
    self.cluster = cluster
    self.world = world
    self.seed = seed
    self.density = density
    thread.with { $0 = HubRuntime.Thread.start(name: "injector") { [self] in run() } }
  }

  /// Begins no more, and mends all.
  func end() {
    isEnding.with { $0 = true }
    thread.with { thread in
      thread?.join()
      thread = nil
    }
  }

  private func run() {
    var standing: [Standing] = []
    var plan = FaultPlan(seed: seed, density, points: points)
    var next = plan.next()
    var operations = world.operations
    var last = monotonicMicros()
    while !isEnding.with({ $0 }) {
      usleep(20_000)
      let now = monotonicMicros()
      for place in standing.indices.reversed() {
        if standing[place].isDone() {
          standing[place].isDone = { false }
          standing[place].endsAt = now + UInt64(standing[place].fault.lastsMs) * 1_000
        }
        if standing[place].endsAt <= now { mend(standing.remove(at: place)) }
      }
      watch(standing)
      if cluster.old != nil {
        let generation = Generation(seed: seed, after: world.operations)
        self.plan(generation)
        next = next.fitting(generation)
        if let replacing = replaceOne(besides: standing) { standing.append(replacing) }
      }
      let isDue =
        world.operations - operations >= next.afterOperations || now - last > UInt64(Self.longestGapMs) * 1_000
      guard isDue, standing.count < Self.standingLimit,
        standing.allSatisfy({ $0.fault.touches.isDisjoint(with: next.touches) })
      else { continue }
      if let begun = begin(next) { standing.append(begun) }
      next = plan.next()
      operations = world.operations
      last = monotonicMicros()
    }
    for one in standing where !one.mendsLast { mend(one) }
    for one in standing where one.mendsLast { mend(one) }
    mendAll()
  }

  /// Makes a fault if it can be made.
  private func begin(_ fault: Fault) -> Standing? {
    world.history.note("FAULT \(fault)")
    tally.with { $0.planned(fault) }
    do {
      for process in cluster.hub where fault.touches.contains(process.name) && !process.isRunning {
        // It ended by itself, as is seen soon if nothing is said to have broken it.
        throw NotMade("\(process.name) does not run")
      }
      return try make(fault)
    } catch {
      world.history.note("FAULT \(fault) could not be made: \(error)")
      if !(error is NotMade) { restartTouched(by: fault) }
      return nil
    }
  }

  /// What was begun and not brought to its end leaves nothing behind.
  private func restartTouched(by fault: Fault) {
    for process in cluster.hub where fault.touches.contains(process.name) {
      process.kill()
      try? process.start()
    }
  }

  /// Those that count as made only once something has come of them, and those that are made at once.
  private func make(_ fault: Fault) throws -> Standing {
    switch fault.kind {
    case .crash(let point, let nth): return try crash(at: point, nth: nth, fault)
    case .terminate(let fleet): return try terminate(process(fleet, fault), fault)
    case .transientErrors, .commitUnconfirmed, .commitRequestLost, .writeConcernLate: return try failing(fault)
    case .commitReplyLost(let times): return try losingReplies(fault, times: times)
    default:
      let mend = try inject(fault)
      tally.with { $0.made(fault) }
      return standing(fault, mend)
    }
  }

  /// For as long as the fault lasts.
  func standing(_ fault: Fault, _ mend: @escaping () throws -> Void) -> Standing {
    Standing(fault: fault, endsAt: monotonicMicros() + UInt64(fault.lastsMs) * 1_000, mend: mend)
  }

  /// A process of the hub that ends and was not made to is a defect, whatever else is broken.
  private func watch(_ standing: [Standing]) {
    let touched = standing.reduce(into: Set<String>()) { $0.formUnion($1.fault.touches) }
    for process in cluster.hub where !touched.contains(process.name) && !process.isRunning {
      noteEnd(of: process)
      try? process.start()
    }
    guard !touched.contains("members") else { return }
    for member in cluster.members where !member.isRunning {
      world.history.note("\(member.name) ended by itself with \(member.exitStatus ?? -1)")
      try? member.start()
    }
  }

  private func mend(_ standing: Standing) {
    do { try standing.mend() } catch {
      world.note(Violation("a process starts again", "after \(standing.fault): \(error)"))
    }
    world.history.note("MENDED \(standing.fault.kind)")
  }

  /// Whatever still is not as it should be.
  private func mendAll() {
    for proxy in cluster.memberProxies + [cluster.proxy] {
      proxy.speak()
      _ = proxy.keepReplies()
    }
    for process in cluster.members + [cluster.redis] + cluster.hub {
      process.thaw()
      try? process.start()
    }
    cluster.proxy.lead(to: cluster.redis.port)
    cluster.spare.kill()
    _ = try? RedisAsker.ask(cluster.redis.port, "REPLICAOF", "NO", "ONE")
    for clock in cluster.memberClocks + [cluster.redisClock] { try? clock.move(seconds: 0) }
    restartAhead()
    for admin in cluster.admins { _ = try? admin.fail([], times: 0, nil) }
  }

  /// Makes a fault that takes effect at once; gives what mends it.
  private func inject(_ fault: Fault) throws -> () throws -> Void {
    switch fault.kind {
    case .kill(let fleet): return try restart(process(fleet, fault))
    case .freeze(let fleet): return try freeze(process(fleet, fault))
    case .wrongClock(let fleet, let seconds):
      return try restart(process(fleet, fault), with: ["ORDERHUB_CLOCK_OFFSET_S": "\(seconds)"])
    case .killMember(let place): return try restart(cluster.members[member(place, fault)])
    case .freezeMember(let place): return try freeze(cluster.members[member(place, fault)])
    case .halfOpenMember(let place): return try muteOpen(cluster.memberProxies[member(place, fault)])
    case .wrongMemberClock(let place, let seconds): return try moveMember(member(place, fault), seconds)
    case .wrongRedisClock(let seconds): return try move(cluster.redisClock, seconds)
    case .stepDown: return try stepDown()
    case .fullDisk: return try cluster.fillDisk(of: cluster.members[member(.primary, fault)])
    case .wipeRedis, .pauseRedis, .freezeRedis, .restartRedisEmpty, .restartRedisOld, .halfOpenRedis, .silentRedis:
      return try injectInRedis(fault)
    case .demoteRedis: return try demoteRedis(fault)
    case .cutOffRedis: return try cutOffRedis()
    case .crash, .terminate, .replace, .transientErrors, .commitUnconfirmed, .commitRequestLost, .commitReplyLost,
      .writeConcernLate:
      preconditionFailure("\(fault) is made once something has come of it")
    }
  }

  private func process(_ fleet: Fault.Fleet, _ fault: Fault) -> Member {
    let fleet = cluster.fleet(fleet)
    return fleet[fault.target % fleet.count]
  }
}
