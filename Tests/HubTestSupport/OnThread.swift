import Foundation

/// Runs what blocks on a thread of its own: the tasks of whatever is under test need the cooperative ones. It stays within
/// the test that calls it, so that a failed expectation names that test.
@discardableResult
public func onThread<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws -> Success {
  try await withTaskExecutorPreference(OwnThread()) { try body() }
}

/// Gives each piece of a task a new thread, which it may block.
private final class OwnThread: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    Foundation.Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
