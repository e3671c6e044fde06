import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct UserTests {
  private func person(_ name: String, tenant: TenantID = Fixtures.tenant) -> User {
    User(
      tenant: tenant, name: Fixtures.word(name, UserID.init), role: .employee, passwordHash: "h",
      createdAt: Fixtures.time())
  }

  private func session(_ user: User, _ token: String) -> Session {
    Session(
      tokenHash: token, actor: Actor(tenant: user.tenant, user: user.name, role: .admin), createdAt: Fixtures.time(),
      expiresAt: Timestamp(millis: Fixtures.wall() + 3_600_000))
  }

  @Test func aNameIsTakenOnceInATenant() async throws {
    try await withStore { store async throws in
      let (ada, bob, elsewhere) = (person("ada"), person("bob"), person("ada", tenant: Fixtures.other))
      for user in [bob, ada, elsewhere] { #expect(try await store.add(user)) }
      #expect(try await !store.add(ada))
      #expect(try await store.users(tenant: Fixtures.tenant) == [ada, bob])
      #expect(try await store.user(ada.name, tenant: Fixtures.other) == elsewhere)
      #expect(try await store.user(bob.name, tenant: Fixtures.other) == nil)
    }
  }

  @Test func aTokenIsRotatedOnceAndItsReuseEndsTheSession() async throws {
    try await withStore { store async throws in
      let ada = person("ada")
      #expect(try await store.add(ada))
      try await store.open(session(ada, "t1"))
      let now = Timestamp(millis: Fixtures.wall())
      let end = Timestamp(millis: now.millis + 60_000)
      // The role is the user's, not the session's.
      let actor = Actor(tenant: ada.tenant, user: ada.name, role: .employee)
      #expect(try await store.rotate(tokenHash: "t1", to: "t2", at: now, expiresAt: end) == .rotated(actor))
      #expect(try await store.rotate(tokenHash: "t2", to: "t3", at: now, expiresAt: end) == .rotated(actor))
      #expect(try await store.rotate(tokenHash: "none", to: "t4", at: now, expiresAt: end) == .unknown)
      #expect(try await store.rotate(tokenHash: "t1", to: "t5", at: now, expiresAt: end) == .reused)
      #expect(try await store.rotate(tokenHash: "t3", to: "t6", at: now, expiresAt: end) == .unknown)
    }
  }

  @Test func aSessionEndsByTimeByClosingAndByANewPassword() async throws {
    try await withStore { store async throws in
      let ada = person("ada")
      #expect(try await store.add(ada))
      let now = Timestamp(millis: Fixtures.wall())
      let end = Timestamp(millis: now.millis + 60_000)
      for token in ["old", "closed", "reset"] { try await store.open(session(ada, token)) }
      let late = Timestamp(millis: now.millis + 7_200_000)
      #expect(try await store.rotate(tokenHash: "old", to: "x", at: late, expiresAt: late) == .unknown)
      try await store.close(tokenHash: "closed")
      try await store.close(tokenHash: "closed")
      #expect(try await store.rotate(tokenHash: "closed", to: "y", at: now, expiresAt: end) == .unknown)
      #expect(try await store.setPassword("new", of: ada.name, tenant: ada.tenant, at: now))
      #expect(try await store.user(ada.name, tenant: ada.tenant)?.passwordHash == "new")
      #expect(try await store.rotate(tokenHash: "reset", to: "z", at: now, expiresAt: end) == .unknown)
      let nobody = Fixtures.word("nobody", UserID.init)
      #expect(try await !store.setPassword("new", of: nobody, tenant: ada.tenant, at: now))
    }
  }
}
