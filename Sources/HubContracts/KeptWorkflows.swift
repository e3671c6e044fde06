public import Orders

/// A workflow that a tenant has made for itself, in one version of its definition. A version never changes and never goes
/// while the tenant is there, for orders are moved by the one that they began with.
public struct KeptWorkflow: Sendable, Equatable {
  /// Whose.
  public var tenant: TenantID
  /// The name: none that every tenant has.
  public var name: WorkflowName
  /// 1, 2, 3… without a gap.
  public var version: Int64
  /// The definition as JSON, at most 64 KiB.
  public var definition: [UInt8]
  /// Whether new orders begin no more by this name, since this version.
  public var isRemoved: Bool
  /// Who wrote it.
  public var by: UserID
  /// When, by MongoDB's clock.
  public var at: Timestamp
  /// Its number among the writes of all tenants: they become seen in this order.
  public var revision: Int64

  /// Names one.
  public init(
    tenant: TenantID, name: WorkflowName, version: Int64, definition: [UInt8], isRemoved: Bool, by: UserID,
    at: Timestamp, revision: Int64
  ) {
    self.tenant = tenant
    self.name = name
    self.version = version
    self.definition = definition
    self.isRemoved = isRemoved
    self.by = by
    self.at = at
    self.revision = revision
  }

  /// The most names of a tenant, removed ones aside.
  public static let nameLimit = 50
  /// The most versions of all names of a tenant, as all of them stay.
  public static let versionLimit = 500
  /// The most that are read at once.
  public static let pageLimit = 100
}

/// What became of a write of a workflow.
public enum KeptWorkflowOutcome: Sendable, Equatable {
  /// It is written, as this; or it stood so already.
  case done(KeptWorkflow, isNew: Bool)
  /// The tenant has no workflow of this name.
  case unknown
  /// The tenant has as many names, or versions, as it may.
  case tooMany
}

/// Where tenants' own workflows are kept.
public protocol WorkflowStore: Sendable {
  /// What was written after a revision, of all tenants, in its order; at most `KeptWorkflow.pageLimit`.
  func workflows(after revision: Int64) async throws(StoreError) -> [KeptWorkflow]
  /// Writes a definition as the next version of its name; nothing where the newest is the same.
  func put(
    _ definition: [UInt8], as name: WorkflowName, tenant: TenantID, by user: UserID
  ) async throws(StoreError) -> KeptWorkflowOutcome
  /// Lets no new order begin by a name.
  func remove(_ name: WorkflowName, tenant: TenantID, by user: UserID) async throws(StoreError) -> KeptWorkflowOutcome
}
