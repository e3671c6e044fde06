import HubContracts
import HubWire
import Orders

/// `PATCH /api/tenant`: the members to change, by RFC 7396, and perhaps `version`, the one that they are to change; an
/// `If-Match` header says the same.
struct TenantRequest: Sendable {
  /// The body without its `version`.
  let patch: JSON
  /// Which version the change is meant for; nil for any.
  let version: Int64?

  init(_ json: JSON, ifMatch: Text?) throws {
    var problems = FieldProblems()
    guard case .object(let members) = json else {
      problems.add("body", "an object was expected, not \(json.kind)")
      try problems.refuse()
      preconditionFailure("a problem was added and not thrown")
    }
    var named: Int64?
    switch json["version"] {
    case nil, .null?: break
    case .number(let text)?:
      named = json["version"]?.whole
      if (named ?? -1) < 0 { problems.add("version", "\(text) is no version; a whole number from 0 was expected") }
    case let other?: problems.add("version", "a number was expected, not \(other.kind)")
    }
    let matched = try ifMatch.flatMap { try IfMatch($0, of: "the settings").version }
    if let named, let matched, named != matched {
      problems.add("version", "is \(named), and If-Match says \(matched); say it once")
    }
    try problems.refuse()
    version = named ?? matched
    patch = .object(members.filter { $0.name != "version" })
  }
}
