import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// Users to whom a newer process gave a role that this one does not know.
@Suite struct UnknownRoleTests {
  private static let far = Timestamp(millis: 4_000_000_000_000)

  private func promote(_ store: MongoStore, _ user: User) async throws {
    try await store.write { worker in
      _ = try worker.run(.write) {
        $0.string("update", Collection.users.rawValue)
        $0.documents("updates", CollectionOfOne(User.key(user.name, tenant: user.tenant))) { writer, key in
          writer.document("q") { $0.string("_id", key) }
          writer.document("u") { $0.document("$set") { $0.string("role", "auditor" as StaticString) } }
        }
      }
    }
  }

  private func user(_ name: String, _ role: Role = .employee) throws -> User {
    User(
      tenant: Fixtures.tenant, name: try #require(UserID(name)), role: role, passwordHash: "h",
      createdAt: Fixtures.time())
  }

  @Test func theyAreListedReadAndChangedAndKeepTheirRole() async throws {
    try await withStore { store async throws in
      let (ada, ben) = (try user("ada", .admin), try user("ben"))
      for user in [ada, ben] { #expect(try await store.add(user)) }
      try await promote(store, ben)
      #expect(try await store.users(tenant: Fixtures.tenant).map(\.roleWord) == ["admin", "auditor"])
      let found = try #require(try await store.user(ben.name, tenant: Fixtures.tenant))
      #expect(found.otherRole == "auditor" && !found.isIn(Set(Role.allCases)))
      var change = UserChange(of: ben.name, tenant: Fixtures.tenant, at: Fixtures.time(1))
      change.displayName = "Ben"
      guard case .done(let named) = try await store.change(change, answer: nil) else {
        Issue.record("it was not changed")
        return
      }
      #expect(named.user.roleWord == "auditor" && named.user.displayName == "Ben")
      #expect(try await store.user(ben.name, tenant: Fixtures.tenant)?.roleWord == "auditor")
      // Whoever is given a role that is known has that one, and its sessions end.
      change.role = .customer
      guard case .done(let known) = try await store.change(change, answer: nil) else {
        Issue.record("it was not changed")
        return
      }
      #expect(known.user.role == .customer && known.user.otherRole == nil && known.user.tokensFrom != nil)
    }
  }

  @Test func theyMayNotActAsAnAdminAndAreNoneThatATenantKeeps() async throws {
    try await withStore { store async throws in
      let (ada, eve) = (try user("ada", .admin), try user("eve", .admin))
      for user in [ada, eve] { #expect(try await store.add(user)) }
      try await promote(store, eve)
      let claims = TokenClaims(actor: eve.actor, issuedAt: Fixtures.time(), expiresAt: Self.far)
      var change = UserChange(of: ada.name, tenant: Fixtures.tenant, at: Fixtures.time(1))
      change.displayName = "x"
      #expect(try await store.change(change, by: UserWriter(claims, roles: [.admin]), answer: nil) == .callerEnded)
      change.isDisabled = true
      #expect(try await store.change(change, answer: nil) == .lastAdmin)
    }
  }

  @Test func theirSessionsAreNeitherGivenATokenNorEnded() async throws {
    try await withStore { store async throws in
      let ben = try user("ben")
      #expect(try await store.add(ben))
      _ = try await store.open(
        Session(tokenHash: "a", actor: ben.actor, createdAt: Fixtures.time(), expiresAt: Self.far))
      try await promote(store, ben)
      let rotation = try await store.rotate(
        tokenHash: "a", to: "b", at: Fixtures.time(1), expiresAt: Self.far)
      #expect(rotation == .otherRole("auditor"))
      // The same pair again is given it by a process that knows the role.
      var change = UserChange(of: ben.name, tenant: Fixtures.tenant, at: Fixtures.time(2))
      change.displayName = "Ben"
      _ = try await store.change(change, answer: nil)
      let again = try await store.rotate(tokenHash: "a", to: "b", at: Fixtures.time(2), expiresAt: Self.far)
      #expect(again == .otherRole("auditor"))
    }
  }
}
