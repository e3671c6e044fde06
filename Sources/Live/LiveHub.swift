import EngineServer
import Glibc
public import HubContracts
public import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// The live side of the hub: clients on sockets, events from the bus, and rooms between them.
///
/// An HTTP server asks `admit` about each request that may be an upgrade, and gives the socket of an accepted one to
/// `adopt`. Each event is encoded once and handed once to each loop that has members of its tenant.
public final class LiveHub: Sendable {
  let options: LiveOptions
  let gate: Gate
  let feeds: Feeds
  let reader: StreamReader
  let complaints: Complaints
  let metrics: LiveMetrics
  let log: Log
  let loops: [LiveLoop]
  let door: EngineDoor
  let state = Locked(HubState())
  private let clock: any HubClock
  private let bus: any EventBus

  /// What compares with the streams again and again.
  private let comparing = Locked<Task<Void, Never>?>(nil)

  /// Whether new clients are taken.
  private let isOpen: Locked<Bool>

  struct HubState {
    var isStarted = false
    var isStopped = false
    var nextLoop = 0
  }

  /// How often `drain` looks whether everybody is gone.
  private static let drainLookMs: Int64 = 20

  /// Makes the loops; they wait for `start`. `streams` is asked for what was missed, `owners` whose an order is that
  /// somebody wants to follow.
  public init(
    options: LiveOptions, verifier: any TokenVerifier, bus: any EventBus, streams: any EventStreams,
    owners: any OrderOwners, clock: any HubClock, log: Log, metrics: Metrics
  ) {
    self.options = options
    self.clock = clock
    self.bus = bus
    self.log = log
    let measured = LiveMetrics(metrics)
    self.metrics = measured
    let complaints = Complaints(log: log, broken: measured.eventsBroken)
    self.complaints = complaints
    let gate = Gate(options: options, verifier: verifier, clock: clock, census: Census(options: options))
    self.gate = gate
    let reader = StreamReader(streams, gapLimitBytes: options.gapLimitBytes) { complaints.note($0, $1) }
    self.reader = reader
    let post = LoopPost()
    let feeds = Feeds(bus: bus, ringBytes: options.ringBytes) { post.send($0, of: $1, to: $2) }
    self.feeds = feeds
    loops = (0..<min(max(options.loopCount, 1), 64)).compactMap {
      LiveLoop(index: $0, options: options, gate: gate, feeds: feeds, reader: reader, owners: owners, metrics: measured)
    }
    precondition(!loops.isEmpty, "the system has no descriptor left for a single loop")
    post.open(loops)
    let isOpen = Locked(false)
    self.isOpen = isOpen
    door = EngineDoor(options: options.engine, desks: loops.map(\.desk)) { request in
      do throws(Gate.Refused) {
        try gate.judgeSession(
          request, isDraining: !isOpen.with { $0 }, nowMs: options.steadyMs)
        return .welcome
      } catch {
        measured.noteRefused(error.reason)
        return .busy
      }
    }
  }

  /// Begins to serve.
  public func start() {
    state.with { $0.isStarted = true }
    for loop in loops { loop.start() }
    bus.start(self)
    comparing.with { $0 = Task { [self] in await keepComparing() } }
    isOpen.with { $0 = true }
  }

  /// Whether new clients are welcome.
  public var isReady: Bool { isOpen.with { $0 } }

  /// How many clients are connected.
  public var connectionCount: Int { gate.census.total }

  func turnAway(_ socket: Int32, _ reason: HandshakeRefusal, _ code: CloseCode, _ text: String) {
    metrics.noteRefused(reason)
    let frame = ServerFrame.close(code, text)
    // The socket is new, so its buffer has room for these few bytes.
    _ = send(socket, frame, frame.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    close(socket)
  }

  /// Takes no more clients and sends those that are here away, spread over `LiveOptions.drainMs`, with 1012 and a reason
  /// that asks to reconnect. Returns when all are gone, or when they have had time enough.
  public func drain() async {
    isOpen.with { $0 = false }
    for loop in loops { loop.post(urgent: .drain(overMs: options.drainMs)) }
    let patienceMs = options.drainMs + options.closeTimeoutMs + 1_000
    for _ in 0..<(patienceMs / Self.drainLookMs) {
      if gate.census.total == 0 { return }
      try? await Task.sleep(for: .milliseconds(Self.drainLookMs))
    }
    log.warning("clients are left after the drain", [("clients", "\(gate.census.total)")])
  }

  /// Ends the subscription to the bus, closes every socket and ends the loops' threads.
  public func stop() async {
    isOpen.with { $0 = false }
    state.with { $0.isStopped = true }
    comparing.with { $0 }?.cancel()
    await bus.stop()
    // Whoever still reads for a feed ends.
    feeds.fall()
    for loop in loops {
      await loop.stop()
      loop.closeUnopened()
    }
  }
}

/// What feeds give out, on its way to the loops. The loops know the feeds, so they come later.
private final class LoopPost: Sendable {
  private let loops = Locked<[LiveLoop]>([])

  func open(_ made: [LiveLoop]) { loops.with { $0 = made } }

  func send(_ output: TenantFeed.Output, of tenant: TenantID, to bits: UInt64) {
    for loop in loops.with({ $0 }) where bits & (1 << UInt64(loop.index)) != 0 {
      switch output {
      case .batch(let batch): loop.post(batch)
      case .resync(let reason, let offset): loop.post(urgent: .resync(tenant, reason: reason, offset: offset))
      case .standing: loop.post(urgent: .standing(tenant))
      }
    }
  }
}
