public import Orders

/// Which of a tenant's users are looked for, by name.
public struct UserQuery: Sendable {
  /// Whose.
  public var tenant: TenantID
  /// Only those of this role.
  public var role: Role?
  /// Only those that are disabled, or only those that are not.
  public var isDisabled: Bool?
  /// The last name seen.
  public var after: UserID?
  /// At most so many.
  public var limit: Int
  /// Asks for all of a tenant's users.
  public init(tenant: TenantID, after: UserID? = nil, limit: Int) {
    self.tenant = tenant
    self.after = after
    self.limit = limit
  }
}

/// What is to become of a user; what is nil stays as it is.
public struct UserChange: Sendable {
  /// Where.
  public var tenant: TenantID
  /// Of whom.
  public var name: UserID
  /// When, by the clock of whoever asks.
  public var at: Timestamp
  /// What it may do from now on.
  public var role: Role?
  /// What people call it; empty for nothing.
  public var displayName: Text?
  /// Whether it may not log in any more.
  public var isDisabled: Bool?
  /// Its new password.
  public var password: NewPassword?
  /// Whether its sessions end, whatever else changes.
  public var endsSessions = false

  /// The hash of a password, and of the one that it must replace, if that matters.
  public struct NewPassword: Sendable {
    /// The new one's.
    public var hash: String
    /// The old one's, which must still be the user's; nil for any.
    public var former: String?
    /// Names the hashes.
    public init(hash: String, former: String? = nil) {
      self.hash = hash
      self.former = former
    }
  }

  /// Changes nothing yet.
  public init(of name: UserID, tenant: TenantID, at: Timestamp) {
    self.name = name
    self.tenant = tenant
    self.at = at
  }

  /// Whether a user's sessions end by it: where it may do something else from now on, nothing any more, or has another
  /// password.
  public func ends(sessionsOf user: User) -> Bool {
    endsSessions || password != nil || gives(another: user) || (isDisabled == true && !user.isDisabled)
  }

  /// Whether a user has another role by it than before.
  public func gives(another user: User) -> Bool { role.map { !user.isIn([$0]) } ?? false }

  /// The user afterwards; `stored` is MongoDB's time, which tells from when on its tokens are good.
  public func applied(to user: User, stored: Timestamp) -> User {
    var changed = user
    changed.updatedAt = at
    if let role { changed.role = role }
    if let displayName { changed.displayName = displayName.isEmpty ? nil : displayName }
    if let isDisabled { changed.disabledAt = isDisabled ? user.disabledAt ?? at : nil }
    if let password { changed.passwordHash = password.hash }
    if ends(sessionsOf: user) {
      changed.tokensFrom = TokenEnd.next(after: stored, and: user.tokensFrom)
    }
    return changed
  }
}

/// Who asks for a write of users, by its token. That may be from before the user was disabled or given another role, where
/// the process has not heard of it yet: so its own record is looked at in the write's transaction.
public struct UserWriter: Sendable {
  /// What its token says.
  public var claims: TokenClaims
  /// The roles that may ask for this; nil for any.
  public var roles: Set<Role>?
  /// Names one.
  public init(_ claims: TokenClaims, roles: Set<Role>? = nil) {
    self.claims = claims
    self.roles = roles
  }

  /// Whether it is this user.
  public func isUser(_ name: UserID, of tenant: TenantID) -> Bool {
    claims.actor.user == name && claims.actor.tenant == tenant
  }

  /// Whether it may still ask, where this is its record.
  public func may(as record: User) -> Bool {
    !record.isDisabled && !claims.isEnded(from: record.tokensFrom) && roles.map(record.isIn) ?? true
  }
}

/// What was written of a user.
public struct UserWritten: Sendable, Equatable {
  /// As it is now.
  public var user: User
  /// How many sessions ended by it.
  public var sessionsEnded: Int
  /// Describes it.
  public init(user: User, sessionsEnded: Int) {
    self.user = user
    self.sessionsEnded = sessionsEnded
  }
}

/// What became of a write of a user. Only with `done` was anything written.
public enum UserOutcome: Sendable, Equatable {
  /// It is written.
  case done(UserWritten)
  /// There is no such user.
  case unknown
  /// There is one of that name.
  case taken
  /// The tenant would have no admin any more that can log in.
  case lastAdmin
  /// Who asks was disabled, took another role or had its tokens ended.
  case callerEnded
  /// Who asks would disable itself, or take another role.
  case ownAccount
  /// The password is not the one that was to be replaced.
  case otherPassword
  /// The write's key has an answer already.
  case answered
}

/// Makes the answer that is kept of a write, in the same transaction.
public typealias UserAnswer = @Sendable (UserWritten) -> KeptAnswer

extension UserStore {
  /// A tenant's users by name, at most 1,000.
  public func users(tenant: TenantID) async throws(StoreError) -> [User] {
    try await users(UserQuery(tenant: tenant, limit: 1_000))
  }

  /// Adds a user for whoever runs the hub.
  public func add(_ user: User, answer: UserAnswer?) async throws(StoreError) -> UserOutcome {
    try await add(user, by: nil, answer: answer)
  }

  /// Changes a user for whoever runs the hub.
  public func change(_ change: UserChange, answer: UserAnswer?) async throws(StoreError) -> UserOutcome {
    try await self.change(change, by: nil, answer: answer)
  }

  /// Adds a user; false if the name is taken.
  public func add(_ user: User) async throws(StoreError) -> Bool { try await add(user, answer: nil) != .taken }

  /// Replaces a user's password and ends all its sessions; false if there is no such user.
  public func setPassword(
    _ hash: String, of name: UserID, tenant: TenantID, at: Timestamp
  ) async throws(StoreError) -> Bool {
    var change = UserChange(of: name, tenant: tenant, at: at)
    change.password = UserChange.NewPassword(hash: hash)
    return try await self.change(change, answer: nil) != .unknown
  }
}
