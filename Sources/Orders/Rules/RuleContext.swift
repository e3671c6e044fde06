/// What a rule may not know of itself: who asks, when, with which new identities, and on which day of the tenant's.
public struct RuleContext: Sendable {
  /// Who asks.
  public let actor: Actor
  /// When.
  public let now: Timestamp
  /// Which workflows there are.
  public let workflows: any WorkflowBook
  /// Where new identities come from.
  public let ids: any IdentitySource
  /// The tenant's calendar day of a moment, `yyyy-mm-dd`.
  public let day: @Sendable (Timestamp) -> String
  /// Names a context.
  public init(
    actor: Actor, now: Timestamp, workflows: any WorkflowBook, ids: any IdentitySource,
    day: @escaping @Sendable (Timestamp) -> String
  ) {
    self.actor = actor
    self.workflows = workflows
    self.now = now
    self.ids = ids
    self.day = day
  }
}
