/// Why there is no place for somebody's work where places are shared.
public enum Lack: Error, Sendable, Equatable {
  /// All are taken.
  case all
  /// The household has its part.
  case household
  /// The user has its part.
  case user
}
