public import HubContracts
public import HubRuntime
import HubWire
public import OrderDesk
import Orders

/// What the api needs for the settings of tenants.
public struct TenantParts: Sendable {
  /// Where they are kept.
  let store: any TenantStore
  /// What each tenant goes by, at hand.
  let book: TenantBook
  /// What seals their secrets.
  let secrets: SecretBox
  /// Tells the other processes of changes.
  let news: any TenantNews
  /// Names the parts.
  public init(store: any TenantStore, book: TenantBook, secrets: SecretBox, news: any TenantNews) {
    self.store = store
    self.book = book
    self.secrets = secrets
    self.news = news
  }
}

/// The settings of the caller's tenant, for its admins.
extension OrderAPI {
  /// What the caller's tenant goes by.
  func terms(of call: Call) async throws -> TenantTerms {
    try await parts.tenants.book.terms(of: call.actor().tenant)
  }

  func tenant(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    return reply(with: try await settings(of: call.actor().tenant), isWritten: false)
  }

  func tenantChanges(_ call: Call) async throws -> HTTPReply {
    var problems = FieldProblems()
    var values = QueryValues(call.request.query, known: ["before", "limit"], &problems)
    let before = values.integer("before", 1...Int.max, &problems)
    let limit = values.integer("limit", 1...TenantStoreLimits.page, &problems) ?? 20
    try problems.refuse()
    let changes = try await parts.tenants.store.changes(
      of: call.actor().tenant, before: before.map(Int64.init), limit: limit)
    return .json(capacity: 128 + changes.count * 256) { json in
      json.name("changes")
      json.beginArray()
      for change in changes { change.write(to: &json) }
      json.endArray()
      json.name("nextBefore")
      if changes.count == limit, let last = changes.last, last.version > 1 {
        json.number(last.version)
      } else {
        json.null()
      }
    }
  }

  /// How often a change is made anew that somebody else was in the way of.
  private static let tenantTries = 8

