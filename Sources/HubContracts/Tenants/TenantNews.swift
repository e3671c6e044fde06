public import Orders

/// The word among processes that a tenant's settings were changed. It may be lost, or come twice: whoever hears it looks.
public protocol TenantNews: Sendable {
  /// Tells all processes, this one too.
  func tell(changed tenant: TenantID) async throws(CacheUnavailable)
  /// Has `body` called for each tenant that is told of, on a thread that must not wait. The last listener counts.
  func listen(_ body: @escaping @Sendable (TenantID) -> Void)
}
