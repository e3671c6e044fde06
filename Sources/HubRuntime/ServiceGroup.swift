import Glibc

/// A process as an ordered list of services: started in order, stopped in reverse when a signal asks for it or one fails.
public struct ServiceGroup: Sendable {
  private let services: [any Service]
  private let shutdownSeconds: Int
  private let leaveSeconds: Int
  private let pause: @Sendable (Int) async -> Void
  private let log: Log
  private let endAtOnce: @Sendable (Int32) -> Void

  /// A group whose stopping may take `shutdownSeconds` in all. Before that it says for `leaveSeconds` that it is about to
  /// stop, and serves; `pause` waits so long. `endAtOnce` is called with 128 and the number of a second signal; it ends
  /// the process.
  public init(
    _ services: [any Service], shutdownSeconds: Int, leaveSeconds: Int = 0, log: Log,
    pause: @escaping @Sendable (Int) async -> Void = { try? await Task.sleep(for: .seconds($0)) },
    endAtOnce: @escaping @Sendable (Int32) -> Void = { _exit($0) }
  ) {
    self.services = services
    self.shutdownSeconds = shutdownSeconds
    self.leaveSeconds = leaveSeconds
    self.pause = pause
    self.log = log
    self.endAtOnce = endAtOnce
  }

  /// Runs until a signal comes, and stops; the process's exit status: 0 after an end in good order, 1 if a service did
  /// not start, has failed, or did not stop in time. The log names it.
  public func run(signals: AsyncStream<Int32>) async -> Int32 {
    let events = Milestone<Ending>()
    let watch = Task {
      var seen = 0
      for await number in signals {
        seen += 1
        if seen == 1 {
          events.reach(.signal(number))
        } else {
          log.warning("a second signal ends the process at once", [("signal", String(number))])
          endAtOnce(128 + number)
        }
      }
    }
    defer { watch.cancel() }
    let (started, isStarted) = await start(until: events)
    guard isStarted else {
      _ = await stop(started)
      return 1
    }
    switch await events.wait() ?? .signal(SIGTERM) {
    case .signal(let number):
      if leaveSeconds > 0, started.count == services.count { await leave(started, number) }
      log.info("stopping", [("signal", String(number))])
      return await stop(started) ? 0 : 1
    case .failure(let name):
      // Others need not come to know first: it does not serve as it should.
      log.info("stopping", [("failed", name)])
      _ = await stop(started)
      return 1
    }
  }

  /// Why a process ends.
  private enum Ending {
    case signal(Int32)
    /// A service failed, of this name.
    case failure(String)
  }

  /// What became of a service that was being started.
  private enum Beginning {
    case started
    case failed(any Error)
    /// It ended for a signal that came meanwhile.
    case interrupted
    /// It did not, in time.
    case stuck
  }

  /// Starts them in order; a signal in between keeps the rest from being started, and so does one that fails.
  private func start(until events: Milestone<Ending>) async -> (started: [any Service], isStarted: Bool) {
    var started: [any Service] = []
    for service in services where !events.isReached {
      switch await begin(service, until: events) {
      case .started:
        started.append(service)
        log.debug("service started", [("service", service.name)])
        watch(service, events)
      case .failed(let error):
        log.error("a service did not start", [("service", service.name), ("error", String(describing: error))])
        return (started, false)
      case .interrupted:
        log.info("a signal came while a service started", [("service", service.name)])
        return (started, true)
      case .stuck:
        log.error(
          "a service did not stop in time", [("service", service.name), ("seconds", String(shutdownSeconds))])
        return (started, false)
      }
    }
    return (started, true)
  }

  /// Ends the process if a service that has started fails.
  private func watch(_ service: any Service, _ events: Milestone<Ending>) {
    Task {
      guard let error = await service.failure() else { return }
      log.error("a service has failed", [("service", service.name), ("error", String(describing: error))])
      events.reach(.failure(service.name))
    }
  }

  /// Starts one. A signal cancels its task, which may then take as long as stopping does.
  private func begin(_ service: any Service, until events: Milestone<Ending>) async -> Beginning {
    let outcome = Milestone<Beginning>()
    let starting = Task {
      do {
        try await service.start()
        outcome.reach(.started)
      } catch is CancellationError where events.isReached {
        outcome.reach(.interrupted)
      } catch {
        outcome.reach(.failed(error))
      }
    }
    let interruption = Task {
      guard await events.wait() != nil else { return }
      starting.cancel()
      try? await Task.sleep(for: .seconds(shutdownSeconds))
      outcome.reach(.stuck)
    }
    defer { interruption.cancel() }
    return await outcome.wait() ?? .interrupted
  }

  /// Says that the process is about to stop, and serves on while those who watch it come to know.
  private func leave(_ started: [any Service], _ number: Int32) async {
    log.info("about to stop: serving until others know", [("signal", String(number)), ("seconds", "\(leaveSeconds)")])
    for service in started.reversed() { await service.leave() }
    await pause(leaveSeconds)
  }

  /// Stops them in reverse; false if that took too long.
  private func stop(_ started: [any Service]) async -> Bool {
    let current = Locked("")
    let done = Milestone<Bool>()
    let stopping = Task {
      for service in started.reversed() {
        current.with { $0 = service.name }
        await service.stop()
        log.debug("service stopped", [("service", service.name)])
      }
      done.reach(true)
    }
    let timer = Task {
      try? await Task.sleep(for: .seconds(shutdownSeconds))
      done.reach(false)
    }
    let isDone = await done.wait() ?? false
    timer.cancel()
    if isDone {
      log.info("stopped")
      return true
    }
    stopping.cancel()
    log.error(
      "a service did not stop in time",
      [("service", current.with { $0 }), ("seconds", String(shutdownSeconds))])
    return false
  }
}

/// A value that comes once, and whoever waits for it; only the first counts.
private final class Milestone<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiting: [Awaited<Value>] = []
  }
  private let state = Locked(State())

  var isReached: Bool { state.with { $0.value != nil } }

  func reach(_ value: Value) {
    let waiting = state.with { state -> [Awaited<Value>] in
      guard state.value == nil else { return [] }
      state.value = value
      defer { state.waiting = [] }
      return state.waiting
    }
    for awaited in waiting { awaited.give(value) }
  }

  /// The value, once it is there; nil if the calling task is cancelled before.
  func wait() async -> Value? {
    await untilCancelled { awaited in
      let value = state.with { state in
        if state.value == nil { state.waiting.append(awaited) }
        return state.value
      }
      if let value { awaited.give(value) }
    }
  }
}
