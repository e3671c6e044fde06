public import Orders

/// What an `Idempotency-Key` is unique in: a user of a tenant, and a route.
public struct AnswerKey: Sendable, Hashable {
  /// Whose.
  public var tenant: TenantID
  /// Of whom there. Nil only in answers that were kept when keys were a whole tenant's.
  public var user: UserID?
  /// The route's method and pattern, then each parameter in its canonical form, so that a path spelt another way is the
  /// same route.
  public var route: Text
  /// The client's key, 1 to 255 bytes.
  public var key: Text
  /// Names a key.
  public init(tenant: TenantID, user: UserID?, route: Text, key: Text) {
    self.tenant = tenant
    self.user = user
    self.route = route
    self.key = key
  }
}

/// The first answer to a key.
public struct KeptAnswer: Sendable, Equatable {
  /// The key.
  public var key: AnswerKey
  /// SHA-256 of the body it was for, in hex, and the user who sent it.
  public var fingerprint: String
  /// 200…499.
  public var status: Int
  /// The media type.
  public var contentType: String
  /// The body.
  public var body: [UInt8]
  /// When; it is kept 24 hours.
  public var at: Timestamp
  /// Describes an answer.
  public init(key: AnswerKey, fingerprint: String, status: Int, contentType: String, body: [UInt8], at: Timestamp) {
    self.key = key
    self.fingerprint = fingerprint
    self.status = status
    self.contentType = contentType
    self.body = body
    self.at = at
  }
  /// How long an answer is kept, in seconds.
  public static let lifetimeSeconds = 24 * 3600
}