  func changeTenant(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try TenantRequest($0, ifMatch: call.request.header("If-Match")) }
    for _ in 1...Self.tenantTries {
      if let reply = try await change(request, call) { return reply }
    }
    throw Problem.unavailable(
      "others changed the settings at the same time; nothing was written", code: "contended", retryAfterSeconds: 1)
  }

  /// Nil if somebody else was first: then it is to be decided again.
  private func change(_ request: TenantRequest, _ call: Call) async throws -> HTTPReply? {
    let (admin, now, slot) = (try call.actor(), parts.clock.now(), call.answerSlot)
    let before = try await settings(of: admin.tenant)
    let rules = try await rules(for: request, of: admin.tenant)
    let patch = try TenantPatch(request.patch, to: before, by: rules, at: now)
    if let expected = request.version, expected != before.version { throw try await conflict(expected, before) }
    if patch.changed.isEmpty { return try await unchanged(before, slot) }
    let record = TenantRecord(
      tenant: admin.tenant, version: before.version + 1, revision: before.revision + 1, settings: patch.merged.encoded,
      secrets: try secrets(of: patch, beside: before), updatedAt: now, updatedBy: admin.user)
    let after = try TenantSettings(record)
    let change = TenantChange(
      tenant: admin.tenant, version: record.version, at: now, by: admin.user, members: patch.changed)
    let outcome = try await parts.tenants.store.write(
      record, replacing: before.revision, change: change, answer: slot.map { kept(after, for: $0, isWritten: true) })
    switch outcome {
    case .stale: return nil
    case .answered:
      guard let slot else { preconditionFailure("an answer was kept without a key") }
      return try await firstAnswer(for: slot)
    case .done:
      await takeEffect(after, before, change, call)
      return reply(with: after, isWritten: true)
    }
  }

  private func takeEffect(_ after: TenantSettings, _ before: TenantSettings, _ change: TenantChange, _ call: Call) async
  {
    parts.tenants.book.take(after)
    // The others find it by themselves within a second, if they do not hear of it.
    try? await parts.tenants.news.tell(changed: after.tenant)
    log.info(
      "a tenant's settings were changed",
      [
        ("tenant", after.tenant.text), ("by", change.by.text), ("version", "\(after.version)"),
        ("members", change.members.prefix(20).map(\.string).joined(separator: " ")),
        ("count", "\(change.memberCount)"), ("requestId", call.request.requestID),
      ])
    let terms = parts.tenants.book.terms(by: after)
    if terms.currency != parts.tenants.book.terms(by: before).currency {
      await parts.reads.renewStatistics(of: after.tenant, in: terms)
    }
  }

  /// Nothing is written, and no version made of it.
  private func unchanged(_ settings: TenantSettings, _ slot: AnswerSlot?) async throws -> HTTPReply {
    if let slot, try await !parts.store.keep(kept(settings, for: slot, isWritten: true)) {
      return try await firstAnswer(for: slot)
    }
    return reply(with: settings, isWritten: true)
  }

  /// What a tenant has set.
  func settings(of tenant: TenantID) async throws -> TenantSettings {
    guard let record = try await parts.tenants.store.settings(of: tenant) else { return TenantSettings(noneOf: tenant) }
    do { return try TenantSettings(record) } catch {
      throw StoreError.broken("the settings of \(tenant.text) cannot be read: \(error.message)")
    }
  }

  /// What is allowed of the tenant's. Where a workflow is named, one that another process has just written counts too.
  private func rules(for request: TenantRequest, of tenant: TenantID) async throws -> TenantRules {
    if request.patch["defaultWorkflow"] != nil { try await shelf.look(at: parts.workflows) }
    return TenantRules(
      isTimeZone: { CalendarDays(timeZone: $0.string) != nil }, workflows: workflows.workflows(of: tenant).names)
  }

  /// Those that stay and those that are new, sealed.
  private func secrets(of patch: TenantPatch, beside before: TenantSettings) throws -> [TenantSecret] {
    let gone = Set(patch.goneSecrets + patch.newSecrets.map(\.path))
    var secrets = before.secrets.filter { !gone.contains($0.path) }
    do throws(SecretBox.Failure) {
      for (path, secret) in patch.newSecrets {
        secrets.append(
          TenantSecret(path: path, sealed: try parts.tenants.secrets.seal(secret, of: before.tenant, at: path)))
      }
    } catch .noKey {
      throw Refusal.noSecretsKey(patch.newSecrets.map(\.path))
    } catch {
      throw StoreError.broken("a secret cannot be sealed: \(error)")
    }
    return secrets.sorted { $0.path < $1.path }
  }

  private func conflict(_ expected: Int64, _ settings: TenantSettings) async throws -> Refusal {
    let changes =
      expected < settings.version
      ? try await parts.tenants.store.changes(
        of: settings.tenant, after: expected, limit: TenantStoreLimits.page) : []
    return .tenantVersion(expected, settings.version, changes)
  }

  // MARK: Answers

  private func kept(_ settings: TenantSettings, for slot: AnswerSlot, isWritten: Bool) -> KeptAnswer {
    KeptAnswer(
      key: slot.key, fingerprint: slot.fingerprint, status: 200, contentType: "application/json",
      body: reply(with: settings, isWritten: isWritten).body.bytes, at: parts.clock.now())
  }

  private func reply(with settings: TenantSettings, isWritten: Bool) -> HTTPReply {
    let terms = parts.tenants.book.terms(by: settings)
    var reply = HTTPReply.json { json in
      if isWritten { json.member("success", true) }
      json.name("tenant")
      json.beginObject()
      json.member("id", settings.tenant.text)
      json.member("version", settings.version)
      if let at = settings.updatedAt { json.member("updatedAt", at) }
      if let by = settings.updatedBy { json.member("updatedBy", by.text) }
      json.name("inForce")
      json.beginObject()
      json.member("defaultWorkflow", terms.workflow.rawValue)
      json.member("timeZone", terms.timeZone)
      json.member("currency", terms.currency.code)
      json.endObject()
      if case .object(let members) = settings.members {
        for member in members {
          json.name(text: member.name)
          json.value(member.value)
        }
      }
      json.endObject()
    }
    reply.headers.append(("ETag", "\"\(settings.version)\""))
    return reply
  }
}

extension TenantChange {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("version", version)
    json.member("at", at)
    json.member("by", by.text)
    json.name("members")
    json.beginArray()
    for member in members { json.string(member) }
    json.endArray()
    json.member("memberCount", Int64(memberCount))
    json.endObject()
  }
}

extension Refusal {
  fileprivate static func noSecretsKey(_ paths: [Text]) -> Refusal {
    Refusal(
      kind: .invalid, code: "secrets_key_missing",
      detail: "this hub keeps no secrets, for it has no SECRETS_KEY; nothing was written. Whoever runs it must set one",
      fields: paths.prefix(FieldProblems.limit).map {
        FieldProblem(path: $0.string, message: "is a secret, and cannot be kept without SECRETS_KEY")
      })
  }

  fileprivate static func tenantVersion(_ expected: Int64, _ version: Int64, _ changes: [TenantChange]) -> Refusal {
    var seen: Set<Text> = []
    let members = changes.flatMap(\.members).filter { seen.insert($0).inserted }.prefix(TenantChange.membersLimit)
    let by = Set(changes.map(\.by.name)).sorted().prefix(10).map(\.string).joined(separator: ", ")
    let since =
      changes.isEmpty
      ? ""
      : "; since then \(by) changed \(members.prefix(10).map(\.string).joined(separator: ", "))"
        + (members.count > 10 ? " and more" : "")
    return Refusal(
      kind: .conflict, code: "version_conflict",
      detail: "the settings are at version \(version), not \(expected)\(since)",
      facts: [.version(version), .changed(members.map(\.string))])
  }
}
