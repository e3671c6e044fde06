/// By which way an event comes to an order.
public enum Origin: Sendable, Equatable {
  /// Somebody asks.
  case request
  /// A timer of the order has come to its moment.
  case timer
}

/// What a rule may not know of itself: who asks, when, with which new identities, and on which day of the tenant's.
public struct RuleContext: Sendable {
  /// Who asks.
  public let actor: Actor
  /// By which way.
  public let origin: Origin
  /// When.
  public let now: Timestamp
  /// Which workflows there are.
  public let workflows: any WorkflowBook
  /// Where new identities come from.
  public let ids: any IdentitySource
  /// The tenant's calendar day of a moment, `yyyy-mm-dd`.
  public let day: @Sendable (Timestamp) -> String
  /// The same by another way.
  public func by(_ origin: Origin) -> RuleContext {
    origin == self.origin
      ? self : RuleContext(actor: actor, origin: origin, now: now, workflows: workflows, ids: ids, day: day)
  }

  /// Names a context.
  public init(
    actor: Actor, origin: Origin = .request, now: Timestamp, workflows: any WorkflowBook,
    ids: any IdentitySource, day: @escaping @Sendable (Timestamp) -> String
  ) {
    self.actor = actor
    self.origin = origin
    self.workflows = workflows
    self.now = now
    self.ids = ids
    self.day = day
  }
}
