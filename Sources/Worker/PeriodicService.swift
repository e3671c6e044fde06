public import HubRuntime

/// Does something again and again, with a pause between, until it is stopped. A failure is logged and does not end it.
public final class PeriodicService: Service {
  /// What the log calls it.
  public let name: String
  private let pause: Duration
  private let log: Log
  private let runs: Counter
  private let failures: Counter
  private let work: @Sendable () async throws -> Void
  private let loop = Locked<Task<Void, Never>?>(nil)

  /// A service that does `work` and pauses for `pause`.
  public init(
    name: String, pause: Duration, log: Log, metrics: Metrics, work: @escaping @Sendable () async throws -> Void
  ) {
    self.name = name
    self.pause = pause
    self.log = log.with("service", name)
    self.work = work
    runs = metrics.counter(.workerRuns, labels: [("job", name)])
    failures = metrics.counter(.workerFailures, labels: [("job", name)])
  }

  /// Begins.
  public func start() async throws {
    loop.with { loop in
      loop = Task {
        while !Task.isCancelled {
          do {
            try await work()
          } catch {
            // What waits for long is given up when the process ends: that is no failure.
            if Task.isCancelled { return }
            failures.add()
            log.warning("a round failed", [("cause", "\(error)")])
          }
          runs.add()
          try? await Task.sleep(for: pause)
        }
      }
    }
  }

  /// Lets the round under way end, without what takes long by its nature, and ends.
  public func stop() async {
    let task = loop.with { $0 }
    task?.cancel()
    await task?.value
  }
}
