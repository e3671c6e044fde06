import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// Breaks the cluster as the plan says, and mends it again. It runs on a thread of its own.
final class Injector: Sendable {
  private struct Standing {
    var fault: Fault
    var endsAt: UInt64
    /// Whether it has done what it should, so that only its `lastsMs` are waited for.
    var isDone: () -> Bool = { false }
    var mend: () throws -> Void
  }

  let cluster: Cluster
  private let world: World
  private let seed: UInt64
  private let density: FaultPlan.Density
  private let state = Locked((isEnding: false, count: 0, counts: [String: Int]()))
  private let thread = Locked<HubRuntime.Thread?>(nil)
  /// How many faults stand at once.
  private static let standingLimit = 3
  /// A fault comes after this time, even if the faults that stand let no operation end.
  private static let longestGapMs = 8_000

  init(cluster: Cluster, world: World, seed: UInt64, density: FaultPlan.Density) {
    self.cluster = cluster
    self.world = world
    self.seed = seed
    self.density = density
    thread.with { $0 = HubRuntime.Thread.start(name: "injector") { [self] in run() } }
  }

  /// How many faults there were.
  var count: Int { state.with { $0.count } }
  /// How many of each kind.
  var counts: [String: Int] { state.with { $0.counts } }

  /// Begins no more, and mends all.
  func end() {
    state.with { $0.isEnding = true }
    thread.with { thread in
      thread?.join()
      thread = nil
    }
  }

  private func run() {
    var standing: [Standing] = []
    var plan = FaultPlan(seed: seed, density)
    var next = plan.next()
    var operations = world.operations
    var last = monotonicMicros()
    while !state.with({ $0.isEnding }) {
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
      let isDue =
        world.operations - operations >= next.afterOperations || now - last > UInt64(Self.longestGapMs) * 1_000
      guard isDue, standing.count < Self.standingLimit,
        standing.allSatisfy({ $0.fault.touches.isDisjoint(with: next.touches) })
      else { continue }
      standing.append(begin(next))
      next = plan.next()
      operations = world.operations
      last = monotonicMicros()
    }
    for one in standing { mend(one) }
    mendAll()
  }

  private func begin(_ fault: Fault) -> Standing {
    world.history.note("FAULT \(fault)")
    state.with {
      $0.count += 1
      $0.counts[fault.name, default: 0] += 1
    }
    var standing = Standing(fault: fault, endsAt: monotonicMicros() + UInt64(fault.lastsMs) * 1_000, mend: {})
    do {
      if case .crash(let point, let nth) = fault.kind {
        standing = try crash(at: point, nth: nth, fault)
      } else {
        standing.mend = try inject(fault)
      }
    } catch { world.history.note("FAULT \(fault) could not be made: \(error)") }
    return standing
  }

  /// A process of the hub that ends and was not made to is a defect, whatever else is broken.
  private func watch(_ standing: [Standing]) {
    let touched = standing.reduce(into: Set<String>()) { $0.formUnion($1.fault.touches) }
    for process in cluster.hub where !touched.contains(process.name) && !process.isRunning {
      let how = "\(process.name) ended with \(process.exitStatus ?? -1): \(Cluster.tail(process))"
      world.note(Violation("no process of the hub ends by itself", how, about: ["FAULT"]))
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
    for proxy in cluster.memberProxies + [cluster.proxy] { proxy.speak() }
    for process in cluster.members + [cluster.redis] + cluster.hub {
      process.thaw()
      try? process.start()
    }
    for admin in cluster.admins { admin.fail([], times: 0, nil) }
  }

  /// Makes a fault; gives what mends it.
  private func inject(_ fault: Fault) throws -> () throws -> Void {
    switch fault.kind {
    case .kill(let fleet): return restart(process(fleet, fault)) { $0.kill() }
    case .terminate(let fleet): return terminate(process(fleet, fault))
    case .freeze(let fleet): return freeze(process(fleet, fault))
    case .crash: preconditionFailure("a crash is begun by itself")
    case .wrongClock(let fleet, let seconds):
      return try restart(process(fleet, fault), with: ["ORDERHUB_CLOCK_OFFSET_S": "\(seconds)"])
    case .killMember(let place): return member(place, fault).map { restart(cluster.members[$0]) { $0.kill() } } ?? {}
    case .freezeMember(let place): return member(place, fault).map { freeze(cluster.members[$0]) } ?? {}
    case .halfOpenMember(let place): return member(place, fault).map { muteOpen(cluster.memberProxies[$0]) } ?? {}
    case .stepDown, .transientErrors, .commitAnswerLost, .commitConnectionLost, .writeConcernLate:
      return injectInPrimary(fault)
    case .fullDisk: return try member(.primary, fault).map { try cluster.fillDisk(of: cluster.members[$0]) } ?? {}
    case .wipeRedis, .pauseRedis, .freezeRedis, .restartRedisEmpty, .restartRedisOld, .halfOpenRedis, .silentRedis:
      return try injectInRedis(fault)
    }
  }

  // MARK: Processes

  private func process(_ fleet: Fault.Fleet, _ fault: Fault) -> Member {
    let fleet = cluster.fleet(fleet)
    return fleet[fault.target % fleet.count]
  }

  private func restart(_ process: Member, _ end: (Member) -> Void) -> () throws -> Void {
    end(process)
    return { try process.start() }
  }

  /// Starts it anew with other settings, and afterwards with its own.
  private func restart(_ process: Member, with settings: [String: String]) throws -> () throws -> Void {
    process.kill()
    try process.start(settings)
    return {
      process.kill()
      try process.start()
    }
  }

  func freeze(_ process: Member) -> () throws -> Void {
    process.freeze()
    return { process.thaw() }
  }

  private func terminate(_ process: Member) -> () throws -> Void {
    let world = world
    if !process.terminate(withinMs: 25_000) {
      world.note(Violation("SIGTERM ends a process in time", "\(process.name) still ran after 25 s"))
    }
    return { try process.start() }
  }

  /// A process that dies at a place, once it has passed it so many times; and then one that does not.
  private func crash(at point: CrashPoint, nth: Int, _ fault: Fault) throws -> Standing {
    let api = cluster.apis[fault.place]
    var (dying, others) = (api, [Member]())
    if CrashPoint.ofWorker.contains(point) {
      // An api that dies between its commit and the outbox leaves something to do, for this worker alone.
      dying = cluster.workers[fault.place]
      others = [api, cluster.workers[1 - fault.place]]
      others[1].kill()
      api.kill()
      try api.start(["ORDERHUB_CRASH_AT": "\(CrashPoint.afterCommit.rawValue):1"])
    }
    dying.kill()
    try dying.start(["ORDERHUB_CRASH_AT": "\(point.rawValue):\(nth)"])
    let (state, world, process, rest) = (state, world, dying, others)
    return Standing(
      fault: fault, endsAt: monotonicMicros() + UInt64(Fault.crashWaitMs) * 1_000, isDone: { !process.isRunning },
      mend: {
        if let status = process.exitStatus {
          state.with { $0.counts[Self.crashed + point.rawValue, default: 0] += 1 }
          if status != 128 + SIGKILL {
            let how = "\(process.name) ended with \(status): \(Cluster.tail(process))"
            world.note(Violation("no process of the hub ends by itself", how, about: ["FAULT"]))
          }
        } else {
          world.history.note("MISSED \(point.rawValue) was not passed \(nth) times in \(Fault.crashWaitMs) ms")
        }
        for one in [process] + rest {
          one.kill()
          try one.start()
        }
      })
  }

  /// Before a crash point's name, in the counts, when a process died there.
  static let crashed = "crashed at "
}
