public import Orders

/// People who may log in, and the refresh tokens they hold.
public protocol UserStore: Sendable {
  /// One user.
  func user(_ name: UserID, tenant: TenantID) async throws(StoreError) -> User?
  /// A tenant's users by name.
  func users(_ query: UserQuery) async throws(StoreError) -> [User]
  /// Adds a user: `done`, `taken`, `callerEnded` or `answered`. `caller` is who asks, unless it is whoever runs the hub.
  func add(_ user: User, by caller: UserWriter?, answer: UserAnswer?) async throws(StoreError) -> UserOutcome
  /// Changes a user, and ends its sessions if it must, all or nothing. A tenant keeps one admin that can log in, whoever
  /// changes them at once. `caller` is who asks, unless it is whoever runs the hub.
  func change(_ change: UserChange, by caller: UserWriter?, answer: UserAnswer?) async throws(StoreError) -> UserOutcome
  /// Whose tokens were ended, in the order of `TokenEnd.Place`, behind a place, at most `TokenEnd.pageLimit`; with nil from the
  /// beginning.
  func tokenEnds(after place: TokenEnd.Place?) async throws(StoreError) -> [TokenEnd]
  /// Puts another hash of the same password in the place of `former`; its sessions go on. False if `former` is not the
  /// user's hash any more.
  func renewHash(
    _ hash: String, of name: UserID, tenant: TenantID, replacing former: String
  ) async throws(StoreError) -> Bool

  /// Opens a session; when, by MongoDB's clock. Nil, and none is opened, if its user may not log in any more, or had its
  /// tokens ended since `session.tokensFrom` was read.
  @discardableResult
  func open(_ session: Session) async throws(StoreError) -> Timestamp?
  /// Puts a new refresh token in the place of a used one, once. The same pair again within `Rotation.leewayMs` is given
  /// the session once more, while it still holds the new one. Any other use of a token that was used before ends its
  /// session: somebody has stolen it.
  func rotate(tokenHash: String, to newHash: String, at: Timestamp, expiresAt: Timestamp) async throws(StoreError)
    -> Rotation
  /// Ends the session that holds a refresh token or has used it; nothing if there is none.
  func close(tokenHash: String) async throws(StoreError)
}

/// A person who may log in.
public struct User: Sendable, Equatable {
  /// Where.
  public var tenant: TenantID
  /// The name to log in with.
  public var name: UserID
  /// What it may do; nothing of what it says counts where there is an `otherRole`.
  public var role: Role { didSet { otherRole = nil } }
  /// The word of a role that only a newer process knows, and gave it. It is kept and shown as it is; here the user may
  /// nothing, nor log in.
  public private(set) var otherRole: Text?
  /// The argon2id hash in its encoded form; nil if it has no password yet, and so cannot log in.
  public var passwordHash: String?
  /// What people call it, if that is another name.
  public var displayName: Text?
  /// When it was added.
  public var createdAt: Timestamp
  /// When it was changed last.
  public var updatedAt: Timestamp
  /// Since when it may not log in; nil if it may.
  public var disabledAt: Timestamp?
  /// From when on its tokens are good, by MongoDB's clock; nil if all are. See `TokenEnd`.
  public var tokensFrom: Timestamp?
  /// Describes a user that is new.
  public init(
    tenant: TenantID, name: UserID, role: Role, passwordHash: String?, displayName: Text? = nil, createdAt: Timestamp
  ) {
    self.tenant = tenant
    self.name = name
    self.role = role
    self.passwordHash = passwordHash
    self.displayName = displayName
    self.createdAt = createdAt
    updatedAt = createdAt
  }

  /// The same user in a role by its word, be it one that this process does not know.
  public init(
    tenant: TenantID, name: UserID, roleWord: Text, passwordHash: String?, displayName: Text?, createdAt: Timestamp
  ) {
    let known = Role(roleWord)
    self.init(
      tenant: tenant, name: name, role: known ?? .customer, passwordHash: passwordHash, displayName: displayName,
      createdAt: createdAt)
    otherRole = known == nil ? roleWord : nil
  }

  /// The word of its role.
  public var roleWord: Text { otherRole ?? Text(role.rawValue) }
  /// Whether this process knows its role, and it is one of these.
  public func isIn(_ roles: Set<Role>) -> Bool { otherRole == nil && roles.contains(role) }
  /// Whether it may not log in.
  public var isDisabled: Bool { disabledAt != nil }
  /// Whether it has a password.
  public var hasPassword: Bool { passwordHash?.isEmpty == false }
  /// Who it is, with its role.
  public var actor: Actor { Actor(tenant: tenant, user: name, role: role) }
}

/// A log-in that can be refreshed.
public struct Session: Sendable, Equatable {
  /// SHA-256 of the refresh token, in hex.
  public var tokenHash: String
  /// Whose.
  public var actor: Actor
  /// When it began.
  public var createdAt: Timestamp
  /// When it ends.
  public var expiresAt: Timestamp
  /// From when on the user's tokens were good when it began: where that is later now, it is ended.
  public var tokensFrom: Timestamp?
  /// Describes a session.
  public init(
    tokenHash: String, actor: Actor, createdAt: Timestamp, expiresAt: Timestamp, tokensFrom: Timestamp? = nil
  ) {
    self.tokenHash = tokenHash
    self.actor = actor
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.tokensFrom = tokensFrom
  }
}

