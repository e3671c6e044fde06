extension OpenAPISchemas {
  /// What is answered to those who log in, and to those who run the hub.
  static let operations: [Row] = [
    ("Success", .object([.always("success", .yes)])),
    (
      "Tokens",
      .object([
        .always("success", .yes), .always("token", .text), .always("tokenType", .words(["Bearer"])),
        .always("expiresIn", .count.meaning("seconds")), .always("refreshToken", .text),
        .sometimes("deviceToken", .text.meaning("after a log-in")),
        .always(
          "user", .object([.always("tenant", .text), .always("user", .text), .always("role", .named("Role"))])),
      ])
    ),
    (
      "Service",
      .object([
        .always("service", .words(["orderhub"])), .always("version", .text), .always("description", .text),
      ])
    ), ("Health", .object([.always("status", .words(["ok"]))])),
    (
      "Readiness",
      .object([
        .always("status", .words(of: OrderAPI.ReadyState.self)), .always("mongodb", .named("ServerState")),
        .always("redis", .named("ServerState")), .sometimes("conditions", .list(.named("Condition"))),
      ])
    ),
    (
      "Condition",
      .object([
        .always("name", .text), .always("ok", .bool), .always("state", .named("ConditionState")),
        .always("found", .text), .always("wanted", .text), .sometimes("remedy", .text),
      ])
    ), ("Text", .text), ("WebPage", .text), ("Style", .text),
    (
      "Description",
      .object([
        .always("openapi", .text), .always("info", .anyObject), .always("paths", .anyObject),
        .always("components", .anyObject),
      ]).meaning("an OpenAPI document")
    ),
  ]
}
