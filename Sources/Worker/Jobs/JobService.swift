public import HubContracts
public import HubRuntime

/// Does the jobs of a process's handlers, one runner a kind.
public final class JobService: Service {
  /// What the log calls it.
  public let name = "jobs"
  private let runners: [JobRunner]
  private let queue: any JobQueue
  private let log: Log
  private let tasks = Locked<[Task<Void, Never>]>([])
  /// How often it is counted what there is.
  private static let censusSeconds = 15

  /// A service of these runners, of which no two are of one kind.
  public init(_ runners: [JobRunner], queue: any JobQueue, log: Log) {
    precondition(Set(runners.map(\.kind)).count == runners.count, "two runners of one kind")
    self.runners = runners
    self.queue = queue
    self.log = log
  }

  /// Begins.
  public func start() async throws {
    guard !runners.isEmpty else { return }
    let counting = Task {
      while !Task.isCancelled {
        await count()
        try? await Task.sleep(for: .seconds(Self.censusSeconds))
      }
    }
    let working = runners.map { runner in Task { await runner.work() } }
    tasks.with { $0 = [counting] + working }
  }

  /// Counts what waits and what is dead, for the metrics.
  func count() async {
    do throws(StoreError) {
      let counts = try await queue.census(runners.map(\.kind))
      for runner in runners { await runner.note(counts) }
    } catch {
      log.debug("the jobs could not be counted", [("cause", "\(error)")])
    }
  }

  /// Lets what is under way end, for some seconds, and ends.
  public func stop() async {
    for runner in runners { await runner.stop() }
    let tasks = tasks.with { $0 }
    tasks.first?.cancel()
    for task in tasks { await task.value }
  }
}
