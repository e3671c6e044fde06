import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// Whoever writes users is held against its own record, in the transaction that writes.
@Suite struct UserWriterTests {
  private func name(_ text: String) -> UserID { Fixtures.word(text, UserID.init) }

  private func person(_ text: String, _ role: Role = .admin, hash: String? = "h") -> User {
    User(tenant: Fixtures.tenant, name: name(text), role: role, passwordHash: hash, createdAt: Fixtures.time())
  }

  /// An admin with a token that was made so long before now.
  private func writer(_ text: String, agoMs: Int64 = 10_000, roles: Set<Role>? = [.admin]) -> UserWriter {
    UserWriter(
      TokenClaims(
        actor: Actor(tenant: Fixtures.tenant, user: name(text), role: .admin),
        issuedAt: Timestamp(millis: Fixtures.wall() - agoMs), expiresAt: Timestamp(millis: .max)), roles: roles)
  }

  private func change(_ text: String, _ edit: (inout UserChange) -> Void) -> UserChange {
    var change = UserChange(of: name(text), tenant: Fixtures.tenant, at: Fixtures.time(1))
    edit(&change)
    return change
  }

  /// How an admin is one no more, or its token is none.
  private static let losses: [@Sendable (inout UserChange) -> Void] = [
    { $0.isDisabled = true }, { $0.role = .employee }, { $0.endsSessions = true }, { $0.password = .init(hash: "new") },
  ]

  /// What it would like to do then.
  private static let deeds: [(of: String, edit: @Sendable (inout UserChange) -> Void)] = [
    ("ada", { $0.isDisabled = false }), ("ada", { $0.role = .admin }), ("ada", { $0.password = .init(hash: "x") }),
    ("ada", { $0.endsSessions = true }), ("bob", { $0.isDisabled = true }), ("bob", { $0.role = .customer }),
    ("ben", { $0.role = .admin }), ("ben", { $0.displayName = "Ben" }), ("nobody", { $0.displayName = "Nobody" }),
  ]

