/// A part of a process that is started once and stopped once.
public protocol Service: Sendable {
  /// What the log calls it.
  var name: String { get }
  /// Starts it; when it returns, what comes after may rely on it. Its task is cancelled if the process is told to end
  /// meanwhile: it then throws `CancellationError` soon, and is not stopped.
  func start() async throws
  /// The process is about to stop: it says so to whoever asks, and goes on serving. It does not wait.
  func leave() async
  /// Waits, once it has started, until it fails for good, and gives why: the process then ends. Nil as soon as it cannot
  /// fail any more, and when it is stopped.
  func failure() async -> (any Error)?
  /// Ends it in good order; it bounds its own waiting.
  func stop() async
}

extension Service {
  /// Most parts have nobody to tell.
  public func leave() async {}
  /// Most parts go on trying whatever goes wrong.
  public func failure() async -> (any Error)? { nil }
}
