import HubContracts
import HubRuntime
import HubTestSupport
import MongoStore
import Orders
import Testing
import Worker

/// Secrets move to the current key, tenant by tenant, while others write.
@Suite struct SecretRotationTests {
  private let keys = ["1", "2", "3"].compactMap { SecretKey(String(repeating: $0, count: 64)) }

  private func record(_ name: String, _ box: SecretBox, secrets: Int) throws -> TenantRecord {
    let tenant = try #require(TenantID(name))
    return TenantRecord(
      tenant: tenant, version: 1, revision: 1, settings: Array("{}".utf8),
      secrets: try (0..<secrets).map { index in
        let path = Text("carriers.c\(index).secret")
        return TenantSecret(path: path, sealed: try box.seal(Text("secret \(name) \(index)"), of: tenant, at: path))
      }, updatedAt: Timestamp(millis: 1_780_000_000_000), updatedBy: try #require(UserID("ada")))
  }

  @Test func allComesUnderTheCurrentKeyAndASecondRunFindsNothing() async throws {
    try await withSite { site in
      let old = SecretBox(current: keys[0])
      for index in 0..<(TenantStoreLimits.page + 5) {
        let record = try record("many-\(1_000 + index)", old, secrets: index % 3)
        #expect(try await site.store.write(record, replacing: 0, change: nil, answer: nil) == .done)
      }
      let box = SecretBox(current: keys[1], old: [keys[0]])
      let wanted = (0..<(TenantStoreLimits.page + 5)).reduce(0) { $0 + $1 % 3 }
      let report = try await SecretRotation(store: site.store, box: box).run()
      #expect(report.sealed == wanted && report.leftCount == 0)
      let new = SecretBox(current: keys[1])
      let tenant = try #require(TenantID("many-1002"))
      let record = try #require(try await site.store.settings(of: tenant))
      #expect(record.version == 1 && record.revision == 2, "no change that anybody made")
      for (index, secret) in record.secrets.enumerated() {
        #expect(try new.open(secret.sealed, of: tenant, at: secret.path) == Text("secret many-1002 \(index)"))
      }
      let again = try await SecretRotation(store: site.store, box: box).run()
      #expect(again.sealed == 0 && again.tenants == 0)
    }
  }

  @Test func whatCannotBeOpenedIsNamedAndTheRestGoesOn() async throws {
    try await withSite { site in
      var mixed = try record("mixed", SecretBox(current: keys[0]), secrets: 3)
      let lost = try record("mixed", SecretBox(current: keys[2]), secrets: 3)
      mixed.secrets[1] = lost.secrets[1]
      // Put where it does not belong.
      mixed.secrets[2].sealed = mixed.secrets[0].sealed
      #expect(try await site.store.write(mixed, replacing: 0, change: nil, answer: nil) == .done)
      let box = SecretBox(current: keys[1], old: [keys[0]])
      let report = try await SecretRotation(store: site.store, box: box).run()
      #expect(report.sealed == 1 && report.leftCount == 2)
      #expect(report.left.map(\.path) == ["carriers.c1.secret", "carriers.c2.secret"])
      #expect(report.left[0].reason.contains(keys[2].id.string))
      #expect(report.left[1].reason.contains("set it anew"))
      let record = try #require(try await site.store.settings(of: mixed.tenant))
      #expect(record.secrets[1] == mixed.secrets[1], "as it was")
    }
  }

  @Test func withoutAKeyNothingIsDone() async throws {
    try await withSite { site in
      let record = try record("some", SecretBox(current: keys[0]), secrets: 1)
      #expect(try await site.store.write(record, replacing: 0, change: nil, answer: nil) == .done)
      let report = try await SecretRotation(store: site.store, box: SecretBox(current: nil, old: keys)).run()
      #expect(report.sealed == 0)
      #expect(try await site.store.settings(of: record.tenant) == record)
    }
  }
}
