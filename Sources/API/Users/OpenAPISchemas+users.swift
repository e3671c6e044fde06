extension OpenAPISchemas {
  /// Who may log in.
  static let users: [Row] = [
    (
      "User",
      .object([
        .always("tenant", .text), .always("user", userName), .sometimes("name", .text.orNull),
        .always("role", .named("UserRole")),
        // Nobody added the one whose token another program made.
        .sometimes("disabled", .bool), .always("hasPassword", .bool), .sometimes("createdAt", .time),
        .sometimes("updatedAt", .time),
      ])
    )
  ]
}
