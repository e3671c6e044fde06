import HubContracts
import HubRuntime
import OrderDesk
import HubWire
import Orders

extension OrderAPI {
  /// Whoever may call the route with this request, and has not called too often; nil on open routes.
  func admit(_ request: HTTPRequest, _ route: Route) async throws -> TokenClaims? {
    guard let claims = try authorize(request, route) else { return nil }
    if let waitMs = await userLimit.take(claims.actor) {
      throw Problem.tooMany("requests", options.userLimitPerMinute, waitMs)
    }
    return claims
  }

  /// Whoever may call the route with this head; nil on open routes. It waits for nothing.
  func authorize(_ request: HTTPRequest, _ route: Route) throws -> TokenClaims? {
    if case .open = route.access { return nil }
    let claims = try verify(request)
    let actor = claims.actor
    switch route.access {
    case .open, .person: break
    case .roles(let roles): guard roles.contains(actor.role) else { throw forbidden(actor, roles) }
    case .staffOrOwner:
      guard actor.role.sight != .nothing else { throw forbidden(actor, .staffAndOwner) }
    }
    return claims
  }

  /// How many tokens that the hub has not signed are told why in a minute, of an address.
  static let badTokensPerMinute = 300

  private func verify(_ request: HTTPRequest) throws -> TokenClaims {
    guard let header = request.header("Authorization") else {
      throw Problem.unauthorized("token_required", "this needs a token; there is none in Authorization")
    }
    guard let token = BearerToken.read(header) else {
      throw Problem.unauthorized("token_required", "Authorization must be: Bearer <token>")
    }
    let now = parts.clock.now()
    // A signature is checked once; then the token's bytes say whose it is until it runs out.
    if let claims = token.withBytes({ tokens.claims(for: $0, now: now) }) { return claims }
    // What is not signed here is cheap to refuse. Why is told only so often, for that takes reading it.
    if !parts.verifier.fits(token.string), !badTokens.take(NetworkAddress.limitKey(of: request.remoteAddress)) {
      throw Problem.tooMany("tokens that are not this hub's from one address", Self.badTokensPerMinute, 1_000)
    }
    do throws(TokenRefusal) {
      let claims = try parts.verifier.verify(token.string, now: now)
      guard token.withBytes({ tokens.insert($0, claims) }) else { throw .ended }
      logInLimits.heard.note(claims.actor.tenant)
      return claims
    } catch {
      throw Problem.unauthorized("invalid_token", error.message)
    }
  }

  private func forbidden(_ actor: Actor, _ roles: Set<Role>) -> Problem {
    let allowed = roles.map(\.rawValue).sorted()
    return Problem(
      status: 403, code: "forbidden",
      detail: "the role \(actor.role.rawValue) may not do this; it takes \(allowed.joined(separator: " or "))",
      facts: [.allowed(allowed)])
  }

  // MARK: Other origins

  func preflight(_ request: HTTPRequest) -> HTTPReply {
    var headers: [(name: String, value: String)] = [("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]
    if let origin = request.header("Origin"), !origin.isEmpty, crossOrigin.allows(request) {
      headers += [
        ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id"),
        ("Access-Control-Max-Age", "600"),
      ]
    }
    return HTTPReply(status: 204, contentType: nil, headers: headers, body: SharedBytes([]))
  }
}

extension Problem {
  /// 429, with when to come back.
  static func tooMany(_ what: String, _ perMinute: Int, _ waitMs: Int) -> Problem {
    Problem(
      status: 429, code: "rate_limited", detail: "more than \(perMinute) \(what) a minute", canRetry: true,
      suggestedAction: "wait as long as Retry-After says",
      headers: [("Retry-After", "\(max(1, (waitMs + 999) / 1_000))")])
  }

  /// What the server itself refused.
  init(_ reason: HTTPRefusal) {
    switch reason {
    case .bodyTooLarge(let limit):
      self.init(status: 413, code: "body_too_large", detail: "the body has more than \(limit) bytes")
    case .headTooLarge:
      self.init(
        status: 431, code: "head_too_large", detail: "the request's line and headers are too large, or too many")
    case .unknownMethod(let method):
      self.init(status: 501, code: "unknown_method", detail: "the method \(method) is not known here")
    case .overloaded(let seconds):
      self = .unavailable("too many requests wait already", code: "overloaded", retryAfterSeconds: seconds)
    case .draining(let seconds):
      self = .unavailable("this process is stopping; another will answer", code: "draining", retryAfterSeconds: seconds)
    case .malformed(let why): self.init(status: 400, code: "malformed_request", detail: why)
    }
  }
}
