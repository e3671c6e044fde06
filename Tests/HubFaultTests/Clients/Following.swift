/// What followers of a protocol came by.
struct Following: Sendable, Equatable {
  /// How many events came on the line; those that were loaded are not among them.
  var events = 0
  /// How often one came back with its place, and was then sent what it had missed or told to load it.
  var returns = 0

  mutating func add(_ other: Following) {
    events += other.events
    returns += other.returns
  }
}
