import HubContracts
import HubRuntime
import HubWire
import OrderDesk
import Orders

/// The users of the caller's tenant, for its admins.
extension OrderAPI {
  func listUsers(_ call: Call) async throws -> HTTPReply {
    let query = try UserListRequest(call.request.query, tenant: call.actor().tenant).query
    let users = try await parts.users.users(query)
    return .json(capacity: 128 + users.count * 256) { json in
      json.name("users")
      json.beginArray()
      for user in users { user.write(to: &json) }
      json.endArray()
      json.name("pagination")
      json.beginObject()
      json.member("limit", Int64(query.limit))
      json.member("nextCursor", users.count == query.limit ? users.last?.name.text : nil)
      json.endObject()
    }
  }

  func user(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let name = try call.userName()
    guard let user = try await parts.users.user(name, tenant: call.actor().tenant) else { throw Refusal.noUser(name) }
    return .json { json in
      json.name("user")
      user.write(to: &json)
    }
  }

  func createUser(_ call: Call) async throws -> HTTPReply {
    let admin = try call.actor()
    let request = try await read(call) { try NewUserRequest($0) }
    var hash: String?
    if let password = request.password { hash = try await self.hash(password, for: admin) }
    let user = User(
      tenant: admin.tenant, name: request.user, role: request.role, passwordHash: hash, displayName: request.name,
      createdAt: parts.clock.now())
    return try await write(call, status: 201, user.name, "added") { try await $0.add(user, by: $1, answer: $2) }
  }

  func changeUser(_ call: Call) async throws -> HTTPReply {
    let admin = try call.actor()
    let request = try await read(call) { try UserChangeRequest($0) }
    let name = try call.userName()
    var change = UserChange(of: name, tenant: admin.tenant, at: parts.clock.now())
    change.role = request.role
    change.isDisabled = request.isDisabled
    change.displayName = request.name
    return try await write(call, change, "changed")
  }

  func setPassword(_ call: Call) async throws -> HTTPReply {
    let admin = try call.actor()
    let request = try await read(call) { try PasswordRequest($0, asksForOld: false) }
    let name = try call.userName()
    if name == admin.user { throw Refusal.ownPassword }
    var change = UserChange(of: name, tenant: admin.tenant, at: parts.clock.now())
    change.password = .init(hash: try await hash(request.password, for: admin))
    return try await write(call, change, "given a password")
  }

  func endSessions(_ call: Call) async throws -> HTTPReply {
    try await endSessions(of: call.userName(), call)
  }

  // MARK: The caller's own

  /// Whoever holds a token is somebody, also where another program made it for a name that cannot log in.
  func me(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let actor = try call.actor()
    let known = try await parts.users.user(actor.user, tenant: actor.tenant)
    return .json { json in
      json.name("user")
      if var known {
        // What counts is what the token says.
        known.role = actor.role
        known.write(to: &json)
      } else {
        json.beginObject()
        json.member("tenant", actor.tenant.text)
        json.member("user", actor.user.text)
        json.member("role", actor.role.rawValue)
        json.member("hasPassword", false)
        json.endObject()
      }
    }
  }

  func setOwnPassword(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    let request = try await read(call) { try PasswordRequest($0, asksForOld: true) }
    let flow = try await logInLimits.admit(ownPasswordOf: actor)
    let new = try await logInLimits.logIns.turn(flow) { () -> UserChange.NewPassword in
      guard let user = try await parts.users.user(actor.user, tenant: actor.tenant) else {
        throw Refusal.noUser(actor.user)
      }
      guard let former = user.passwordHash,
        try await parts.hasher.match(request.oldPassword.string, against: former) != .no
      else { throw Refusal.wrongPassword }
      return .init(hash: try await parts.hasher.hash(request.password), former: former)
    }
    var change = UserChange(of: actor.user, tenant: actor.tenant, at: parts.clock.now())
    change.password = new
    return try await write(call, change, "given a password")
  }

  func endOwnSessions(_ call: Call) async throws -> HTTPReply { try await endSessions(of: call.actor().user, call) }

  // MARK: What they share

  private func endSessions(of name: UserID, _ call: Call) async throws -> HTTPReply {
    var change = UserChange(of: name, tenant: try call.actor().tenant, at: parts.clock.now())
    change.endsSessions = true
    return try await write(call, change, "logged out everywhere")
  }

  /// A hash costs as much as a log-in, so it takes a turn as one does.
  private func hash(_ password: String, for actor: Actor) async throws -> String {
    try await logInLimits.logIns.turn(.known(actor)) { try await parts.hasher.hash(password) }
  }

