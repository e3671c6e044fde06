import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import API

/// A route that takes no body refuses one, and so does what repeats a request.
@Suite struct BodilessRouteTests {
  /// Routes that take no body.
  private static let bodiless = OrderAPI.routes.filter { $0.method != .get && !$0.takesBody }.map {
    "\($0.method.rawValue) \($0.pattern)"
  }

  @Test func whatARouteDoesNotTakeIsRefusedAndNoPartOfTheKey() async throws {
    #expect(
      Self.bodiless == [
        "DELETE /api/workflows/:name", "POST /api/orders/deliveries/:deliveryId/invoice",
        "DELETE /api/users/:id/sessions", "DELETE /api/me/sessions", "POST /api/operations/dead-letters/:id/retry",
      ])
    try await withShop { shop in
      for user in ["boss", "eve", "ben"] { try await shop.addUser(user, role: .admin) }
      let api = try await shop.process { $0.userLimitPerMinute = 0 }
      let (boss, eve) = (try shop.token(.admin, user: "boss"), try shop.token(.admin, user: "eve"))
      let (path, invoice) = ("/api/users/ben/sessions", "/api/orders/deliveries/abcdef0123456789abcdef01/invoice")
      func ask(_ path: String, _ body: String?, key: String? = nil, token: String? = nil) async throws -> Answer {
        try await api.ask(path == invoice ? .post : .delete, path, token: token ?? boss, key: key, body: body)
      }
      #expect(try await ask(path, nil, key: "k").status == 200)
      // No body and an empty one are the same request.
      #expect(try await ask(path, "{}", key: "k").header("Idempotent-Replayed") == "true")
      for path in [path, invoice, "/api/me/sessions"] {
        for key in ["k", nil] {
          let refused = try await ask(path, #"{"user":"eve"}"#, key: key)
          #expect(refused.status == 422 && refused.code == "validation_failed", "\(path)")
          #expect(try await ask(path, "user=eve", key: key).status == 400, "\(path)")
        }
      }
      #expect(try await ask("/api/me/sessions", "{}", token: eve).status == 200)
    }
  }
}
