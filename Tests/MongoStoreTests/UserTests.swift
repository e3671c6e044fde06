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

  /// What becomes of a token, so many milliseconds from now.
  private typealias Rotate = (_ old: String, _ new: String, _ afterMs: Int64) async throws -> Rotation

  /// A store with a session of ada's, whose token is t1. The role is the user's, not the session's.
  private func withSession(_ body: (MongoStore, _ good: Rotation, Rotate) async throws -> Void) async throws {
    try await withStore { store async throws in
      let ada = person("ada")
      #expect(try await store.add(ada))
      try await store.open(session(ada, "t1"))
      let now = Fixtures.wall()
      let good = Rotation.rotated(
        Actor(tenant: ada.tenant, user: ada.name, role: .employee), tokensFrom: nil, at: Fixtures.time())
      try await body(store, good) { old, new, afterMs in
        try await store.rotate(
          tokenHash: old, to: new, at: Timestamp(millis: now + afterMs), expiresAt: Timestamp(millis: now + 600_000)
        ).timeless(since: now)
      }
    }
  }

  @Test func aTokenIsRotatedOnceAndItsReuseEndsTheSession() async throws {
    try await withSession { _, good, rotate async throws in
      #expect(try await rotate("t1", "t2", 0) == good)
      #expect(try await rotate("t2", "t3", 0) == good)
      #expect(try await rotate("none", "t4", 0) == .unknown)
      #expect(try await rotate("t1", "t5", 0) == .reused)
      #expect(try await rotate("t3", "t6", 0) == .unknown)
    }
  }

  @Test func theSamePairIsGivenTheSessionAgainWithinTheLeeway() async throws {
    try await withSession { _, good, rotate async throws in
      #expect(try await rotate("t1", "t2", 0) == good)
      // Clocks of processes differ: one may be behind.
      for afterMs in [0, -5_000, 9_999] as [Int64] { #expect(try await rotate("t1", "t2", afterMs) == good) }
      // Only for the token that it was: nobody has more of the new one by another.
      #expect(try await rotate("t0", "t2", 0) == .unknown)
      #expect(try await rotate("t2", "t3", 9_999) == good)
      #expect(try await rotate("t2", "t3", 19_998) == good)
      #expect(try await rotate("t2", "t3", 19_999) == .reused)
      #expect(try await rotate("t3", "t4", 19_999) == .unknown)
    }
  }

  @Test func aSessionThatTheBinaryBeforeRotatedHasNoLeeway() async throws {
    try await withSession { store, good, rotate async throws in
      #expect(try await rotate("t1", "t2", 0) == good)
      // As it was written until now.
      try await store.write { worker in
        _ = try worker.run(.write) {
          $0.string("update", Collection.sessions.rawValue)
          $0.documents("updates", CollectionOfOne(0)) { writer, _ in
            writer.document("q") { $0.string("tokenHash", "t2") }
            writer.document("u") { $0.document("$unset") { $0.int32("rotatedAt", 1) } }
          }
        }
      }
      #expect(try await rotate("t1", "t2", 0) == .reused)
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