  private func write(_ call: Call, _ change: UserChange, _ deed: String) async throws -> HTTPReply {
    try await write(call, change.name, deed) { try await $0.change(change, by: $1, answer: $2) }
  }

  /// Writes a user, and the answer with it that is kept for the call's key. The log says who did what to whom.
  private func write(
    _ call: Call, status: Int = 200, _ name: UserID, _ deed: String,
    _ write: (any UserStore, UserWriter, UserAnswer?) async throws -> UserOutcome
  ) async throws -> HTTPReply {
    let slot = call.answerSlot
    switch try await write(parts.users, call.userWriter(), slot.map { answer(status, for: $0) }) {
    case .done(let written):
      note(written, deed, call)
      return Self.reply(status, written)
    case .answered:
      guard let slot else { preconditionFailure("an answer was kept without a key") }
      return try await firstAnswer(for: slot)
    case .unknown: throw Refusal.noUser(name)
    case .taken: throw Refusal.nameTaken(name)
    case .lastAdmin: throw Refusal.lastAdmin(name)
    case .callerEnded: throw Problem.unauthorized("invalid_token", TokenRefusal.ended.message)
    case .ownAccount: throw Refusal.ownAccount
    case .otherPassword: throw Refusal.wrongPassword
    }
  }

  private func answer(_ status: Int, for slot: AnswerSlot) -> UserAnswer {
    let now = parts.clock.now()
    return { written in
      KeptAnswer(
        key: slot.key, fingerprint: slot.fingerprint, status: status, contentType: "application/json",
        body: Self.reply(status, written).body.bytes, at: now)
    }
  }

  private func note(_ written: UserWritten, _ deed: String, _ call: Call) {
    let user = written.user
    if let before = user.tokensFrom { end([TokenEnd(tenant: user.tenant, user: user.name, before: before)]) }
    log.info(
      "a user was \(deed)",
      [
        ("tenant", user.tenant.text), ("user", user.name.text), ("by", call.caller?.user.text ?? "-"),
        ("role", user.roleWord.string), ("disabled", "\(user.isDisabled)"),
        ("sessionsEnded", "\(written.sessionsEnded)"), ("requestId", call.request.requestID),
      ])
  }

  private static func reply(_ status: Int, _ written: UserWritten) -> HTTPReply {
    var reply = HTTPReply.json { json in
      json.member("success", true)
      json.name("user")
      written.user.write(to: &json)
      json.member("sessionsEnded", Int64(written.sessionsEnded))
    }
    reply.status = status
    return reply
  }
}

extension Call {
  /// Who asks, and which roles may, for the store to look at its record.
  fileprivate func userWriter() throws -> UserWriter {
    guard let claims else { preconditionFailure("\(route.pattern) is open and writes users") }
    if case .roles(let roles) = route.access { return UserWriter(claims, roles: roles) }
    return UserWriter(claims)
  }

  /// The user's name in the path; what cannot be one names nobody.
  fileprivate func userName() throws -> UserID {
    guard let name = UserID(parameters[0]) else {
      throw Refusal(
        kind: .notFound, code: "user_not_found", detail: "there is no user \"\(parameters[0].start(64))\"")
    }
    return name
  }
}

extension Refusal {
  fileprivate static func noUser(_ name: UserID) -> Refusal {
    Refusal(kind: .notFound, code: "user_not_found", detail: "there is no user \"\(name)\"")
  }

  fileprivate static func nameTaken(_ name: UserID) -> Refusal {
    Refusal(kind: .conflict, code: "user_exists", detail: "there is a user \"\(name)\" already; choose another name")
  }

  fileprivate static func lastAdmin(_ name: UserID) -> Refusal {
    Refusal(
      kind: .conflict, code: "last_admin",
      detail: "\"\(name)\" is the last admin that can log in; make another one first")
  }

  fileprivate static let ownPassword = Refusal(
    kind: .conflict, code: "own_account",
    detail: "an admin sets its own password at PUT /api/me/password, which takes the old one")

  fileprivate static let ownAccount = Refusal(
    kind: .conflict, code: "own_account",
    detail: "an admin can neither disable itself nor take another role; another admin can")

  fileprivate static let wrongPassword = Refusal(
    kind: .invalid, code: "wrong_password", detail: "the old password is not the user's",
    fields: [FieldProblem(path: "oldPassword", message: "is not the user's")])
}
