import HubContracts
import Orders

extension OrderAPI {
  /// A tenant's settings.
  static let tenantRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/tenant", access: .roles([.admin]), summary: "The tenant's settings",
      success: (200, "TenantDocument"), handler: { try await $0.tenant($1) }),
    Route(
      method: .patch, pattern: "/api/tenant", access: .roles([.admin]),
      summary: "Change the tenant's settings; they are in force everywhere within about a second",
      body: "TenantChange", bodyLimit: TenantRecord.limitBytes, success: (200, "TenantAnswer"), isKeyed: true,
      takesPassword: true, handler: { try await $0.changeTenant($1) }),
    Route(
      method: .get, pattern: "/api/tenant/changes", access: .roles([.admin]),
      summary: "Who changed which of the tenant's settings, and when; newest first",
      query: [
        .init(name: "before", summary: "Only versions before this one: the nextBefore of a page", schema: .count),
        .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
      ], success: (200, "TenantChanges"), handler: { try await $0.tenantChanges($1) }),
  ]
}
