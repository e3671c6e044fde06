import HubRuntime

/// One fault of the plan: what is broken, for how long, and after how many operations.
struct Fault: Equatable, Sendable, CustomStringConvertible {
  /// A kind of process that there are several of.
  enum Fleet: String, CaseIterable, Sendable { case api, live, worker }
  /// Which member of the replica set.
  enum Place: String, CaseIterable, Sendable { case primary, secondary }

  enum Kind: Equatable, Sendable {
    case kill(Fleet)
    case terminate(Fleet)
    /// Another version starts in its place: no plan has it, see `Generation`.
    case replace(Fleet)
    /// SIGSTOP, and SIGCONT when it is over.
    case freeze(Fleet)
    case crash(CrashPoint, nth: Int)
    /// Its clock is an hour ahead, or behind.
    case wrongClock(Fleet, seconds: Int)
    case killMember(Place)
    case freezeMember(Place)
    /// Connections to it stay open and carry nothing, the other members' too; new ones work.
    case halfOpenMember(Place)
    /// The clock of its machine jumps an hour ahead, or back, and to the right time again when it is over.
    case wrongMemberClock(Place, seconds: Int)
    case stepDown
    /// The primary's files may grow no more.
    case fullDisk
    case transientErrors(times: Int)
    /// It is committed, and the answer says that the majority may not have it.
    case commitUnconfirmed(times: Int)
    /// The connection ends before the commit is asked for: nothing is committed.
    case commitRequestLost(times: Int)
    /// The connection ends when the commit is answered, and the answer is gone: only the member knows of it.
    case commitReplyLost(times: Int)
    case writeConcernLate(times: Int)
    case wipeRedis
    case pauseRedis
    case freezeRedis
    case restartRedisEmpty
    case restartRedisOld
    /// The clock of its machine jumps as a member's does.
    case wrongRedisClock(seconds: Int)
    /// Its replica is promoted and the master goes on for a while; then it is the replica's replica, with the replica's
    /// data and without what it took meanwhile; at the end it is the master again.
    case demoteRedis
    /// It is cut off and its replica takes its place at the same address; at the end it comes back as a replica, has its
    /// data from there, and is the master again.
    case cutOffRedis
    /// Connections to Redis stay open and carry nothing; new ones work.
    case halfOpenRedis
    /// Nothing gets through to Redis, on old connections or new ones.
    case silentRedis
  }

  var kind: Kind
  /// Which of the processes.
  var target: Int
  /// How long it stands; of a crash, how long the process stays down.
  var lastsMs: Int
  /// After how many operations since the fault before.
  var afterOperations: Int

  var description: String { "\(kind) of \(target) for \(lastsMs) ms" }

  /// The lock's time to live in Redis, and a little more.
  static let pastLockMs = 31_000

  /// The `index`th fault of a seed; `point` is where a process dies if it is a crash.
  init(seed: UInt64, index: Int, _ density: FaultPlan.Density, point: CrashPoint) {
    var random = SeededRandom(seed: seed, 2, UInt64(index))
    if random.percent(density.crashesInHundred) {
      kind = .crash(point, nth: 1 + random.below(Self.nthLimit(of: point)))
    } else {
      kind = Self.kind(&random)
    }
    target = random.below(16)
    lastsMs = Self.duration(of: kind, &random)
    afterOperations = 1 + random.below(2 * density.spacing)
  }

  private static func kind(_ random: inout SeededRandom) -> Kind {
    let times = 1 + random.below(6)
    let fleet = random.pick([(Fleet.api, 3), (.live, 2), (.worker, 1)])
    let place = random.pick([(Place.primary, 2), (.secondary, 1)])
    let hour = random.percent(50) ? 3_600 : -3_600
    return random.pick([
      (.kill(fleet), 12), (.terminate(fleet), 8), (.freeze(fleet), 10), (.wrongClock(fleet, seconds: hour), 4),
      (.killMember(place), 5), (.freezeMember(place), 3), (.halfOpenMember(place), 4), (.stepDown, 5),
      (.fullDisk, 2), (.wrongMemberClock(place, seconds: hour), 3),
      (.transientErrors(times: times), 5), (.commitUnconfirmed(times: times), 5),
      (.commitRequestLost(times: times), 5), (.commitReplyLost(times: times), 5), (.writeConcernLate(times: times), 4),
      (.wipeRedis, 5),
      (.pauseRedis, 4), (.freezeRedis, 3), (.restartRedisEmpty, 4), (.restartRedisOld, 4), (.halfOpenRedis, 4),
      (.silentRedis, 3), (.wrongRedisClock(seconds: hour), 3), (.demoteRedis, 4), (.cutOffRedis, 4),
    ])
  }