  @Test(arguments: losses.indices) func whoIsNoAdminAnyMoreWritesNothing(index: Int) async throws {
    try await withStore { store async throws in
      for user in [person("ada"), person("bob"), person("ben", .employee)] { #expect(try await store.add(user)) }
      guard case .done = try await store.change(change("ada", Self.losses[index]), answer: nil) else {
        Issue.record("it was not changed")
        return
      }
      let before = try await store.users(tenant: Fixtures.tenant)
      let answer = Fixtures.answer("key")
      for (user, edit) in Self.deeds {
        let outcome = try await store.change(change(user, edit), by: writer("ada")) { _ in answer }
        #expect(outcome == .callerEnded, "\(user)")
      }
      #expect(try await store.add(person("eve"), by: writer("ada")) { _ in answer } == .callerEnded)
      // A token that does not say when it was made is from before.
      var timeless = writer("ada")
      timeless.claims.issuedAt = nil
      #expect(try await store.add(person("eve"), by: timeless, answer: nil) == .callerEnded)
      #expect(try await store.users(tenant: Fixtures.tenant) == before)
      #expect(try await store.keptAnswer(answer.key, for: answer.fingerprint) == nil)
      // Others may.
      let name = change("ben") { $0.displayName = "Ben" }
      guard case .done = try await store.change(name, by: writer("bob"), answer: nil) else {
        Issue.record("bob is an admin")
        return
      }
    }
  }

  @Test func aTokenOfAfterTheEndIsGoodWhereTheStoredRoleIs() async throws {
    try await withStore { store async throws in
      for user in [person("ada"), person("bob"), person("ben", .employee)] { #expect(try await store.add(user)) }
      _ = try await store.change(change("ada") { $0.endsSessions = true }, answer: nil)
      let edit = change("bob") { $0.displayName = "Bob" }
      func may(_ writer: UserWriter) async throws -> Bool {
        switch try await store.change(edit, by: writer, answer: nil) {
        case .done: true
        default: false
        }
      }
      #expect(try await !may(writer("ada")))
      #expect(try await may(writer("ada", agoMs: -2_000)))
      // Another program says that he is an admin: he is none. What needs none he may.
      #expect(try await !may(writer("ben", agoMs: -2_000)))
      #expect(try await may(writer("ben", agoMs: -2_000, roles: nil)))
      // Of a name that has no record it is believed, and so is whoever runs the hub.
      #expect(try await may(writer("made")))
      // A record of another tenant is nobody's here.
      var elsewhere = writer("ben", roles: [.admin])
      elsewhere.claims.actor = Actor(tenant: Fixtures.other, user: name("ben"), role: .admin)
      #expect(try await may(elsewhere))
    }
  }

  @Test func whatOneDoesToOneselfIsJudgedByTheStoredRole() async throws {
    try await withStore { store async throws in
      for user in [person("ada"), person("bob"), person("ben", .employee)] { #expect(try await store.add(user)) }
      for edit in Self.losses.prefix(2) {
        #expect(try await store.change(change("ada", edit), by: writer("ada"), answer: nil) == .ownAccount)
      }
      // The token says admin, the record does not: neither is this made so, nor the other way round.
      for role in [Role.admin, .customer] {
        let outcome = try await store.change(
          change("ben") { $0.role = role }, by: writer("ben", roles: nil), answer: nil)
        #expect(outcome == .ownAccount, "\(role)")
      }
      #expect(try await store.user(name("ben"), tenant: Fixtures.tenant) == person("ben", .employee))
      let same = change("ada") {
        $0.role = .admin
        $0.isDisabled = false
        $0.displayName = "Ada"
      }
      guard case .done(let written) = try await store.change(same, by: writer("ada"), answer: nil) else {
        Issue.record("nothing of it is refused")
        return
      }
      #expect(written.user.displayName == "Ada" && written.user.tokensFrom == nil)
    }
  }

  /// Also of those who cannot log in, of whom a tenant need keep none.
  @Test func ofTwoAdminsWhoChangeEachOtherAtOnceOneComesSecondAndIsNoneAnyMore() async throws {
    try await withStore { store async throws in
      #expect(try await store.add(person("chief")))
      for round in 0..<60 {
        let (ada, bob) = ("ada\(round)", "bob\(round)")
        for user in [ada, bob] { #expect(try await store.add(person(user, hash: round % 2 == 0 ? nil : "h"))) }
        let edit = Self.losses[round % 3]
        async let first = store.change(change(bob, edit), by: writer(ada), answer: nil)
        async let second = store.change(change(ada, edit), by: writer(bob), answer: nil)
        let outcomes = try await [first, second]
        #expect(outcomes.count { $0 == .callerEnded } == 1, "\(outcomes)")
      }
    }
  }

  // MARK: The clock

  @Test(arguments: [-3_600_000, 0, 3_600_000] as [Int64])
  func fromWhenTokensAreGoodIsToldByMongoDBsClock(offMs: Int64) async throws {
    try await withStore { store async throws in
      #expect(try await store.add(person("ada")))
      let before = Timestamp(millis: Fixtures.wall() - 1)
      var end = change("ada") { $0.endsSessions = true }
      end.at = Timestamp(millis: Fixtures.wall() + offMs)
      guard case .done(let written) = try await store.change(end, answer: nil) else {
        Issue.record("it was not changed")
        return
      }
      let from = try #require(written.user.tokensFrom)
      #expect(from >= TokenEnd.next(after: before))
      #expect(from <= TokenEnd.next(after: Timestamp(millis: Fixtures.wall() + 1)))
      #expect(try await store.user(name("ada"), tenant: Fixtures.tenant)?.tokensFrom == from)
    }
  }

  /// A log-in comes before what ends the user's tokens, which then is later, or after it, and is refused.
  @Test func aLogInAndAnEndAtOnceComeOneAfterTheOther() async throws {
    try await withStore { store async throws in
      for round in 0..<60 {
        let user = person("u\(round)")
        #expect(try await store.add(user))
        let session = Session(
          tokenHash: "t\(round)", actor: user.actor, createdAt: Fixtures.time(),
          expiresAt: Timestamp(millis: Fixtures.wall() + 3_600_000))
        let edit = change("u\(round)") { $0.endsSessions = true }
        async let opening = store.open(session)
        async let ending = store.change(edit, answer: nil)
        let (opened, ended) = try await (opening, ending)
        guard case .done(let written) = ended, let from = written.user.tokensFrom else {
          Issue.record("it was not ended: \(ended)")
          return
        }
        if let opened { #expect(opened < from) }
        #expect(written.sessionsEnded == (opened == nil ? 0 : 1))
        let now = Timestamp(millis: Fixtures.wall())
        #expect(
          try await store.rotate(tokenHash: session.tokenHash, to: "n\(round)", at: now, expiresAt: now) == .unknown)
      }
    }
  }

  // MARK: Looking at ends

  @Test func endsAreReadPageByPageEachOnce() async throws {
    try await withStore { store async throws in
      // Many of one second, which a page ends in the midst of, and of more than one tenant.
      let all = (0..<2 * TokenEnd.pageLimit + 300).map { number in
        TokenEnd(
          tenant: number % 7 == 0 ? Fixtures.other : Fixtures.tenant, user: name("u:\(number)"),
          before: Fixtures.time(Int64(number / 700) * 1_000))
      }
      try await store.write { worker in
        for start in stride(from: 0, to: all.count, by: 500) {
          var reply = try worker.run(.write) { writer throws(BSONError) in
            writer.string("insert", Collection.users.rawValue)
            writer.documents("documents", all[start..<min(start + 500, all.count)]) { writer, end in
              var user = User(
                tenant: end.tenant, name: end.user, role: .customer, passwordHash: nil, createdAt: Fixtures.time())
              user.tokensFrom = end.before
              user.write(to: &writer)
            }
          }
          #expect(try reply.integer("n") == min(500, all.count - start))
        }
      }
      #expect(try await store.add(person("ada")))
      var (read, sizes, place) = ([TokenEnd](), [Int](), TokenEnd.Place?.none)
      while sizes.last ?? TokenEnd.pageLimit == TokenEnd.pageLimit {
        let page = try await store.tokenEnds(after: place)
        sizes.append(page.count)
        read += page
        place = page.last.map { TokenEnd.Place(behind: $0) } ?? place
      }
      #expect(sizes == [TokenEnd.pageLimit, TokenEnd.pageLimit, 300])
      #expect(Set(read) == Set(all) && read.count == all.count)
      #expect(zip(read, read.dropFirst()).allSatisfy { $0.before <= $1.before })
      // By the index alone, from a place on: nothing before it is looked at.
      let late = TokenEnd.Place(behind: read[2 * TokenEnd.pageLimit])
      #expect(try await store.tokenEnds(after: late) == Array(read[(2 * TokenEnd.pageLimit + 1)...]))
    }
  }
}
