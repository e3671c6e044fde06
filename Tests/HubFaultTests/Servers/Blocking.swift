import Dispatch
import HubRuntime

/// Waits, on a thread of its own kind, for something asynchronous. Never call it from a task.
func blocking<Success: Sendable>(_ body: @escaping @Sendable () async throws -> Success) throws -> Success {
  let done = DispatchSemaphore(value: 0)
  let result = Locked<Result<Success, any Error>?>(nil)
  Task.detached {
    let outcome: Result<Success, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    result.with { $0 = outcome }
    done.signal()
  }
  done.wait()
  guard let outcome = result.with({ $0 }) else { preconditionFailure("signalled without a result") }
  return try outcome.get()
}

/// The same for what cannot fail.
func blocking(_ body: @escaping @Sendable () async -> Void) {
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    await body()
    done.signal()
  }
  done.wait()
}
