import HubContracts

extension Call {
  /// Refuses a body that does not say that it is plain JSON: `application/json`, with any parameters, in no encoding.
  /// A body of which nothing is said is taken for JSON; one that nobody reads may be anything.
  func requireJSON() throws(Problem) {
    guard request.method != .get, route.body != nil || !request.body.isEmpty else { return }
    if let type = request.header("Content-Type"), type.mediaType != "application/json" {
      throw Problem(
        status: 415, code: "unsupported_media_type",
        detail: "the body is \(type.prefix(80)); application/json is expected")
    }
    if let encoding = request.header("Content-Encoding"), encoding.mediaType != "identity" {
      throw Problem(
        status: 415, code: "unsupported_media_type",
        detail: "the body's encoding is \(encoding.prefix(80)); none is expected")
    }
  }
}

extension String {
  /// What stands before the parameters, in lower case and without the blanks around it.
  fileprivate var mediaType: String {
    let blanks: Set<Character> = [" ", "\t"]
    let name = prefix { $0 != ";" }.drop(while: blanks.contains)
    return String(name.reversed().drop(while: blanks.contains).reversed()).lowercased()
  }
}
