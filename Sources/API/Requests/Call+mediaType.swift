import HubContracts
import Orders

extension Call {
  /// Refuses a body that does not say that it is plain JSON: `application/json`, with any parameters, in no encoding.
  /// A body of which nothing is said is taken for JSON; one that nobody reads may be anything.
  func requireJSON() throws(Problem) {
    let takesBody = if case .some = route.body { true } else { false }
    let wantsBody = takesBody && !route.takesNoBodyAsEmpty
    guard request.method != .get, wantsBody || !request.body.isEmpty else { return }
    if let type = request.header("Content-Type"), !type.mediaType.isWord("application/json") {
      throw Problem(
        status: 415, code: "unsupported_media_type",
        detail: "the body is \(type.start(80)); application/json is expected")
    }
    if let encoding = request.list("Content-Encoding"), !encoding.mediaType.isWord("identity") {
      throw Problem(
        status: 415, code: "unsupported_media_type",
        detail: "the body's encoding is \(encoding.start(80)); none is expected")
    }
  }
}

extension Text {
  /// What stands before the parameters, without the blanks around it.
  fileprivate var mediaType: Text { Text(Substring(utf8.prefix { $0 != UInt8(ascii: ";") })).trimmed }
}
