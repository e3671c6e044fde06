import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

@Suite struct UserWriteTests {
  private func name(_ text: String) -> UserID { Fixtures.word(text, UserID.init) }

  private func person(
    _ text: String, _ role: Role = .employee, tenant: TenantID = Fixtures.tenant, hash: String? = "h"
  ) -> User {
    User(tenant: tenant, name: name(text), role: role, passwordHash: hash, createdAt: Fixtures.time())
  }

  private func change(
    _ text: String, tenant: TenantID = Fixtures.tenant, atMs: Int64 = 1, _ edit: (inout UserChange) -> Void
  ) -> UserChange {
    var change = UserChange(of: name(text), tenant: tenant, at: Fixtures.time(atMs))
    edit(&change)
    return change
  }

  private func session(_ user: User, _ token: String) -> Session {
    Session(
      tokenHash: token, actor: user.actor, createdAt: Fixtures.time(),
      expiresAt: Timestamp(millis: Fixtures.wall() + 3_600_000), tokensFrom: user.tokensFrom)
  }

  private func rotate(_ store: MongoStore, _ token: String, to next: String) async throws -> Rotation {
    let now = Fixtures.wall()
    return try await store.rotate(
      tokenHash: token, to: next, at: Timestamp(millis: now), expiresAt: Timestamp(millis: now + 600_000)
    ).timeless(since: now)
  }

  private func rotated(_ user: User) -> Rotation {
    .rotated(user.actor, tokensFrom: user.tokensFrom, at: Fixtures.time())
  }

  @Test func aUserIsReadAsItWasChanged() async throws {
    try await withStore { store async throws in
      let ada = person("ada", hash: nil)
      #expect(try await store.add(ada))
      let full = change("ada") {
        $0.role = .customer
        $0.displayName = "Ada Lovelace"
        $0.isDisabled = true
        $0.password = .init(hash: "new")
      }
      guard case .done(let written) = try await store.change(full, answer: nil) else {
        Issue.record("it was not changed")
        return
      }
      let from = try #require(written.user.tokensFrom)
      let wanted = full.applied(to: ada, stored: Timestamp(millis: from.millis - 1))
      #expect(written == UserWritten(user: wanted, sessionsEnded: 0))
      #expect(try await store.user(ada.name, tenant: ada.tenant) == written.user)
      let back = change("ada", atMs: 2) {
        $0.displayName = ""
        $0.isDisabled = false
      }
      guard case .done(let again) = try await store.change(back, answer: nil) else {
        Issue.record("it was not changed back")
        return
      }
      #expect(try await store.user(ada.name, tenant: ada.tenant) == again.user)
      #expect(again.user.displayName == nil && !again.user.isDisabled && again.user.role == .customer)
      // Of another tenant there is nobody of that name.
      let elsewhere = change("ada", tenant: Fixtures.other) { $0.role = .admin }
      #expect(try await store.change(elsewhere, answer: nil) == .unknown)
    }
  }

  /// What ends sessions, and what does not.
  private static let edits: [(ends: Bool, edit: @Sendable (inout UserChange) -> Void)] = [
    (true, { $0.role = .customer }), (true, { $0.isDisabled = true }), (true, { $0.password = .init(hash: "new") }),
    (true, { $0.endsSessions = true }), (false, { $0.role = .employee }), (false, { $0.isDisabled = false }),
    (false, { $0.displayName = "Ada" }),
  ]

