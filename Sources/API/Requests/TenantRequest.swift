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
    let matched = try ifMatch.flatMap(Self.version)
    if let named, let matched, named != matched {
      problems.add("version", "is \(named), and If-Match says \(matched); say it once")
    }
    try problems.refuse()
    version = named ?? matched
    patch = .object(members.filter { $0.name != "version" })
  }

  /// `"7"`, or `*` for any.
  private static func version(_ header: Text) throws -> Int64? {
    let text = header.trimmed
    if text == "*" { return nil }
    let bytes = Array(text.utf8.prefix(32))
    guard bytes.count >= 3, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\""),
      bytes.dropFirst().dropLast().allSatisfy({ (0x30...0x39).contains($0) }),
      let version = Int64(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self))
    else {
      throw Problem(
        status: 400, code: "invalid_if_match",
        detail: "If-Match is \(text.start(64)); the ETag of the settings was expected, as in \"7\"")
    }
    return version
  }
}
