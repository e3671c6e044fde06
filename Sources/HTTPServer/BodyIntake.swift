import Synchronization

/// How the body of a connection's request comes: written by the server's thread, read by the sweep.
struct BodyIntake: ~Copyable, Sendable {
  private let began = Atomic<Int64>(ConnectionState.never)
  private let bytes = Atomic<Int>(0)

  /// How long a body may come as slowly as it likes, in seconds.
  static let graceSeconds: Int64 = 5
  /// How many bytes a second it must have brought from then on, in the mean.
  static let bytesPerSecond: Int64 = 1_024

  /// A body begins at this second.
  func begin(second: Int64) {
    bytes.store(0, ordering: .relaxed)
    began.store(second, ordering: .relaxed)
  }

  /// So many bytes of it came.
  func take(_ count: Int) { bytes.wrappingAdd(count, ordering: .relaxed) }

  /// No more of it is awaited.
  func end() { began.store(ConnectionState.never, ordering: .relaxed) }

  /// Whether it comes too slowly to be waited for at this second.
  func isTooSlow(at second: Int64) -> Bool {
    let began = began.load(ordering: .relaxed)
    guard began != ConnectionState.never else { return false }
    // A clock's seconds and a body's bytes are far from where they overflow.
    let owed = (second - began - Self.graceSeconds) * Self.bytesPerSecond
    return owed > bytes.load(ordering: .relaxed)
  }
}
