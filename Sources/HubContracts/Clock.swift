public import Orders

/// The time, as a parameter.
public protocol HubClock: Sendable {
  /// The wall clock. It may jump; nothing that must be right depends on it.
  func now() -> Timestamp
}
