import HubContracts
import HubWire
import Orders
import Testing

@testable import API

/// What the API says to a head whose body has not come.
@Suite struct BodyHeadTests {
  @Test func everyRouteRefusesAtTheHeadWhoMayNotCallIt() async throws {
    try await withShop { shop in
      let api = try await shop.process { $0.userLimitPerMinute = 0 }
      for route in OrderAPI.routes {
        let path = OpenAPI.path(route).replacing("{id}", with: "0123456789abcdef01234567")
          .replacing("{deliveryId}", with: "0123456789abcdef01234567")
        func status(_ token: String?) -> Int? {
          let headers = token.map { [(name: Text("Authorization"), value: Text("Bearer \($0)"))] } ?? []
          return api.bodyBegins(HTTPRequest(method: route.method, path: Text(path), headers: headers)).refusal?.status
        }
        guard route.access != .open else {
          #expect(status(nil) == nil, "\(path)")
          continue
        }
        #expect(status(nil) == 401, "\(path)")
        #expect(status("x.y.z") == 401, "\(path)")
        for role in Role.allCases {
          let isAllowed =
            switch route.access {
            case .open, .person: true
            case .roles(let roles): roles.contains(role)
            case .staffOrOwner: true
            }
          #expect(try status(shop.token(role)) == (isAllowed ? nil : 403), "\(role) \(path)")
        }
      }
      #expect(api.bodyBegins(HTTPRequest(method: .post, path: "/nowhere")).refusal?.status == 404)
      #expect(api.bodyBegins(HTTPRequest(method: .put, path: "/api/orders")).refusal?.status == 405)
      #expect(api.bodyBegins(HTTPRequest(method: .options, path: "/api/orders")).refusal == nil)
    }
  }

  @Test func aBodyIsSmallWhereNobodyHasSaidWhoHeIsOrNoneIsAskedFor() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      for route in OrderAPI.routes {
        let path = OpenAPI.path(route).replacing("{id}", with: "0123456789abcdef01234567")
          .replacing("{deliveryId}", with: "0123456789abcdef01234567")
        let isLarge = route.access != .open && route.body != nil && !route.bodyIsOptional
        #expect(
          api.bodyLimitBytes(method: route.method, path: Text(path))
            == (isLarge ? min(1 << 20, route.bodyLimit) : 16_384),
          "\(path)")
      }
      #expect(api.bodyLimitBytes(method: .post, path: "/nowhere") == 16_384)
      let strict = try await shop.process { $0.bodyLimitBytes = 1_024 }
      #expect(strict.bodyLimitBytes(method: .post, path: "/api/auth/login") == 1_024)
    }
  }
}

extension BodyVerdict {
  /// The answer in the body's place, if it is refused.
  fileprivate var refusal: HTTPReply? {
    switch self {
    case .take: nil
    case .refuse(let reply): reply
    }
  }
}
