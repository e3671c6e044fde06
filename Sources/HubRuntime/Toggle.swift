/// A setting that is on or off.
enum Toggle: String, Sendable, CaseIterable {
  case on, off
}
