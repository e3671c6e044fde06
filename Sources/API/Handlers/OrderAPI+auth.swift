import HubContracts
import HubRuntime
import HubWire
import Orders

extension OrderAPI {
  func login(_ call: Call) async throws -> HTTPReply {
    let request = try LoginRequest(call.json())
    // First of all, so that whoever asks for too many neither keeps others waiting for a hash, nor uses up what a user
    // may try.
    if let waitMs = await loginAddressLimit.take(address: call.request.remoteAddress) {
      throw tooMany("log-ins from one address", options.loginAddressLimitPerMinute, waitMs)
    }
    if let waitMs = await loginLimit.take(tenant: request.tenant, user: request.user) {
      throw tooMany("log-ins of one user", options.loginLimitPerMinute, waitMs)
    }
    let user = try await parts.users.user(request.user, tenant: request.tenant)
    // An unknown user takes as long as a wrong password, and reads the same.
    guard try await parts.hasher.verify(request.password.string, against: user?.passwordHash), let user else {
      throw Problem.unauthorized("invalid_credentials", "tenant, user or password is wrong")
    }
    let actor = Actor(tenant: user.tenant, user: user.name, role: user.role)
    let now = parts.clock.now()
    let refresh = parts.ids.token(bytes: 32)
    try await parts.users.open(
      Session(tokenHash: Digest.sha256Hex(refresh.utf8), actor: actor, createdAt: now, expiresAt: refreshExpiry(now)))
    return try tokens(for: actor, refresh: refresh, now: now)
  }

  func refresh(_ call: Call) async throws -> HTTPReply {
    let request = try RefreshRequest(call.json())
    let now = parts.clock.now()
    let next = parts.ids.token(bytes: 32)
    let rotation = try await parts.users.rotate(
      tokenHash: Digest.sha256Hex(request.refreshToken.utf8), to: Digest.sha256Hex(next.utf8), at: now,
      expiresAt: refreshExpiry(now))
    switch rotation {
    case .rotated(let actor): return try tokens(for: actor, refresh: next, now: now)
    case .unknown: throw Problem.unauthorized("invalid_refresh_token", "the refresh token is unknown or has run out")
    case .reused:
      log.warning("a refresh token was used twice: its session is ended", [("requestId", call.request.requestID)])
      throw Problem.unauthorized("refresh_token_reused", "the refresh token was used before; the session is ended")
    }
  }

  func logout(_ call: Call) async throws -> HTTPReply {
    let request = try RefreshRequest(call.json())
    try await parts.users.close(tokenHash: Digest.sha256Hex(request.refreshToken.utf8))
    return .json { json in
      json.member("success", true)
    }
  }

  private func refreshExpiry(_ now: Timestamp) -> Timestamp {
    Timestamp(millis: now.millis + options.refreshLifetimeSeconds * 1_000)
  }

  private func tokens(for actor: Actor, refresh: String, now: Timestamp) throws -> HTTPReply {
    let token = try parts.issuer.issue(for: actor, now: now, lifetimeSeconds: options.tokenLifetimeSeconds)
    var reply = HTTPReply.json { json in
      json.member("success", true)
      json.member("token", token)
      json.member("tokenType", "Bearer")
      json.member("expiresIn", options.tokenLifetimeSeconds)
      json.member("refreshToken", refresh)
      json.name("user")
      json.beginObject()
      json.member("tenant", actor.tenant.text)
      json.member("user", actor.user.text)
      json.member("role", actor.role.rawValue)
      json.endObject()
    }
    reply.headers.append(("Cache-Control", "no-store"))
    return reply
  }
}
