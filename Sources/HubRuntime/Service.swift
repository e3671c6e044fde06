/// A part of a process that is started once and stopped once.
public protocol Service: Sendable {
  /// What the log calls it.
  var name: String { get }
  /// Starts it; when it returns, what comes after may rely on it.
  func start() async throws
  /// Ends it in good order; it bounds its own waiting.
  func stop() async
}
