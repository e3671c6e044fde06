/// Fresh identities, as a parameter.
public protocol IdentitySource: Sendable {
  /// An identity that nobody else has: seconds, a random part of the process, a count.
  func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity>
  /// `count` random bytes in lower-case hex.
  func token(bytes count: Int) -> String
}
