import HubContracts
import HubWire
import Orders

/// What `GET /api/operations/queue` and `…/dead-letters` ask for.
struct JobListRequest {
  /// The words of `state` among the dead letters.
  static let deadStates = [JobState.dead.rawValue, JobState.discarded.rawValue]

  let query: JobQuery

  /// The waiting jobs; or those that do not wait, by their `state`.
  init(_ pairs: [(name: Text, value: Text)], tenant: TenantID, ofDead: Bool) throws(Refusal) {
    var problems = FieldProblems()
    let known: [Text] = ["kind", "name", "cursor", "limit"] + (ofDead ? ["state"] : [])
    var values = QueryValues(pairs, known: known, &problems)
    var query = JobQuery(
      tenant: tenant, state: ofDead ? .dead : .waiting, limit: values.integer("limit", 1...100, &problems) ?? 20)
    if ofDead, let word = values.choice("state", Self.deadStates, &problems) {
      query.state = JobState(Text(word)) ?? .dead
    }
    if let word = values.take("kind") {
      query.kind = JobKind(word)
      if query.kind == nil { problems.add("kind", "1 to 40 of a-z, 0-9, _ and - were expected, as in timer") }
    }
    if let name = values.take("name") {
      query.name = name
      if name.utf8.count > Job.nameLimitBytes {
        problems.add("name", "has \(name.utf8.count) bytes; at most \(Job.nameLimitBytes) are allowed")
      }
    }
    if let text = values.take("cursor") {
      query.after = JobCursor(text: text)
      let isOfThisList =
        query.after.map { (query.kind ?? $0.kind) == $0.kind && (query.name ?? $0.name) == $0.name } ?? false
      if !isOfThisList { problems.add("cursor", "is not one that a page of this list gave as nextCursor") }
    }
    try problems.refuse()
    self.query = query
  }
}

/// `POST /api/operations/dead-letters/:id/discard`: `{"reason"}`
struct DiscardRequest {
  let reason: Text

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let given = fields.isAbsent("reason") ? nil : fields.string("reason", &problems)
    reason = given ?? ""
    if fields.isAbsent("reason") {
      problems.add("reason", "is required")
    } else if let problem = given?.defectOfReason {
      problems.add("reason", problem)
    }
    fields.finish(&problems)
    try problems.refuse()
  }
}

extension JobCursor {
  /// Milliseconds, the job's id, its kind, and its name in hex, with dots between.
  var text: String {
    let hex = name.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    return "\(due.millis).\(id).\(kind).\(hex)"
  }

  init?(text: Text) {
    guard text.utf8.count <= 300 else { return nil }
    let parts = text.split(on: UInt8(ascii: "."))
    guard parts.count == 4, let millis = Int64(parts[0].string), let id = JobID(parts[1]),
      let kind = JobKind(parts[2]), let name = Text(hex: parts[3])
    else { return nil }
    self.init(kind: kind, name: name, due: Timestamp(millis: millis), id: id)
  }
}

extension Text {
  /// UTF-8 in lower-case hex.
  fileprivate init?(hex: Text) {
    var bytes: [UInt8] = []
    var rest = hex.utf8[...]
    while let high = rest.popFirst() {
      guard let low = rest.popFirst(), let high = Self.digit(high), let low = Self.digit(low) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.init(validating: bytes)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
