import HubContracts
import Orders
import Testing

@testable import MongoStore

/// The settings of tenants as documents.
@Suite struct TenantStoreTests {
  private func change(_ version: Int64, _ members: [Text] = ["currency"], tenant: TenantID = Fixtures.tenant)
    -> TenantChange
  {
    TenantChange(tenant: tenant, version: version, at: Fixtures.time(version), by: Fixtures.by, members: members)
  }

  @Test func settingsComeBackByteForByte() async throws {
    try await withStore { store async throws in
      #expect(try await store.settings(of: Fixtures.tenant) == nil)
      let json = #"{"store":{"name":"Zo\u00eb's \ud83d\uded2"},"ofALaterVersion":[1,2.50]}"#
      let record = Fixtures.settings(json: json, secrets: 3)
      #expect(try await store.write(record, replacing: 0, change: change(1), answer: nil) == .done)
      #expect(try await store.settings(of: Fixtures.tenant) == record)
      #expect(try await store.settings(of: [Fixtures.other, Fixtures.tenant]) == [record])
      #expect(try await store.settings(of: Fixtures.other) == nil)
      #expect(try await store.revisions(of: [Fixtures.other, Fixtures.tenant]) == [Fixtures.tenant: 1])
      let next = Fixtures.settings(version: 2, revision: 2, json: "{}")
      #expect(try await store.write(next, replacing: 1, change: change(2), answer: nil) == .done)
      #expect(try await store.settings(of: Fixtures.tenant) == next)
    }
  }

  @Test func whoeverComesSecondWritesNothing() async throws {
    try await withStore { store async throws in
      let first = Fixtures.settings()
      #expect(try await store.write(first, replacing: 0, change: change(1), answer: nil) == .done)
      #expect(try await store.write(first, replacing: 0, change: change(1), answer: nil) == .stale)
      let late = Fixtures.settings(version: 9, revision: 9, json: "{}")
      #expect(try await store.write(late, replacing: 8, change: change(9), answer: nil) == .stale)
      #expect(try await store.settings(of: Fixtures.tenant) == first)
      #expect(try await store.changes(of: Fixtures.tenant, before: nil, limit: 10) == [change(1)])
      // Many at once: one of them.
      let outcomes = try await withThrowingTaskGroup(of: TenantOutcome.self) { group in
        for index in 0..<8 {
          group.addTask {
            let record = Fixtures.settings(version: 2, revision: 2, json: #"{"at":\#(index)}"#)
            return try await store.write(record, replacing: 1, change: change(2), answer: nil)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.filter { $0 == .done }.count == 1)
      #expect(outcomes.filter { $0 == .stale }.count == 7)
      #expect(try await store.revisions(of: [Fixtures.tenant]) == [Fixtures.tenant: 2])
      #expect(try await store.changes(of: Fixtures.tenant, before: nil, limit: 10).map(\.version) == [2, 1])
    }
  }

  @Test func anAnswerThatIsThereAlreadyUndoesTheWrite() async throws {
    try await withStore { store async throws in
      let answer = Fixtures.answer("key-1")
      #expect(try await store.write(Fixtures.settings(), replacing: 0, change: change(1), answer: answer) == .done)
      let next = Fixtures.settings(version: 2, revision: 2)
      #expect(try await store.write(next, replacing: 1, change: change(2), answer: answer) == .answered)
      #expect(try await store.settings(of: Fixtures.tenant)?.revision == 1)
      #expect(try await store.changes(of: Fixtures.tenant, after: 0, limit: 10) == [change(1)])
    }
  }

  @Test func changesStandInTheirOrderAndAreOneTenantsAlone() async throws {
    try await withStore { store async throws in
      let longer = Fixtures.word("north-2", TenantID.init)
      for tenant in [Fixtures.tenant, longer] {
        for version in Int64(1)...12 {
          let record = Fixtures.settings(tenant: tenant, version: version, revision: version)
          let change = change(version, ["store.name", "smtp.password"], tenant: tenant)
          #expect(try await store.write(record, replacing: version - 1, change: change, answer: nil) == .done)
        }
      }
      let newest = try await store.changes(of: Fixtures.tenant, before: nil, limit: 4)
      #expect(newest.map(\.version) == [12, 11, 10, 9])
      #expect(newest.allSatisfy { $0.tenant == Fixtures.tenant && $0.members == ["store.name", "smtp.password"] })
      #expect(
        try await store.changes(of: Fixtures.tenant, before: 9, limit: 100).map(\.version) == [8, 7, 6, 5, 4, 3, 2, 1])
      #expect(try await store.changes(of: Fixtures.tenant, after: 9, limit: 100).map(\.version) == [10, 11, 12])
    }
  }

  @Test func whatIsSealedOtherwiseIsFoundPageByPage() async throws {
    try await withStore { store async throws in
      let tenants = (0..<5).map { Fixtures.word("t\($0)", TenantID.init) }
      for (index, tenant) in tenants.enumerated() {
        let record = Fixtures.settings(tenant: tenant, secrets: index == 4 ? 0 : 2, keyID: index == 2 ? "new" : "old")
        #expect(try await store.write(record, replacing: 0, change: nil, answer: nil) == .done)
      }
      let first = try await store.settings(sealedOtherwiseThan: "new", after: nil, limit: 2)
      #expect(first.map(\.tenant) == [tenants[0], tenants[1]])
      let rest = try await store.settings(sealedOtherwiseThan: "new", after: tenants[1], limit: 2)
      #expect(rest.map(\.tenant) == [tenants[3]])
    }
  }

  @Test func tooMuchAtOnceIsRefused() async throws {
    try await withStore { store async throws in
      let many = (0...TenantStoreLimits.tenants).map { Fixtures.word("t\($0)", TenantID.init) }
      await #expect(throws: StoreError.self) { _ = try await store.revisions(of: many) }
      await #expect(throws: StoreError.self) { _ = try await store.settings(of: many) }
    }
  }

  @Test func theServerItselfRefusesWhatNobodyCouldRead() async throws {
    try await withStore { store async throws in
      await #expect(throws: StoreError.self) {
        _ = try await store.write(Fixtures.settings(revision: 0), replacing: 0, change: nil, answer: nil)
      }
      #expect(try await store.settings(of: Fixtures.tenant) == nil)
    }
  }
}