/// What became of a refresh token.
public enum Rotation: Sendable, Equatable {
  /// It was good; this is whose it is, with the role the user has now, from when on its tokens are good, and when it was
  /// rotated, by MongoDB's clock.
  case rotated(Actor, tokensFrom: Timestamp?, at: Timestamp)
  /// It was good, but the user has a role by now that this process does not know: a newer one does.
  case otherRole(Text)
  /// It is unknown or has run out.
  case unknown
  /// It was used before: the session is ended.
  case reused

  /// How long the token before the last is still good for the last, in milliseconds. Two tabs of a browser that wake up
  /// together refresh within that; a stolen one that is used later ends the session.
  public static let leewayMs: Int64 = 10_000
}

/// What a password must be, beside what `PasswordHasher.hash` asks of its characters.
public enum PasswordRule {
  /// How many bytes of UTF-8 it has.
  public static let bytes = 8...1_024
}

/// Passwords as argon2id hashes. Slow by intent: an implementation runs it on threads of its own.
public protocol PasswordHasher: Sendable {
  /// The encoded hash of a password, as prepared; throws `unfit` for one that cannot be.
  func hash(_ password: String) async throws(CredentialError) -> String
  /// Whether the password is the hashed one. With nil it takes as long and says false.
  func verify(_ password: String, against hash: String?) async throws(CredentialError) -> Bool
  /// The same, and in which form it is: hashes from before passwords were prepared are of what was typed.
  func match(_ password: String, against hash: String?) async throws(CredentialError) -> PasswordMatch
}

extension PasswordHasher {
  /// Of those who know one form only.
  public func match(_ password: String, against hash: String?) async throws(CredentialError) -> PasswordMatch {
    try await verify(password, against: hash) ? .asPrepared : .no
  }
}

/// How a password fits a hash.
public enum PasswordMatch: Sendable, Equatable {
  case no
  /// As it is prepared for hashing today.
  case asPrepared
  /// As it was typed: the hash is to be made anew.
  case asTyped
}

/// Tokens that say who asks.
public protocol TokenVerifier: Sendable {
  /// The claims of a token whose signature, algorithm (HS256 only), issuer, audience, and times are right.
  func verify(_ token: String, now: Timestamp) throws(TokenRefusal) -> TokenClaims
  /// Whether the token's signature is this hub's, whatever it says: far cheaper than `verify` where it is not, for what
  /// strangers send without end. True does not mean that it is good.
  func fits(_ token: String) -> Bool
}

extension TokenVerifier {
  /// Cannot tell.
  public func fits(_ token: String) -> Bool { true }
}

/// Makes tokens.
public protocol TokenIssuer: Sendable {
  /// A signed token for an actor, good from `now` for `lifetimeSeconds`.
  func issue(for actor: Actor, now: Timestamp, lifetimeSeconds: Int64) throws(CredentialError) -> String
}

/// What a token says.
public struct TokenClaims: Sendable, Equatable {
  /// Who.
  public var actor: Actor
  /// When it was made, if it says so.
  public var issuedAt: Timestamp?
  /// Until when.
  public var expiresAt: Timestamp
  /// Describes claims.
  public init(actor: Actor, issuedAt: Timestamp? = nil, expiresAt: Timestamp) {
    self.actor = actor
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }
}

/// Why a token is refused.
public enum TokenRefusal: Error, Sendable, Equatable {
  /// Not three parts of base64url of which the first two are JSON objects, without a name twice.
  case malformed
  /// Another algorithm than HS256, `none` included.
  case wrongAlgorithm
  /// The signature does not fit.
  case badSignature
  /// It has run out.
  case expired
  /// The user's sessions were ended after it was made.
  case ended
  /// It is not yet good.
  case notYetValid
  /// It has no `exp`.
  case noExpiry
  /// A time is no number.
  case badTime(TokenTime)
  /// It ends later than any token may.
  case endsTooLate
  /// Another made it.
  case wrongIssuer
  /// It is not for this hub.
  case wrongAudience
  /// `sub`, `tenant` or `role` is missing or wrong.
  case badClaims
}

/// The times of a token: numbers of seconds since 1970, fractions too (RFC 7519 §2).
public enum TokenTime: String, Sendable, CaseIterable {
  /// From when on it is not good any more.
  case exp
  /// From when on it is good.
  case nbf
  /// When it was made.
  case iat
}

extension TokenClaims {
  /// How far ahead a token may end, in seconds: a hundred years. Nobody means more; whoever writes milliseconds for
  /// seconds is told, instead of being given a token for ever.
  public static let longestSeconds: Int64 = 36_525 * 86_400
}

extension TokenRefusal {
  /// What the client is told, on every transport.
  public var message: String {
    switch self {
    case .malformed: "the token is not a JWT"
    case .wrongAlgorithm: "the token's algorithm is not HS256"
    case .badSignature: "the token's signature does not fit"
    case .expired: "the token has run out"
    case .ended: "the token is from before the user's sessions were ended"
    case .notYetValid: "the token is not yet valid: its nbf or iat is to come"
    case .noExpiry: "the token has no exp"
    case .badTime(let time): "the token's \(time.rawValue) is not a number of seconds since 1970"
    case .endsTooLate: "the token's exp is more than 100 years ahead; it counts seconds since 1970, not milliseconds"
    case .wrongIssuer: "the token's iss is not orderhub"
    case .wrongAudience: "the token's aud is not orderhub, and no list with orderhub in it"
    case .badClaims: "the token's sub, tenant or role is missing or not valid"
    }
  }
}

/// A credential operation that failed for a reason that is not the client's.
public enum CredentialError: Error, Sendable, Equatable {
  /// The text is for the log.
  case failed(String)
  /// Too many wait already.
  case overloaded
  /// A password that cannot be taken; the text may be shown to whoever chose it.
  case unfit(String)
}
