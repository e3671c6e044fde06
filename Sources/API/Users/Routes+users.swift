import HubContracts
import Orders

extension OrderAPI {
  /// A tenant's users, and what somebody may do with itself.
  static let userRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/users", access: .roles([.admin]), summary: "The tenant's users, by name",
      query: [
        .init(name: "role", summary: "Only those of this role", schema: .named("Role")),
        .init(name: "status", summary: "active or disabled", schema: .words(UserListRequest.states)),
        .init(name: "cursor", summary: "The nextCursor of the page before"),
        .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
      ], success: (200, "UserList"), handler: { try await $0.listUsers($1) }),
    Route(
      method: .post, pattern: "/api/users", access: .roles([.admin]), summary: "Add a user", body: "NewUser",
      success: (201, "UserAnswer"), isKeyed: true, takesPassword: true, handler: { try await $0.createUser($1) }),
    Route(
      method: .get, pattern: "/api/users/:id", access: .roles([.admin]), summary: "A user",
      success: (200, "UserDocument"), handler: { try await $0.user($1) }),
    Route(
      method: .patch, pattern: "/api/users/:id", access: .roles([.admin]),
      summary: "Change a user's role or name, disable it or enable it", body: "UserChange",
      success: (200, "UserAnswer"), isKeyed: true, handler: { try await $0.changeUser($1) }),
    Route(
      method: .put, pattern: "/api/users/:id/password", access: .roles([.admin]),
      summary: "Set a user's password, and end its sessions", body: "NewPassword", success: (200, "UserAnswer"),
      isKeyed: true, takesPassword: true, handler: { try await $0.setPassword($1) }),
    Route(
      method: .delete, pattern: "/api/users/:id/sessions", access: .roles([.admin]),
      summary: "End all sessions of a user", success: (200, "UserAnswer"), isKeyed: true,
      handler: { try await $0.endSessions($1) }),
  ]

  /// What is about the caller alone.
  static let ownRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/me", access: .person, summary: "Who asks", success: (200, "UserDocument"),
      handler: { try await $0.me($1) }),
    Route(
      method: .put, pattern: "/api/me/password", access: .person,
      summary: "Set one's own password, and end one's sessions", body: "OwnPassword", success: (200, "UserAnswer"),
      ownRefusals: [404], isKeyed: true, takesPassword: true, handler: { try await $0.setOwnPassword($1) }),
    Route(
      method: .delete, pattern: "/api/me/sessions", access: .person, summary: "End all of one's own sessions",
      success: (200, "UserAnswer"), ownRefusals: [404], isKeyed: true, handler: { try await $0.endOwnSessions($1) }),
  ]
}
