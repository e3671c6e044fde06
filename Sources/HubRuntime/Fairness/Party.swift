public import Orders

/// Whose work something is. What is scarce is shared out among households first, and within one among its users: who
/// has many users gets no more than who has one.
public struct Party: Sendable, Hashable {
  /// Those who share evenly, whatever each of them asks for.
  public enum Household: Sendable, Hashable {
    /// The hub itself: lanes, relay, checks. Bounded by how few of them there are, and by nothing else.
    case hub
    /// All who have no token.
    case strangers
    /// A tenant.
    case tenant(TenantID)
  }

  /// Who shares with the others.
  public let household: Household
  /// Who within it; nil if that makes no difference.
  public let user: UserID?

  init(_ household: Household, _ user: UserID?) {
    self.household = household
    self.user = user
  }

  /// A user of a tenant.
  public init(_ actor: Actor) { self.init(.tenant(actor.tenant), actor.user) }

  /// The hub itself.
  public static let hub = Party(.hub, nil)
  /// Whoever has no token.
  public static let strangers = Party(.strangers, nil)

  /// For whom the running task works. A task that serves many must say so itself: an unstructured task takes over what
  /// stood where it was made.
  @TaskLocal public static var current = Party.hub
}