  @Test(arguments: edits.indices) func sessionsEndWithWhatTheyWereOpenedFor(index: Int) async throws {
    let (ends, edit) = Self.edits[index]
    try await withStore { store async throws in
      let (ada, bob) = (person("ada"), person("bob"))
      for user in [ada, bob] { #expect(try await store.add(user)) }
      for token in ["a1", "a2"] { try await store.open(session(ada, token)) }
      try await store.open(session(bob, "b1"))
      guard case .done(let written) = try await store.change(change("ada", edit), answer: nil) else {
        Issue.record("it was not changed")
        return
      }
      #expect(written.sessionsEnded == (ends ? 2 : 0))
      #expect((written.user.tokensFrom != nil) == ends)
      #expect(try await (rotate(store, "a1", to: "a3") == .unknown) == ends)
      #expect(try await rotate(store, "b1", to: "b2") == rotated(bob))
      guard let from = written.user.tokensFrom else { return #expect(try await store.tokenEnds(after: nil) == []) }
      let end = TokenEnd(tenant: ada.tenant, user: ada.name, before: from)
      #expect(try await store.tokenEnds(after: nil) == [end])
      #expect(try await store.tokenEnds(after: .init(behind: Timestamp(millis: from.millis - 1))) == [end])
      #expect(try await store.tokenEnds(after: .init(behind: from)) == [])
      #expect(try await store.tokenEnds(after: .init(behind: end)) == [])
    }
  }

  @Test func aLogInThatWasUnderWayOpensNoSessionThatLasts() async throws {
    try await withStore { store async throws in
      let ada = person("ada")
      #expect(try await store.add(ada))
      _ = try await store.change(change("ada") { $0.endsSessions = true }, answer: nil)
      // It had read the user before.
      #expect(try await store.open(session(ada, "late")) == nil)
      #expect(try await rotate(store, "late", to: "next") == .unknown)
      let now = try #require(try await store.user(ada.name, tenant: ada.tenant))
      try await store.open(session(now, "new"))
      #expect(try await rotate(store, "new", to: "newer") == rotated(now))
      // Nor does one of somebody who was disabled without having a session.
      _ = try await store.change(change("ada") { $0.isDisabled = true }, answer: nil)
      let off = try #require(try await store.user(ada.name, tenant: ada.tenant))
      #expect(try await store.open(session(off, "off")) == nil)
      #expect(try await rotate(store, "off", to: "on") == .unknown)
    }
  }

  /// How an admin is one no more.
  private static let losses: [@Sendable (inout UserChange) -> Void] = [
    { $0.isDisabled = true }, { $0.role = .employee },
  ]

  @Test func theLastAdminThatCanLogInStays() async throws {
    try await withStore { store async throws in
      // Neither an admin of another tenant, nor one that is disabled, nor one without a password is one.
      for user in [
        person("ada", .admin), person("eve", .admin, tenant: Fixtures.other), person("off", .admin),
        person("new", .admin, hash: nil), person("ben"),
      ] { #expect(try await store.add(user)) }
      _ = try await store.change(change("off") { $0.isDisabled = true }, answer: nil)
      let before = try await store.user(name("ada"), tenant: Fixtures.tenant)
      for edit in Self.losses {
        #expect(try await store.change(change("ada", edit), answer: nil) == .lastAdmin)
      }
      #expect(try await store.user(name("ada"), tenant: Fixtures.tenant) == before)
      _ = try await store.change(change("ben") { $0.role = .admin }, answer: nil)
      guard case .done = try await store.change(change("ada") { $0.role = .employee }, answer: nil) else {
        Issue.record("there is another admin")
        return
      }
    }
  }

  @Test func ofTwoAdminsWhoDisableEachOtherOneStays() async throws {
    try await withStore { store async throws in
      for round in 0..<100 {
        let tenant = Fixtures.word("t\(round)", TenantID.init)
        for user in ["ada", "bob"] { #expect(try await store.add(person(user, .admin, tenant: tenant))) }
        let edit = Self.losses[round % 2]
        async let first = store.change(change("bob", tenant: tenant, edit), answer: nil)
        async let second = store.change(change("ada", tenant: tenant, edit), answer: nil)
        let outcomes = try await [first, second]
        #expect(outcomes.count { $0 == .lastAdmin } == 1, "\(outcomes)")
        var query = UserQuery(tenant: tenant, limit: 10)
        (query.role, query.isDisabled) = (.admin, false)
        #expect(try await store.users(query).count == 1)
      }
    }
  }

  @Test func aPasswordIsReplacedOnlyWhereItIsStillTheOneThatWasSeen() async throws {
    try await withStore { store async throws in
      let ada = person("ada")
      #expect(try await store.add(ada))
      let late = change("ada") { $0.password = .init(hash: "new", former: "older") }
      #expect(try await store.change(late, answer: nil) == .otherPassword)
      #expect(try await store.user(ada.name, tenant: ada.tenant) == ada)
      let good = change("ada") { $0.password = .init(hash: "new", former: "h") }
      guard case .done(let written) = try await store.change(good, answer: nil) else {
        Issue.record("it was not replaced")
        return
      }
      #expect(written.user.passwordHash == "new")
    }
  }

  @Test func anAnswerIsKeptWithItsWriteOrNeitherIs() async throws {
    try await withStore { store async throws in
      let answer = Fixtures.answer("key")
      let fingerprint = answer.fingerprint
      #expect(try await store.add(person("ada"), answer: { _ in answer }) != .taken)
      #expect(try await store.keptAnswer(answer.key, for: fingerprint) == answer)
      #expect(try await store.add(person("bob"), answer: { _ in answer }) == .answered)
      #expect(try await store.user(name("bob"), tenant: Fixtures.tenant) == nil)
      let other = Fixtures.answer("other key")
      #expect(try await store.add(person("ada"), answer: { _ in other }) == .taken)
      #expect(try await store.change(change("eve") { $0.role = .admin }, answer: { _ in other }) == .unknown)
      #expect(try await store.change(change("ada") { $0.role = .admin }, answer: { _ in answer }) == .answered)
      #expect(try await store.user(name("ada"), tenant: Fixtures.tenant) == person("ada"))
      #expect(try await store.keptAnswer(other.key, for: fingerprint) == nil)
    }
  }

  @Test func ofThoseWhoTakeANameAtOnceOneHasIt() async throws {
    try await withStore { store async throws in
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 { group.addTask { try await store.add(person("ada")) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
    }
  }

  @Test func usersAreListedByNameInPages() async throws {
    try await withStore { store async throws in
      let all = (0..<25).map { person("u\($0 + 10)", $0 % 5 == 0 ? .admin : .customer) }
      for user in all + [person("u10", tenant: Fixtures.other)] { #expect(try await store.add(user)) }
      _ = try await store.change(change("u11") { $0.isDisabled = true }, answer: nil)
      var (query, seen) = (UserQuery(tenant: Fixtures.tenant, limit: 10), [String]())
      while true {
        let page = try await store.users(query)
        seen += page.map(\.name.text)
        guard let last = page.last, page.count == 10 else { break }
        query.after = last.name
      }
      #expect(seen == all.map(\.name.text))
      query.after = nil
      query.role = .admin
      #expect(try await store.users(query).map(\.name.text) == ["u10", "u15", "u20", "u25", "u30"])
      query.role = nil
      query.isDisabled = true
      #expect(try await store.users(query).map(\.name.text) == ["u11"])
      query.isDisabled = false
      query.role = .customer
      #expect(try await store.users(query).first?.name.text == "u12")
    }
  }
}
