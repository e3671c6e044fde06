import Foundation
import HubTestSupport
import Testing

/// Requests that break HTTP, and tokens that are not good.
@Suite struct BadRequestTests {
  /// No answer: what is no request at all may be cut off without one.
  private static let cutOff = 0

  /// Requests that break the protocol, and the statuses that may answer them.
  static let broken: [(head: String, statuses: Set<Int>)] = [
    ("POST /api/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
    ("POST /api/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", [400]),
    ("POST /api/orders HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", [400]),
    ("POST /api/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", [400, 413]),
    ("POST /api/orders HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", [400, 501]),
    ("GET /api/orders HTTP/1.1\r\n\r\n", [400]),
    ("GET /api\u{0}/orders HTTP/1.1\r\nHost: h\r\n\r\n", [400]),
    ("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", [400, 404]),
    ("GARBAGE\r\n\r\n", [400, 501, cutOff]), ("BREW / HTTP/1.1\r\nHost: h\r\n\r\n", [501]),
    ("GET / HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n", [413, 431, 400]),
    ("GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: h\r\n\r\n", [400, 413, 414, 431]),
    (
      "GET / HTTP/1.1\r\nHost: h\r\n" + (0..<10_000).map { "X-\($0): a\r\n" }.joined() + "\r\n", [400, 413, 431]
    ),
    // Elsewhere it is refused for want of a token, before its body is looked at.
    ("POST /api/auth/login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n", [400]),
  ]

  @Test(arguments: broken.indices)
  func aRequestThatBreaksTheProtocolIsAnsweredOrCutOff(index: Int) async throws {
    let hub = try await Hub.shared()
    let (head, statuses) = Self.broken[index]
    let port = hub.apis[0].port
    try await onThread {
      let client = try RawClient(port: port)
      // The server may answer and close before all is sent.
      try? client.send(head)
      do {
        let status = try client.answer().status
        #expect(statuses.contains(status), "\(status) to \(head.prefix(80))")
      } catch {
        // A reset may overtake the answer when much is still unread; nothing else may.
        let isAllowed = statuses.contains(Self.cutOff) || "\(error)" == "reset" && head.utf8.count > 50_000
        #expect(isAllowed, "\(error) to \(head.prefix(80))")
      }
    }
    #expect(try await onThread { try Hub.status(hub.apis[0], "/healthz") } == 200)
  }

  @Test func slowHeadsAndBodiesAreCutOffWhileOthersAreServed() async throws {
    let hub = try await Hub.shared()
    let settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
      .merging(["HTTP_IDLE_TIMEOUT_S": "1"]) { $1 }
    let api = try await onThread {
      let api = try Hub.start("api", "PORT", settings)
      try Hub.awaitReady(api)
      return api
    }
    defer { api.stop() }
    let ada = try hub.caller()
    let port = api.port
    let starts = [
      "GET /api/orders HT", "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ",
      "POST /api/orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(ada.token ?? "")\r\nContent-Length: 100\r\n\r\n{",
    ]
    let endings = try await atOnce(starts.count * 10) { index in
      try await onThread {
        let client = try RawClient(port: port)
        try client.send(starts[index % starts.count])
        // A byte now and then does not keep it open: the deadline is for the whole head, and the whole body.
        let isEnded = blockUntil {
          usleep(200_000)
          return (try? client.send(" ")) == nil
        }
        guard isEnded else { return false }
        return try Hub.status(api, "/healthz") == 200
      }
    }
    #expect(endings.allSatisfy { $0 })
  }

  @Test func aTokenThatIsNotGoodIsRefusedAndSaysWhy() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let later = Int(Date().timeIntervalSince1970) + 3_600
    let good = [
      "iss": "orderhub", "aud": "orderhub", "sub": "ada", "tenant": ada.tenant, "role": "admin",
    ]
    func token(_ change: [String: String?], exp: Int? = later, alg: String = "HS256", secret: String = Hub.secret)
      -> String
    {
      var claims = good
      for (name, value) in change { claims[name] = value }
      var members = claims.map { #""\#($0.key)":"\#($0.value)""# }
      if let exp { members.append(#""exp":\#(exp)"#) }
      return HandMadeToken.make(
        header: #"{"alg":"\#(alg)","typ":"JWT"}"#, payload: "{\(members.joined(separator: ","))}", secret: secret)
    }
    var caller = ada
    caller.token = token([:])
    #expect(try await caller.get("/api/orders").status == 200)

    let unsigned = token([:], alg: "none").split(separator: ".").prefix(2).joined(separator: ".") + "."
    let bad = [
      "", "garbage", "a.b.c", "..", "Bearer", unsigned, token([:], alg: "none"), token([:], alg: "HS512"),
      token([:], alg: "RS256"), token([:], alg: "hs256"), token([:], secret: Hub.secret + "x"),
      token([:], exp: later - 7_200),
      token([:], exp: nil), token(["aud": "elsewhere"]), token(["aud": nil]), token(["iss": "elsewhere"]),
      token(["tenant": nil]), token(["role": "root"]), token(["sub": nil]), token(["tenant": "a/b"]),
      token([:]) + "x", String(token([:]).dropLast()), String(repeating: "a", count: 8_000),
    ]
    for token in bad {
      caller.token = token
      let reply = try await caller.get("/api/orders")
      #expect(reply.status == 401, "\(token.prefix(60)) \(reply)")
      #expect(["invalid_token", "token_required"].contains(reply.code))
      #expect(reply.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      #expect(token.count < 20 || !reply.text.contains(token))
    }
  }
}
