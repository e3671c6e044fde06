import HubContracts
import HubRuntime
import HubWire
import Orders

extension OrderAPI {
  func login(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try LoginRequest($0) }
    let now = parts.clock.now()
    let device = device(of: request, call.request, now: now)
    let flow = try await logInLimits.admit(request, device, from: call.request.remoteAddress)
    let found = try await logInLimits.logIns.turn(flow) {
      let user = try await parts.users.user(request.user, tenant: request.tenant)
      // An unknown user takes as long as a wrong password, and reads the same; so does one that may not log in.
      let hash = user.flatMap { $0.isDisabled ? nil : $0.passwordHash }
      let match = try await parts.hasher.match(request.password.string, against: hash)
      if match == .asTyped, let user, let hash { await renew(hash, of: user, request.password.string) }
      return match == .no ? nil : user
    }
    guard let user = found else { throw Problem.wrongLogIn }
    if let word = user.otherRole { throw Problem.roleUnknown(word) }
    let actor = user.actor
    logInLimits.heard.note(actor.tenant)
    let refresh = RefreshToken(ids: parts.ids, key: options.signingKey).text.string
    let opened = try await parts.users.open(
      Session(
        tokenHash: Digest.sha256Hex(refresh.utf8), actor: actor, createdAt: now, expiresAt: refreshExpiry(now),
        tokensFrom: user.tokensFrom))
    // Its sessions were ended meanwhile.
    guard let opened else { throw Problem.wrongLogIn }
    let known = DeviceToken(name: device?.name ?? DeviceToken.freshName(parts.ids), now: now)
      .text(tenant: actor.tenant, user: actor.user, key: options.signingKey)
    let made = TokenEnd.made(stored: opened, own: now, from: user.tokensFrom)
    var reply = try tokens(for: actor, made: made, refresh: refresh, device: known, now: now)
    reply.headers.append(DeviceToken.setCookie(known, for: call.request))
    return reply
  }

  /// Hashes a password anew that was hashed as typed. If it cannot be done now it is at another log-in.
  private func renew(_ former: String, of user: User, _ password: String) async {
    do {
      let hash = try await parts.hasher.hash(password)
      _ = try await parts.users.renewHash(hash, of: user.name, tenant: user.tenant, replacing: former)
    } catch CredentialError.unfit {
      // It was taken before there was a rule, and stays as it is.
    } catch {
      log.warning("a password's hash was not renewed", [("user", user.name.text), ("cause", "\(error)")])
    }
  }

  /// The device that somebody logs in on, if that user did so there before. What is no token of a device is none at all:
  /// it may be of another key.
  private func device(of login: LoginRequest, _ request: HTTPRequest, now: Timestamp) -> DeviceToken? {
    for text in [login.deviceToken, DeviceToken.cookie(of: request)].compactMap(\.self) {
      let token = DeviceToken(text, tenant: login.tenant, user: login.user, key: options.signingKey, now: now)
      if let token { return token }
    }
    return nil
  }

  func refresh(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try RefreshRequest($0) }
    let (flow, family) = try await logInLimits.admit(
      refreshToken: request.refreshToken, from: call.request.remoteAddress)
    let now = parts.clock.now()
    let next = RefreshToken(after: request.refreshToken, family: family, key: options.signingKey).text.string
    let rotation = try await logInLimits.sessions.turn(flow) {
      try await parts.users.rotate(
        tokenHash: Digest.sha256Hex(request.refreshToken.utf8), to: Digest.sha256Hex(next.utf8), at: now,
        expiresAt: refreshExpiry(now))
    }
    switch rotation {
    case .rotated(let actor, let tokensFrom, let rotated):
      logInLimits.heard.note(actor.tenant)
      let made = TokenEnd.made(stored: rotated, own: now, from: tokensFrom)
      return try tokens(for: actor, made: made, refresh: next, now: now)
    case .otherRole(let word): throw Problem.roleUnknown(word)
    case .unknown: throw Problem.unauthorized("invalid_refresh_token", "the refresh token is unknown or has run out")
    case .reused:
      log.warning("a refresh token was used twice: its session is ended", [("requestId", call.request.requestID)])
      throw Problem.unauthorized("refresh_token_reused", "the refresh token was used before; the session is ended")
    }
  }

  func logout(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try RefreshRequest($0) }
    let (flow, _) = try await logInLimits.admit(
      refreshToken: request.refreshToken, from: call.request.remoteAddress)
    try await logInLimits.sessions.turn(flow) {
      try await parts.users.close(tokenHash: Digest.sha256Hex(request.refreshToken.utf8))
    }
    return .json { json in
      json.member("success", true)
    }
  }

  private func refreshExpiry(_ now: Timestamp) -> Timestamp {
    Timestamp(millis: now.millis + options.refreshLifetimeSeconds * 1_000)
  }

  /// Tokens that say that they are `made` then, and run out by this process's clock.
  private func tokens(
    for actor: Actor, made: Timestamp, refresh: String, device: String? = nil, now: Timestamp
  ) throws -> HTTPReply {
    let token = try parts.issuer.issue(
      for: actor, now: made,
      lifetimeSeconds: min(
        options.tokenLifetimeSeconds + max(0, (now.millis - made.millis) / 1_000), TokenClaims.longestSeconds))
    var reply = HTTPReply.json { json in
      json.member("success", true)
      json.member("token", token)
      json.member("tokenType", "Bearer")
      json.member("expiresIn", options.tokenLifetimeSeconds)
      json.member("refreshToken", refresh)
      if let device { json.member("deviceToken", device) }
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

extension Problem {
  /// A newer process, beside this one, gave the user its role.
  fileprivate static func roleUnknown(_ word: Text) -> Problem {
    .unavailable(
      "the role \(word.start(64)) is not known to this process of the hub; a newer one knows it",
      code: "role_unknown", retryAfterSeconds: 2)
  }

  /// The same whatever is wrong.
  fileprivate static let wrongLogIn = Problem.unauthorized(
    "invalid_credentials", "tenant, user or password is wrong")
}
