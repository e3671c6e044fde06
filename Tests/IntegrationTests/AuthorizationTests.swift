import Foundation
import HubContracts
import HubTestSupport
import Orders
import Testing

/// That both ports read an `Authorization` and the token in it alike, and say the same of what is wrong with it.
@Suite struct AuthorizationTests {
  /// What both answer to a head: the status, and the reason if there is one.
  private static func answers(_ hub: Hub, _ value: String?) async throws -> (
    api: RawClient.Answer, live: RawClient.Answer
  ) {
    let ports = (hub.apis[0].port, hub.live.port)
    let headers = value.map { ["Authorization: \($0)"] } ?? []
    return try await onThread {
      func ask(_ port: Int, _ path: String) throws -> RawClient.Answer {
        let client = try RawClient(port: port)
        try client.request("GET", path, headers: headers)
        return try client.answer()
      }
      return (try ask(ports.0, "/api/orders?limit=1"), try ask(ports.1, "/events"))
    }
  }

  @Test(arguments: [
    ("Bearer @", true), ("bearer @", true), ("BEARER @", true), ("Bearer   @", true), ("Bearer @ ", true),
    (" Bearer @", true),
    ("Bearer\t@", false), ("Bearer \t@", false), ("Bearer @ x", false), ("Bearer @,", false),
    ("Bearer @, Bearer @", false),
    ("Bearer \"@\"", false), ("Bearer", false), ("Bearer ", false), ("@", false), ("Basic @", false),
    ("Bearer@", false),
    ("Token @", false), ("Bearer @=", false), ("", false),
  ])
  func bothPortsReadAHeadAlike(value: String, isGood: Bool) async throws {
    let hub = try await Hub.shared()
    let token = try #require(try hub.caller().token)
    let (api, live) = try await Self.answers(hub, value.replacingOccurrences(of: "@", with: token))
    #expect(api.status == (isGood ? 200 : 401), "\(value): \(api.body)")
    #expect(live.status == api.status, "\(value): \(live.body)")
  }

  /// Claims of a good token, of which some are others.
  private static func token(_ changes: [String: String?], tenant: String) -> String {
    let now = Int(Date().timeIntervalSince1970)
    var claims: [String: String] = [
      "iss": #""orderhub""#, "aud": #""orderhub""#, "sub": #""ada""#, "tenant": "\"\(tenant)\"", "role": #""employee""#,
      "iat": "\(now)", "exp": "\(now + 600)",
    ]
    for (name, value) in changes { claims[name] = value }
    let payload = "{" + claims.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    return HandMadeToken.make(header: #"{"alg":"HS256","typ":"JWT"}"#, payload: payload, secret: Hub.secret)
  }

  private static let refused: [(changes: [String: String?], why: TokenRefusal)] = [
    (["exp": "1700000000.5"], .expired), (["exp": nil], .noExpiry), (["exp": "\"soon\""], .badTime(.exp)),
    (["exp": "1795800000000"], .endsTooLate), (["exp": "1e300"], .endsTooLate), (["nbf": "true"], .badTime(.nbf)),
    (["iat": "1795800000000"], .notYetValid), (["iss": #""other""#], .wrongIssuer),
    (["aud": #"["other"]"#], .wrongAudience),
    (["aud": #"["orderhub",5]"#], .wrongAudience), (["role": #""root""#], .badClaims), (["sub": "null"], .badClaims),
    (["x": "1,\"x\":2"], .malformed),
  ]

  @Test(arguments: refused.indices) func aRefusedTokenHasTheSameReasonOnEveryWay(index: Int) async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let (changes, why) = Self.refused[index]
    let token = Self.token(changes, tenant: ada.tenant)
    let (api, live) = try await Self.answers(hub, "Bearer \(token)")
    #expect(api.status == 401 && live.status == 401)
    #expect(Document(parsing: api.body)["detail"].text == why.message)
    #expect(Document(parsing: live.body)["detail"].text == "the token is refused: \(why.message)")
    let socket = try await hub.socket(ada, subscribes: false)
    socket.client.send(#"{"type":"auth","token":"\#(token)"}"#)
    #expect(try await socket.next(1)[0]["message"].text == "the token is refused: \(why.message)")
  }

  @Test(arguments: [
    ["aud": #"["other","orderhub"]"#], ["exp": "\(Int(Date().timeIntervalSince1970) + 600).75"],
    ["iat": "\(Int(Date().timeIntervalSince1970)).123456"], ["nbf": "1.7e9", "exp": "4.1024448e9"],
  ])
  func whatRFC7519AllowsIsTaken(changes: [String: String]) async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let (api, live) = try await Self.answers(hub, "Bearer \(Self.token(changes, tenant: ada.tenant))")
    #expect(api.status == 200 && live.status == 200, "\(api.body) \(live.body)")
  }
}
