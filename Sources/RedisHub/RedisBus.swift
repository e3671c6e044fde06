import CHiredis
import Glibc
public import HubContracts
public import HubRuntime
public import Orders

/// The event bus over Redis's channels: one connection on a thread of its own, which gives the listener what comes.
public final class RedisBus: EventBus {
  private let options: RedisOptions
  private let ids: any IdentitySource
  private let log: Log
  private let meters: LinkMeters
  private let wishes = BusWishes()
  private let thread = Locked<Thread?>(nil)
  private let end = EndSignal()

  /// Describes a bus; `start` begins to connect. `ids` gives the chance in waits.
  public init(_ options: RedisOptions, clock: any HubClock, ids: any IdentitySource, log: Log, metrics: Metrics) {
    self.options = options
    self.ids = ids
    self.log = log.with("part", "bus")
    meters = LinkMeters(metrics, link: "bus")
  }

  /// See `EventBus`. `lost` is also said when the first connection cannot be made: messages are missed from then on.
  public func start(_ listener: any BusListener) {
    thread.with { thread in
      guard thread == nil else { return }
      let (options, ids, log, meters, wishes, end) = (options, ids, log, meters, wishes, end)
      thread = Thread.start(name: "redis-bus") {
        BusThread(options: options, ids: ids, log: log, meters: meters, wishes: wishes, listener: listener).run()
        end.signal()
      }
    }
  }

  /// See `EventBus`. Neither waits nor fails; while Redis is away it is a wish for later.
  public func subscribe(_ tenant: TenantID) { wishes.wish(tenant, wanted: true) }

  /// See `EventBus`.
  public func unsubscribe(_ tenant: TenantID) { wishes.wish(tenant, wanted: false) }

  /// See `EventBus`. Afterwards the listener is not called any more. A stopped bus cannot be started again.
  public func stop() async {
    let thread = thread.with { $0 }
    wishes.stop()
    guard let thread else { return }
    await end.wait()
    if end.claimJoin() { thread.join() }
  }
}

/// Which tenants are to be listened for; between those who wish and the bus's thread. Bounded by how many tenants there
/// are: a tenant stands in it once.
final class BusWishes: Sendable {
  private struct State {
    var wanted: Set<TenantID> = []
    var changed: Set<TenantID> = []
    var stopping = false
  }

  private let state = Locked(State())
  /// Readable when there is something to do.
  let descriptor: Int32

  init() {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    precondition(descriptor >= 0, "no eventfd: errno \(errno)")
  }

  deinit { close(descriptor) }

  var isStopping: Bool { state.with { $0.stopping } }

  func wish(_ tenant: TenantID, wanted: Bool) {
    let changes = state.with { state in
      guard state.wanted.contains(tenant) != wanted else { return false }
      if wanted { state.wanted.insert(tenant) } else { state.wanted.remove(tenant) }
      state.changed.insert(tenant)
      return true
    }
    if changes { eventfd_write(descriptor, 1) }
  }

  /// All that are wanted; what changed up to now is in it.
  func all() -> Set<TenantID> {
    state.with { state in
      state.changed = []
      return state.wanted
    }
  }

  /// What changed since it was asked last.
  func changes() -> [(tenant: TenantID, wanted: Bool)] {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
    return state.with { state in
      defer { state.changed = [] }
      return state.changed.map { ($0, state.wanted.contains($0)) }
    }
  }

  func stop() {
    state.with { $0.stopping = true }
    eventfd_write(descriptor, 1)
  }
}
