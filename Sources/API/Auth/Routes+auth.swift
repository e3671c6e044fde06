import HubContracts
import Orders

extension OrderAPI {
  /// Logging in and out.
  static let authRoutes: [Route] = [
    Route(
      method: .post, pattern: "/api/auth/login", access: .open, summary: "Log in", body: "Login",
      success: (200, "Tokens"), ownRefusals: [401], handler: { try await $0.login($1) }),
    Route(
      method: .post, pattern: "/api/auth/refresh", access: .open,
      summary: "A new token and refresh token for a refresh token, which is used up", body: "Refresh",
      success: (200, "Tokens"), ownRefusals: [401], handler: { try await $0.refresh($1) }),
    Route(
      method: .post, pattern: "/api/auth/logout", access: .open, summary: "End the session of a refresh token",
      body: "Refresh", success: (200, "Success"), handler: { try await $0.logout($1) }),
  ]
}
