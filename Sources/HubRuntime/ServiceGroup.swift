import Glibc

/// A process as an ordered list of services: started in order, stopped in reverse when a signal asks for it.
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
  /// not start or did not stop in time. The log names it.
  public func run(signals: AsyncStream<Int32>) async -> Int32 {
    let events = Events()
    let watch = Task {
      var seen = 0
      for await number in signals {
        seen += 1
        if seen == 1 {
          events.signal(number)
        } else {
          log.warning("a second signal ends the process at once", [("signal", String(number))])
          endAtOnce(128 + number)
        }
      }
    }
    defer { watch.cancel() }
    let (started, failed) = await start(until: events)
    if !failed {
      let number = await events.wait()
      if leaveSeconds > 0 { await leave(started, number) }
      log.info("stopping", [("signal", String(number))])
    }
    return await stop(started) && !failed ? 0 : 1
  }

  /// Starts them in order; a signal in between keeps the rest from being started.
  private func start(until events: Events) async -> (started: [any Service], failed: Bool) {
    var started: [any Service] = []
    for service in services where !events.isSignalled {
      do {
        try await service.start()
        started.append(service)
        log.debug("service started", [("service", service.name)])
      } catch {
        log.error("a service did not start", [("service", service.name), ("error", String(describing: error))])
        return (started, true)
      }
    }
    return (started, false)
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
    let done = Events()
    let stopping = Task {
      for service in started.reversed() {
        current.with { $0 = service.name }
        await service.stop()
        log.debug("service stopped", [("service", service.name)])
      }
      done.signal(0)
    }
    let timer = Task {
      try? await Task.sleep(for: .seconds(shutdownSeconds))
      done.signal(1)
    }
    let outcome = await done.wait()
    timer.cancel()
    if outcome == 0 {
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

/// One number that somebody waits for; only the first counts.
private final class Events: Sendable {
  private struct State {
    var number: Int32?
    var waiting: CheckedContinuation<Int32, Never>?
  }
  private let state = Locked(State())

  var isSignalled: Bool { state.with { $0.number != nil } }

  func signal(_ number: Int32) {
    let waiting = state.with { state in
      guard state.number == nil else { return nil as CheckedContinuation<Int32, Never>? }
      state.number = number
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: number)
  }

  func wait() async -> Int32 {
    await withCheckedContinuation { continuation in
      let number = state.with { state in
        if state.number == nil { state.waiting = continuation }
        return state.number
      }
      if let number { continuation.resume(returning: number) }
    }
  }
}
