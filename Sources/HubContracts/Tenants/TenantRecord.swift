public import Orders

/// A tenant's settings as they are stored. What they mean, `TenantSettings` knows.
public struct TenantRecord: Sendable, Equatable {
  /// Whose.
  public var tenant: TenantID
  /// Advanced by each change that somebody made: what `If-Match` names. From 1.
  public var version: Int64
  /// Advanced by each write, one that seals secrets anew too: what a write is guarded by. From 1.
  public var revision: Int64
  /// The settings as one JSON object. Where a secret belongs it says that there is one, and since when.
  public var settings: [UInt8]
  /// The secrets, sealed, by path; each path once.
  public var secrets: [TenantSecret]
  /// When they were changed last.
  public var updatedAt: Timestamp
  /// Who did.
  public var updatedBy: UserID

  /// Describes a record.
  public init(
    tenant: TenantID, version: Int64, revision: Int64, settings: [UInt8], secrets: [TenantSecret], updatedAt: Timestamp,
    updatedBy: UserID
  ) {
    self.tenant = tenant
    self.version = version
    self.revision = revision
    self.settings = settings
    self.secrets = secrets
    self.updatedAt = updatedAt
    self.updatedBy = updatedBy
  }

  /// The most that settings take as JSON, in bytes.
  public static let limitBytes = 65_536
  /// How many secrets a tenant may have.
  public static let secretsLimit = 200
}

/// A sealed secret, and where it belongs.
public struct TenantSecret: Sendable, Equatable {
  /// The member's path: `carriers.generic.secret`.
  public var path: Text
  /// What is stored of it.
  public var sealed: SealedSecret
  /// Names a secret.
  public init(path: Text, sealed: SealedSecret) {
    self.path = path
    self.sealed = sealed
  }
}

/// The record of one change: who, when, and which members. What they were and became is not in it, for some are secret.
public struct TenantChange: Sendable, Equatable {
  /// Whose settings.
  public var tenant: TenantID
  /// The version that the change made.
  public var version: Int64
  /// When.
  public var at: Timestamp
  /// Who.
  public var by: UserID
  /// The paths of the members that are others now, in order; the first `membersLimit`.
  public var members: [Text]
  /// How many there were in all.
  public var memberCount: Int

  /// Describes a change; of more members than `membersLimit` the first are kept.
  public init(tenant: TenantID, version: Int64, at: Timestamp, by: UserID, members: [Text], memberCount: Int? = nil) {
    self.tenant = tenant
    self.version = version
    self.at = at
    self.by = by
    self.members = Array(members.prefix(Self.membersLimit))
    self.memberCount = memberCount ?? members.count
  }

  /// How many members a record names.
  public static let membersLimit = 200
}