  /// How long a process that is to die at a place may take to come by, so many times.
  static let crashWaitMs = 12_000

  /// How often a place is passed before the process dies there: so often as it surely is, with other faults beside it,
  /// within `crashWaitMs`.
  private static func nthLimit(of point: CrashPoint) -> Int {
    switch point {
    // What a round of the worker does, and what only a part of the calls comes by.
    case .relayRead, .relayPublished, .relayMarked, .betweenCatchUps, .jobsClaimed, .jobsRun, .jobsSettled: 1
    case .beforeRefusalKept, .afterRefusalKept, .afterProducts, .afterLedger, .afterJobs, .afterNumbers, .afterInvoices,
      .afterDeliveries, .afterTallies, .afterTalliesPublished:
      3
    // Once a call, or once a transaction.
    case .beforeKeyMark, .afterKeyMark, .beforeKeyEnd, .beforeLocks, .beforeRead, .beforeDecision, .afterDecision: 20
    case .beforeTransaction, .transactionBegun, .afterOrders, .afterEvents, .afterOutbox, .afterAnswers, .beforeCommit,
      .afterCommit, .beforePublish, .afterOrdersPublished, .beforeMark, .afterMark, .beforeUnlock, .beforeAnswer:
      10
    }
  }

  private static func duration(of kind: Kind, _ random: inout SeededRandom) -> Int {
    switch kind {
    // One in four outlives the lock.
    case .freeze(.api): random.percent(25) ? pastLockMs : 300 + random.below(5_000)
    case .freeze: 300 + random.below(8_000)
    case .wrongClock, .wrongMemberClock, .wrongRedisClock: 3_000 + random.below(6_000)
    case .killMember: 500 + random.below(5_000)
    // Longer than from one checkpoint to the next.
    case .fullDisk: 5_500 + random.below(3_000)
    case .freezeMember, .halfOpenMember: 500 + random.below(6_000)
    case .stepDown, .transientErrors, .commitUnconfirmed, .commitRequestLost, .commitReplyLost, .writeConcernLate,
      .wipeRedis:
      1_000
    case .pauseRedis, .freezeRedis, .halfOpenRedis, .silentRedis: 200 + random.below(4_000)
    case .restartRedisEmpty: random.below(1_500)
    // One in four as long as a machine that has to be brought back by hand.
    case .demoteRedis, .cutOffRedis: random.percent(25) ? 30_000 : 1_000 + random.below(5_000)
    case .restartRedisOld: 1_000 + random.below(3_000)
    case .kill, .terminate, .replace, .crash: random.below(1_500)
    }
  }
}

extension Fault {
  /// The kind without its numbers; what outlives the lock has a name of its own.
  var name: String {
    kind == .freeze(.api) && lastsMs >= Self.pastLockMs
      ? "freezePastLock" : String("\(kind)".prefix { $0 != "(" })
  }

  /// What it breaks: processes of the hub by their names, or what there is one of.
  var touches: Set<String> {
    switch kind {
    case .kill(let fleet), .terminate(let fleet), .replace(let fleet), .freeze(let fleet), .wrongClock(let fleet, _):
      ["\(fleet.rawValue)\(place)"]
    // A worker finds work when an api has died; and one worker must not take it from the other.
    case .crash(let point, _):
      CrashPoint.ofWorker.contains(point) ? ["api\(place)", "worker0", "worker1"] : ["api\(place)"]
    case .killMember, .freezeMember, .halfOpenMember, .stepDown, .fullDisk, .wrongMemberClock: ["members"]
    case .transientErrors, .commitUnconfirmed, .commitRequestLost, .commitReplyLost, .writeConcernLate: ["commands"]
    case .wipeRedis, .pauseRedis, .freezeRedis, .restartRedisEmpty, .restartRedisOld, .halfOpenRedis, .silentRedis,
      .wrongRedisClock, .demoteRedis, .cutOffRedis:
      ["redis"]
    }
  }

  /// Which of the two processes of a fleet.
  var place: Int { target % 2 }
}

extension CrashPoint {
  /// The processes that pass it.
  var fleet: Fault.Fleet { Self.ofWorker.contains(self) ? .worker : .api }
}
