import Orders

/// An `If-Match` header, where versions are whole numbers: `"7"`, or `*` for any.
enum IfMatch: Equatable {
  case any
  case version(Int64)

  /// Refuses with 400 what is neither: a weak one, several, or none of ours. `what` as in `the settings`.
  init(_ header: Text, of what: String) throws {
    let text = header.trimmed
    if text == "*" {
      self = .any
      return
    }
    let bytes = Array(text.utf8.prefix(32))
    guard bytes.count >= 3, text.utf8.count == bytes.count, bytes.first == UInt8(ascii: "\""),
      bytes.last == UInt8(ascii: "\""),
      bytes.dropFirst().dropLast().allSatisfy({ (0x30...0x39).contains($0) }),
      let version = Int64(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self))
    else {
      throw Problem(
        status: 400, code: "invalid_if_match",
        detail: "If-Match is \(text.start(64)); the ETag of \(what) was expected, as in \"7\"")
    }
    self = .version(version)
  }

  /// The version that it names.
  var version: Int64? { if case .version(let version) = self { version } else { nil } }
}
