public import HubContracts
public import HubRuntime
public import Orders

/// The event bus over Redis's channels: one connection on a thread of its own, which gives the listener what comes.
public final class RedisBus: EventBus {
  private let options: RedisOptions
  private let ids: any IdentitySource
  private let log: Log
  private let meters: LinkMeters
  private let emitter: EmitterEar?
  private let wishes = BusWishes()
  private let tie: ServerTie
  private let thread = Locked<Thread?>(nil)
  private let end = EndSignal()

  /// Describes a bus; `start` begins to connect. `ids` gives the chance in waits. With `options.listensToEmitter` it also
  /// tells of what programs outside the hub send with Socket.IO's Redis emitter. Beside a cache it stays on the server
  /// that the cache is on, and leaves one that is found to be no master any longer: by itself it could not tell.
  public init(
    _ options: RedisOptions, beside cache: RedisCache? = nil, clock: any HubClock, ids: any IdentitySource, log: Log,
    metrics: Metrics
  ) {
    self.options = options
    self.ids = ids
    self.log = log.with("part", "bus")
    meters = LinkMeters(metrics, link: "bus")
    // The counters are there in any case, so that whoever reads them sees zeros and not nothing.
    let ear = EmitterEar(log: self.log, metrics: metrics)
    emitter = options.listensToEmitter ? ear : nil
    tie = cache?.link.shared.tie ?? ServerTie()
    let wishes = wishes
    tie.wakesBus { wishes.wake() }
  }

  /// See `EventBus`. `lost` is also said when the first connection cannot be made: messages are missed from then on.
  public func start(_ listener: any BusListener) {
    thread.with { thread in
      guard thread == nil else { return }
      let (options, ids, log, meters, wishes, tie, emitter, end) = (
        options, ids, log, meters, wishes, tie, emitter, end
      )
      thread = Thread.start(name: "redis-bus") {
        BusThread(
          options: options, ids: ids, log: log, meters: meters, wishes: wishes, tie: tie, listener: listener,
          emitter: emitter
        ).run()
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
