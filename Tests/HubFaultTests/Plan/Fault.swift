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
    /// SIGSTOP, and SIGCONT when it is over.
    case freeze(Fleet)
    case crash(CrashPoint, nth: Int)
    /// Its clock is an hour ahead, or behind.
    case wrongClock(Fleet, seconds: Int)
    case killMember(Place)
    case freezeMember(Place)
    case stepDown
    /// The primary's files may grow no more.
    case fullDisk
    case transientErrors(times: Int)
    case commitAnswerLost(times: Int)
    case commitConnectionLost(times: Int)
    case writeConcernLate(times: Int)
    case wipeRedis
    case pauseRedis
    case freezeRedis
    case restartRedisEmpty
    case restartRedisOld
    /// Connections to Redis stay open and carry nothing; new ones work.
    case halfOpenRedis
    /// Nothing gets through to Redis, on old connections or new ones.
    case silentRedis
  }

  var kind: Kind
  /// Which of the processes.
  var target: Int
  var lastsMs: Int
  /// After how many operations since the fault before.
  var afterOperations: Int

  var description: String { "\(kind) of \(target) for \(lastsMs) ms" }

  /// The lock's time to live in Redis, and a little more.
  static let pastLockMs = 31_000

  /// The `index`th fault of a seed, about one in `spacing` operations.
  init(seed: UInt64, index: Int, spacing: Int) {
    var random = SeededRandom(seed: seed, 2, UInt64(index))
    kind = Self.kind(&random)
    target = random.below(16)
    lastsMs = Self.duration(of: kind, &random)
    afterOperations = 1 + random.below(2 * spacing)
  }

  private static func kind(_ random: inout SeededRandom) -> Kind {
    let times = 1 + random.below(6)
    let fleet = random.pick([(Fleet.api, 3), (.live, 2), (.worker, 1)])
    let place = random.pick([(Place.primary, 2), (.secondary, 1)])
    let point = CrashPoint.allCases[random.below(CrashPoint.allCases.count)]
    let nth = 1 + random.below(Self.nthLimit(of: point))
    let hour = random.percent(50) ? 3_600 : -3_600
    return random.pick([
      (.kill(fleet), 12), (.terminate(fleet), 8), (.freeze(fleet), 10), (.crash(point, nth: nth), 24),
      (.wrongClock(fleet, seconds: hour), 4),
      (.killMember(place), 5), (.freezeMember(place), 3), (.stepDown, 5), (.fullDisk, 2),
      (.transientErrors(times: times), 5), (.commitAnswerLost(times: times), 5),
      (.commitConnectionLost(times: times), 5), (.writeConcernLate(times: times), 4), (.wipeRedis, 5),
      (.pauseRedis, 4), (.freezeRedis, 3), (.restartRedisEmpty, 4), (.restartRedisOld, 4), (.halfOpenRedis, 4),
      (.silentRedis, 3),
    ])
  }

  /// How often a place is passed before the process dies there: rare places are met the first time.
  private static func nthLimit(of point: CrashPoint) -> Int {
    switch point {
    case .relayRead, .relayPublished, .relayMarked, .betweenCatchUps, .beforeRefusalKept, .afterRefusalKept,
      .afterProducts, .afterLedger, .afterNumbers, .afterInvoices:
      3
    default: 40
    }
  }

  private static func duration(of kind: Kind, _ random: inout SeededRandom) -> Int {
    switch kind {
    // One in eight outlives the lock.
    case .freeze(.api): random.percent(12) ? pastLockMs : 300 + random.below(5_000)
    case .freeze: 300 + random.below(8_000)
    // It waits for the place to be passed.
    case .crash: 6_000
    case .wrongClock: 3_000 + random.below(6_000)
    case .killMember, .fullDisk: 500 + random.below(5_000)
    case .freezeMember: 500 + random.below(6_000)
    case .stepDown, .transientErrors, .commitAnswerLost, .commitConnectionLost, .writeConcernLate, .wipeRedis: 1_000
    case .pauseRedis, .freezeRedis, .halfOpenRedis, .silentRedis: 200 + random.below(4_000)
    case .restartRedisEmpty: random.below(1_500)
    case .restartRedisOld: 1_000 + random.below(3_000)
    case .kill, .terminate: random.below(1_500)
    }
  }
}
