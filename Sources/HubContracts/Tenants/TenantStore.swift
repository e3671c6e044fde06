public import Orders

/// The settings of tenants in the system of record.
public protocol TenantStore: Sendable {
  /// A tenant's settings; nil if nobody has set any.
  func settings(of tenant: TenantID) async throws(StoreError) -> TenantRecord?
  /// The settings of those of some tenants that have any; at most `TenantStoreLimits.page` are asked for.
  func settings(of tenants: [TenantID]) async throws(StoreError) -> [TenantRecord]
  /// The revisions of those of some tenants that have settings; at most `TenantStoreLimits.tenants` are asked for.
  func revisions(of tenants: [TenantID]) async throws(StoreError) -> [TenantID: Int64]
  /// Writes settings where their revision still is `former`, 0 for none, with the record of the change and the answer
  /// that is kept of it, all or nothing.
  func write(
    _ record: TenantRecord, replacing former: Int64, change: TenantChange?, answer: KeptAnswer?
  ) async throws(StoreError) -> TenantOutcome
  /// The changes after a version, oldest first, at most `limit`.
  func changes(of tenant: TenantID, after version: Int64, limit: Int) async throws(StoreError) -> [TenantChange]
  /// The changes before a version, or with nil all, newest first, at most `limit`.
  func changes(of tenant: TenantID, before version: Int64?, limit: Int) async throws(StoreError) -> [TenantChange]
  /// Tenants that have a secret sealed under another key than this, by name after `after`, at most `limit`.
  func settings(
    sealedOtherwiseThan keyID: Text, after: TenantID?, limit: Int
  ) async throws(StoreError) -> [TenantRecord]
}

/// What became of a write of settings.
public enum TenantOutcome: Sendable, Equatable {
  /// It is written.
  case done
  /// Somebody else was first: nothing was written.
  case stale
  /// The write's key has an answer already: nothing was written.
  case answered
}

/// How much may be asked of a `TenantStore` at once.
public enum TenantStoreLimits {
  /// Tenants of one question for revisions.
  public static let tenants = 1_000
  /// Changes, or tenants with settings, of one page.
  public static let page = 100
}
