import HubContracts
import HubRuntime
import HubWire
import OrderDesk
import Orders

/// What the caller's tenant has that is to be done later or elsewhere, for its admins.
extension OrderAPI {
  func jobQueue(_ call: Call) async throws -> HTTPReply {
    let query = try JobListRequest(call.request.query, tenant: call.actor().tenant, ofDead: false).query
    let counts = try await parts.jobs.jobCounts(of: query.tenant)
    let jobs = try await parts.jobs.jobs(query)
    return .json(capacity: 256 + jobs.count * 512) { json in
      json.member("counts", counts) { $1.write(to: &$0) }
      json.member("jobs", jobs) { $1.write(to: &$0) }
      json.pagination(jobs, limit: query.limit)
    }
  }

  func deadLetters(_ call: Call) async throws -> HTTPReply {
    let query = try JobListRequest(call.request.query, tenant: call.actor().tenant, ofDead: true).query
    let jobs = try await parts.jobs.jobs(query)
    return .json(capacity: 128 + jobs.count * 512) { json in
      json.member("deadLetters", jobs) { $1.write(to: &$0) }
      json.pagination(jobs, limit: query.limit)
    }
  }

  func retryDeadLetter(_ call: Call) async throws -> HTTPReply {
    let (id, tenant) = (try call.deadLetter(), try call.actor().tenant)
    return try await write(call, id, "released") { try await $0.release(id, tenant: tenant, answer: $1) }
  }

  func discardDeadLetter(_ call: Call) async throws -> HTTPReply {
    let reason = try await read(call) { try DiscardRequest($0) }.reason
    let (id, actor) = (try call.deadLetter(), try call.actor())
    let discard = Job.Discard(reason: reason, by: actor.user, at: parts.clock.now())
    return try await write(call, id, "discarded", reason) {
      try await $0.discard(id, tenant: actor.tenant, discard, answer: $1)
    }
  }

  /// Writes a dead letter, and the answer with it that is kept for the call's key. The log says who did what.
  private func write(
    _ call: Call, _ id: JobID, _ deed: String, _ reason: Text = "",
    _ write: (any JobLedger, JobAnswer?) async throws -> DeadLetterOutcome
  ) async throws -> HTTPReply {
    let slot = call.answerSlot
    switch try await write(parts.jobs, slot.map { answer(for: $0) }) {
    case .done(let job):
      log.info(
        "a dead letter was \(deed)",
        [
          ("tenant", job.tenantID.text), ("job", "\(job.id)"), ("kind", "\(job.kind)"),
          ("name", job.name.start(Job.nameLimitBytes)), ("by", call.caller?.user.text ?? "-"),
          ("reason", reason.start(Job.errorLimitBytes)), ("requestId", call.request.requestID),
        ])
      return Self.reply(job)
    case .answered:
      guard let slot else { preconditionFailure("an answer was kept without a key") }
      return try await firstAnswer(for: slot)
    case .unknown: throw Refusal.noDeadLetter("\(id)")
    case .notDead(let job): throw Refusal.notDead(job)
    }
  }

  private func answer(for slot: AnswerSlot) -> JobAnswer {
    let now = parts.clock.now()
    return { job in
      KeptAnswer(
        key: slot.key, fingerprint: slot.fingerprint, status: 200, contentType: "application/json",
        body: Self.reply(job).body.bytes, at: now)
    }
  }

  private static func reply(_ job: Job) -> HTTPReply {
    .json { json in
      json.member("success", true)
      json.name("job")
      job.write(to: &json)
    }
  }
}

extension Call {
  fileprivate func deadLetter() throws -> JobID {
    guard let id = JobID(parameters[0]) else { throw Refusal.noDeadLetter(parameters[0]) }
    return id
  }
}

extension JobCount {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("kind", kind.word)
    json.member("state", state.rawValue)
    json.member("count", count)
    json.member("isCapped", isCapped)
    json.member("oldestDue", oldestDue)
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func pagination(_ jobs: [Job], limit: Int) {
    name("pagination")
    beginObject()
    member("limit", Int64(limit))
    member("nextCursor", jobs.count == limit ? jobs.last.map { JobCursor($0).text } : nil)
    endObject()
  }
}

extension Refusal {
  fileprivate static func noDeadLetter(_ id: Text) -> Refusal {
    Refusal(kind: .notFound, code: "dead_letter_not_found", detail: "there is no dead letter \"\(id.start(64))\"")
  }

  fileprivate static func notDead(_ job: Job) -> Refusal {
    let how =
      switch job.state {
      case .waiting, .dead: "it waits to be done, and is tried by itself when it is due"
      case .discarded: "it was discarded by \(job.discard?.by.text ?? "somebody"), and is kept only to be looked at"
      }
    return Refusal(
      kind: .conflict, code: "not_a_dead_letter", detail: "Job \(job.id) is no dead letter: \(how).")
  }
}
