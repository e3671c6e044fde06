import Orders

/// Somebody who gets events, by whatever protocol: a member of rooms on one loop.
///
/// A subclass is a protocol's session. It may have a socket of its own, or be asked for what waits.
class Subscriber {
  /// The loop it lives on.
  unowned let home: LiveLoop
  /// The rooms it is in.
  var memberships: [Membership] = []
  /// Where the loop keeps it.
  var place = -1

  init(home: LiveLoop) { self.home = home }

  /// Takes events, encoded for every protocol that is spoken.
  func deliver(_ batch: EventBatch) { preconditionFailure("\(type(of: self)) takes no events") }

  /// The subscription to a tenant that it is a member of stands: it misses nothing from now on.
  func stands(_ tenant: TenantID) { preconditionFailure("\(type(of: self)) subscribes to nothing") }

  /// Events may be missing: it must load the state again.
  func resync(reason: String) { preconditionFailure("\(type(of: self)) cannot be told to load again") }

  /// The process is about to stop: it is to be sent elsewhere at that moment of the loop's clock.
  func leave(atMs: Int64) { preconditionFailure("\(type(of: self)) cannot be sent away") }

  /// The wall clock jumped: what depends on it is to be looked at again.
  func clockJumped() {}
}
