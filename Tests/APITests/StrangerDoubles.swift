import HubContracts
import HubRuntime
import HubWire
import MongoStore
import Orders

@testable import API

/// Passwords in plain text, counted, and held for as long as a test likes: what is judged is how much is asked for.
final class CountingHasher: PasswordHasher {
  private let counts = Locked((asked: 0, unknown: 0))
  private let held: Held?

  init(held: Held? = nil) { self.held = held }

  /// How many were verified, and how many of these for a user that is none.
  var asked: Int { counts.with { $0.asked } }
  var unknown: Int { counts.with { $0.unknown } }

  func hash(_ password: String) async throws(CredentialError) -> String { "plain \(password)" }

  func verify(_ password: String, against hash: String?) async throws(CredentialError) -> Bool {
    counts.with {
      $0.asked += 1
      if hash == nil { $0.unknown += 1 }
    }
    await held?.wait()
    return hash == "plain \(password)"
  }
}

/// A store of users that counts what it is asked, and how much at once, by those who have not proved anything yet.
final class CountingUsers: UserStore {
  private let store: any UserStore
  private let held: Held?
  private let counts = Locked((asked: 0, now: 0, most: 0))

  init(_ store: any UserStore, held: Held? = nil) {
    self.store = store
    self.held = held
  }

  /// How many calls there were, and how many at once at most.
  var asked: Int { counts.with { $0.asked } }
  var atOnce: Int { counts.with { $0.most } }

  private func counted<Value>(
    _ call: () async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    counts.with {
      $0.asked += 1
      $0.now += 1
      $0.most = max($0.most, $0.now)
    }
    defer { counts.with { $0.now -= 1 } }
    await held?.wait()
    return try await call()
  }

  func user(_ name: UserID, tenant: TenantID) async throws(StoreError) -> User? {
    try await counted { () async throws(StoreError) in try await store.user(name, tenant: tenant) }
  }
  func users(_ query: UserQuery) async throws(StoreError) -> [User] { try await store.users(query) }
  func add(_ user: User, by caller: UserWriter?, answer: UserAnswer?) async throws(StoreError) -> UserOutcome {
    try await store.add(user, by: caller, answer: answer)
  }
  func change(_ change: UserChange, by caller: UserWriter?, answer: UserAnswer?) async throws(StoreError) -> UserOutcome
  {
    try await store.change(change, by: caller, answer: answer)
  }
  func tokenEnds(after place: TokenEnd.Place?) async throws(StoreError) -> [TokenEnd] {
    try await store.tokenEnds(after: place)
  }
  func renewHash(
    _ hash: String, of name: UserID, tenant: TenantID, replacing former: String
  ) async throws(StoreError) -> Bool {
    try await store.renewHash(hash, of: name, tenant: tenant, replacing: former)
  }
  func open(_ session: Session) async throws(StoreError) -> Timestamp? {
    try await store.open(session)
  }
  func rotate(
    tokenHash: String, to newHash: String, at: Timestamp, expiresAt: Timestamp
  ) async throws(StoreError) -> Rotation {
    try await counted { () async throws(StoreError) in
      try await store.rotate(tokenHash: tokenHash, to: newHash, at: at, expiresAt: expiresAt)
    }
  }
  func close(tokenHash: String) async throws(StoreError) {
    try await counted { () async throws(StoreError) in try await store.close(tokenHash: tokenHash) }
  }
}

extension Shop {
  /// Adds a user whose password is `right`.
  func addUser(_ name: String, tenant: String = "shop-1", role: Role = .employee) async throws {
    let actor = try actor(role, user: name, tenant: tenant)
    let user = User(
      tenant: actor.tenant, name: actor.user, role: role, passwordHash: "plain right",
      createdAt: SystemClock().now())
    _ = try await store.add(user)
  }
}

extension OrderAPI {
  /// Tries to log in.
  func logIn(
    _ user: String = "ada", tenant: String = "shop-1", password: String = "right", device: String? = nil,
    cookie: String? = nil, from address: String
  ) async throws -> Answer {
    let deviceMember = device.map { ",\"deviceToken\":\"\($0)\"" } ?? ""
    return try await ask(
      .post, "/api/auth/login",
      body: "{\"tenant\":\"\(tenant)\",\"user\":\"\(user)\",\"password\":\"\(password)\"\(deviceMember)}",
      further: cookie.map { [("Cookie", $0)] } ?? [], address: address)
  }

  /// Tries to use a refresh token.
  func use(_ refreshToken: String, at path: String = "/api/auth/refresh", from address: String) async throws -> Answer {
    try await ask(.post, path, body: "{\"refreshToken\":\"\(refreshToken)\"}", address: address)
  }
}
