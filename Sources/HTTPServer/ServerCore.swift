import CMicrohttpd
import HubContracts
import HubRuntime
import Orders
import Synchronization

/// What all connections of a server share.
final class ServerCore: Sendable {
  let application: any HTTPApplication
  let upgrades: (any HTTPUpgrades)?
  let log: Log
  let metrics: ServerMetrics?
  let exchanges: Exchanges
  let streams = HTTPStreams()
  let streamingPath: [UInt8]?
  private let vitalPaths: [[UInt8]]
  let open: OpenConnections
  /// Whose word is taken for the address of a client behind them.
  let proxies: TrustedProxies
  /// Which pages may read the answers.
  let crossOrigin: CrossOrigin
  /// Wakes the server's thread after a connection was resumed.
  let bell: Bell
  let requestIDs = RequestIDs()
  /// Sockets of answers that may not be read yet.
  let lingering = Lingering()
  /// What bodies hold.
  let bodies: BodyLedger
  /// What answers hold.
  let answers: AnswerLedger
  /// Requests of which the head is not whole.
  let heads = BegunHeads()
  let wantsBodyHeads: Bool
  let followsBodies: Bool
  let bodyCount = Atomic<UInt64>(0)
  /// How many connections were accepted and have had no answer yet.
  let unanswered = Atomic<Int>(0)
  private let leaving = Atomic<Bool>(false)
  private let draining = Atomic<Bool>(false)
  private let over = Atomic<Bool>(false)

  /// What the client is told to wait before it comes again, in seconds.
  static let retryAfterSeconds = 1
  /// How much of a body that is too large is read and thrown away, in bodies of the limit, so that the answer arrives.
  static let discardFactor = 4

  init(
    _ options: HTTPServerOptions, application: any HTTPApplication, upgrades: (any HTTPUpgrades)?, bell: Bell, log: Log
  ) {
    self.bell = bell
    self.application = application
    wantsBodyHeads = application.wantsBodyHeads
    followsBodies = application.followsBodies
    self.upgrades = upgrades
    streamingPath = upgrades?.streamingPath.map { Array($0.utf8) }
    vitalPaths = options.vitalPaths.map { Array($0.utf8) }
    self.log = log
    let bodies = BodyLedger(
      limit: options.bodiesLimitBytes, addressLimit: options.addressBodiesLimitBytes,
      tellsStrangers: application.wantsBodyHeads)
    self.bodies = bodies
    let answers = AnswerLedger(limit: options.answersLimitBytes)
    self.answers = answers
    metrics = options.metrics.map { ServerMetrics($0, bodies: bodies, answers: answers) }
    exchanges = Exchanges(limit: options.pendingLimit)
    proxies = options.trustedProxies
    crossOrigin = options.crossOrigin
    open = OpenConnections(
      limitSeconds: Int64(options.idleTimeoutSeconds), keepAliveSeconds: Int64(options.keepAliveSeconds),
      places: Places(limit: options.connectionLimit, descriptorLimit: options.descriptorLimit), now: options.seconds)
    connectionBytes = options.connectionMemoryBytes
  }

  /// What the sweep last saw of memory.
  private let memory = Locked(MemoryWatch())
  let connectionBytes: Int

  /// What is due once a second: ends connections that are overdue, and gives back memory that a flood took.
  func sweep() {
    open.sweep()
    lingering.sweep()
    let held = bodies.heldBytes + answers.heldBytes + open.count * connectionBytes
    let peak = bodies.takePeak() + answers.takePeak() + open.count * connectionBytes
    let isTooMuch = memory.with { $0.sees(heldBytes: held, peakBytes: peak) }
    if isTooMuch { Thread.start(name: "http-memory") { releaseFreeMemory() }.detach() }
  }

  /// Whether a path is one of those that watch over the process.
  func isVital(_ path: UnsafeRawBufferPointer) -> Bool { vitalPaths.contains { $0.elementsEqual(path) } }

  /// Whether each answer closes its connection.
  var isLeaving: Bool { leaving.load(ordering: .relaxed) }

  /// Whether the server has no more time: what comes is refused.
  var isOver: Bool { over.load(ordering: .relaxed) }

  /// From now on each answer closes its connection.
  func leave() { leaving.store(true, ordering: .relaxed) }

  /// From now on all is refused.
  func end() { over.store(true, ordering: .relaxed) }

  /// Marks that no connection is taken any more; false if it was so already.
  func drain() -> Bool {
    leave()
    return !draining.exchange(true, ordering: .relaxed)
  }

  /// A connection has its first answer, or is given away, or is gone.
  func noLongerNew(_ state: ConnectionState) {
    guard state.isNew else { return }
    state.isNew = false
    unanswered.wrappingSubtract(1, ordering: .relaxed)
  }
}

/// What a server counts.
struct ServerMetrics: Sendable {
  let atHand: Counter
  let waited: Counter
  let streamed: Counter
  let refused: Counter
  let failed: Counter
  let connections: Gauge
  let idleClosed: Counter
  let unreadClosed: Counter
  let seconds: Histogram

  init(_ metrics: Metrics, bodies: BodyLedger, answers: AnswerLedger) {
    atHand = metrics.counter(.httpRequests, labels: [("answer", "at_hand")])
    waited = metrics.counter(.httpRequests, labels: [("answer", "waited")])
    streamed = metrics.counter(.httpRequests, labels: [("answer", "streamed")])
    refused = metrics.counter(.httpRequests, labels: [("answer", "refused")])
    failed = metrics.counter(.httpServerErrors)
    connections = metrics.gauge(.httpConnections)
    idleClosed = metrics.counter(.httpIdleCloses)
    metrics.gauge(.httpBodyBytes) {
      Int64(bodies.heldBytes)
    }
    metrics.gauge(.httpAnswerBytes) {
      Int64(answers.heldBytes)
    }
    unreadClosed = metrics.counter(.httpUnreadCloses)
    seconds = metrics.histogram(.httpRequestSeconds)
  }
}
