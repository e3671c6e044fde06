import HubContracts
import Orders

extension JobKey {
  /// What is unique in the collection.
  var text: Text { "\(orderID):\(name)" }
}

extension Job: Document {
  /// A job that waits has a time from which it may be claimed, `ready`; one that is claimed has `claim` too.
  func write(to writer: inout BSONWriter) throws(BSONError) {
    writer.identifier("_id", id)
    try writeFields(to: &writer)
    if state != .discarded, let key { writer.string("timer", key.text) }
    writer.optionalString("lastError", lastError)
    writer.optionalDate("diedAt", diedAt)
    if let discard { discard.write(to: &writer) }
  }

  /// A statement that starts a timer: a new one, or the one that is there, anew.
  func writeStart(to writer: inout BSONWriter) throws(BSONError) {
    guard let key, state == .waiting else { throw .wrong("a timer that does not wait") }
    writer.document("q") { $0.string("timer", key.text) }
    try writer.document("u") { writer throws(BSONError) in
      try writer.document("$set", writeFields)
      writer.document("$setOnInsert") { $0.identifier("_id", id) }
      writer.document("$unset") { for field in Self.traces { $0.int32(field, 1) } }
    }
    writer.bool("upsert", true)
  }

  /// What a job has only after it was tried.
  static let traces: [StaticString] = ["claim", "lastError", "diedAt", "discard", "expiresAt"]

  private func writeFields(to writer: inout BSONWriter) throws(BSONError) {
    guard (1...Self.nameLimitBytes).contains(name.utf8.count) else { throw .wrong("a job's name") }
    guard payload.count <= Self.payloadLimitBytes else { throw .wrong("a job's payload of \(payload.count) bytes") }
    writer.tenant("tenantId", tenantID)
    writer.string("kind", kind.word)
    writer.string("name", name)
    if let orderID { writer.identifier("orderId", orderID) }
    writer.date("due", due)
    if state == .waiting { writer.date("ready", due) }
    writer.int64("attempts", attempts)
    writer.string("state", state.rawValue)
    writer.binary("payload", payload)
    writer.date("createdAt", createdAt)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Job {
    let id = try reader.identifier("_id", Job.self)
    let tenant = try reader.tenant("tenantId")
    guard let kind = JobKind(try reader.string("kind")) else { throw .wrong("kind") }
    let name: Text = try reader.string("name")
    let order = try reader.optionalIdentifier("orderId", Order.self)
    let due = try reader.date("due")
    let attempts = try reader.integer("attempts")
    let state = try reader.word("state", JobState.self)
    // A list leaves it out.
    let payload = try reader.find("payload") == nil ? [] : reader.octets("payload")
    var job = Job(
      id: id, tenantID: tenant, kind: kind, name: name, orderID: order, due: due, payload: payload,
      createdAt: try reader.date("createdAt"))
    job.attempts = attempts
    job.state = state
    job.lastError = try reader.optionalString("lastError")
    job.diedAt = try reader.optionalDate("diedAt")
    job.discard = try reader.optionalDocument("discard").map { document throws(BSONError) in
      var document = document
      return try Job.Discard.read(&document)
    }
    return job
  }
}

extension Job.Discard {
  /// The member, and until when the job is kept.
  func write(to writer: inout BSONWriter) {
    writer.document("discard") {
      $0.string("reason", reason)
      $0.user("by", by)
      $0.date("at", at)
    }
    let (end, isLate) = at.millis.addingReportingOverflow(JobQuery.discardedDays * 86_400_000)
    writer.date("expiresAt", Timestamp(millis: isLate ? .max : end))
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Job.Discard {
    Job.Discard(reason: try reader.string("reason"), by: try reader.user("by"), at: try reader.date("at"))
  }
}

extension JobPlace {
  static func read(_ reader: inout BSONReader) throws(BSONError) -> JobPlace {
    JobPlace(
      id: try reader.identifier("_id", Job.self), tenant: try reader.tenant("tenantId"),
      ready: try reader.date("ready"))
  }
}
