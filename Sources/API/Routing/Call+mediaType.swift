import HubContracts
import HubWire
import Orders

extension Call {
  /// Refuses a body that the route does not take, or not in this form. Reads take none, and look at none.
  func requireItsBody() throws {
    guard request.method != .get else { return }
    try requireJSON()
    if !route.takesBody { try noBodyNeeded() }
  }

  /// Refuses a body that does not say that it is plain JSON: `application/json`, with any parameters, in no encoding.
  /// A body of which nothing is said is taken for JSON.
  private func requireJSON() throws(Problem) {
    guard route.takesBody && !route.takesNoBodyAsEmpty || !request.body.isEmpty else { return }
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

extension Call {
  /// Takes no body, or an object without members: whatever stood in one would be dropped.
  private func noBodyNeeded() throws {
    if request.body.isEmpty { return }
    var problems = FieldProblems()
    let fields = JSONFields(try json(), problems: &problems)
    fields.finish(&problems)
    try problems.refuse()
  }
}

extension Call {
  /// The bodies that say the same as this one: it alone; or, if it says nothing and the route takes no body, or none for an
  /// empty one, also none and an object without members. The first of them is kept with an answer: the body as it came, as
  /// versions before kept it, but for blanks.
  var bodiesOfOneMeaning: [[UInt8]] {
    let (body, empty) = (request.body, Array("{}".utf8))
    guard !route.takesBody || route.takesNoBodyAsEmpty else { return [body] }
    let said = Array(body.lazy.filter { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }.prefix(3))
    guard said.isEmpty || said == empty else { return [body] }
    return (body.isEmpty ? [[], empty] : [empty, []]) + ([[], empty].contains(body) ? [] : [body])
  }
}

extension Text {
  /// What stands before the parameters, without the blanks around it.
  fileprivate var mediaType: Text { Text(Substring(utf8.prefix { $0 != UInt8(ascii: ";") })).trimmed }
}
