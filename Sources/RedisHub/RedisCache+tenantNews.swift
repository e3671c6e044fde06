public import HubContracts
public import Orders

extension RedisCache: TenantNews {
  /// See `TenantNews`.
  public func tell(changed tenant: TenantID) async throws(CacheUnavailable) {
    var pipeline = Pipeline()
    pipeline.command(["PUBLISH", Keys.tenantNews, tenant.text])
    _ = try await link.run(pipeline)
  }

  /// See `TenantNews`.
  public func listen(_ body: @escaping @Sendable (TenantID) -> Void) { near.tenants.listen(body) }
}
