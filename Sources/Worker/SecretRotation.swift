public import HubContracts
public import HubRuntime
public import Orders

/// Seals under the current key what tenants have sealed under another one, while everything goes on.
///
/// It asks for what is sealed otherwise, a page of tenants at a time, so a run that broke off is ended by another one. Each
/// tenant is one guarded write: who changes settings meanwhile is not in the way, and has sealed under the current key.
public struct SecretRotation: Sendable {
  /// What a run came to.
  public struct Report: Sendable {
    /// How many secrets were sealed anew.
    public var sealed = 0
    /// Of how many tenants.
    public var tenants = 0
    /// What could not be; the first `SecretRotation.leftLimit`.
    public var left: [Left] = []
    /// How many could not be, in all.
    public var leftCount = 0
  }

  /// A secret that is as it was.
  public struct Left: Sendable {
    /// Whose.
    public var tenant: TenantID
    /// Where it belongs.
    public var path: Text
    /// Why, for whoever runs the hub.
    public var reason: String
  }

  private let store: any TenantStore
  private let box: SecretBox
  /// How many that are left a report names.
  public static let leftLimit = 1_000
  /// How often a tenant is tried that somebody else writes to.
  private static let triesLimit = 8

  /// Rotates to the current key of `box`.
  public init(store: any TenantStore, box: SecretBox) {
    self.store = store
    self.box = box
  }

  /// One walk over all tenants; `progress` is told after each how many secrets were sealed anew. Without a current key
  /// nothing is done.
  public func run(progress: (Int) -> Void = { _ in }) async throws -> Report {
    var report = Report()
    guard let current = box.current else { return report }
    var last: TenantID?
    while true {
      let page = try await store.settings(
        sealedOtherwiseThan: current.id, after: last, limit: TenantStoreLimits.page)
      for record in page {
        try await rotate(record, &report)
        progress(report.sealed)
      }
      guard page.count == TenantStoreLimits.page, let end = page.last?.tenant else { return report }
      last = end
    }
  }

  private func rotate(_ found: TenantRecord, _ report: inout Report) async throws {
    var record = found
    for _ in 0..<Self.triesLimit {
      let (secrets, sealed, left) = resealed(record)
      var outcome = TenantOutcome.done
      if sealed > 0 {
        var next = record
        next.secrets = secrets
        next.revision += 1
        outcome = try await store.write(next, replacing: record.revision, change: nil, answer: nil)
      }
      if outcome == .done {
        report.sealed += sealed
        report.tenants += sealed > 0 ? 1 : 0
        note(left, &report)
        return
      }
      guard let fresh = try await store.settings(of: record.tenant) else { return }
      record = fresh
    }
    note(
      record.secrets.filter { $0.sealed.keyID != box.current?.id }.map {
        Left(tenant: record.tenant, path: $0.path, reason: "others write these settings all the time; run it again")
      }, &report)
  }

  private func note(_ left: [Left], _ report: inout Report) {
    report.leftCount += left.count
    report.left += left.prefix(max(0, Self.leftLimit - report.left.count))
  }

  /// All secrets of a record; how many of them are sealed anew, and which cannot be.
  private func resealed(_ record: TenantRecord) -> (secrets: [TenantSecret], sealed: Int, left: [Left]) {
    var (secrets, sealed, left): ([TenantSecret], Int, [Left]) = (record.secrets, 0, [])
    for index in secrets.indices {
      let secret = secrets[index]
      do throws(SecretBox.Failure) {
        guard let new = try box.resealed(secret.sealed, of: record.tenant, at: secret.path) else { continue }
        secrets[index].sealed = new
        sealed += 1
      } catch {
        left.append(Left(tenant: record.tenant, path: secret.path, reason: Self.reason(error)))
      }
    }
    return (secrets, sealed, left)
  }

  private static func reason(_ failure: SecretBox.Failure) -> String {
    switch failure {
    case .otherKey(let id): "it is sealed under key \(id), which is not among SECRETS_KEYS_OLD"
    case .damaged: "it does not open: it was changed, or stands in another place than it was sealed for; set it anew"
    case .noKey, .broken: "it cannot be sealed now; run it again"
    }
  }
}
