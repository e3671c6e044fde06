import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

/// What `/openapi.json` says that routes answer, to hold answers against it.
struct Description: Sendable {
  private let operations: [Operation]
  private let check: SchemaCheck

  private struct Operation: Sendable {
    var method: Text
    var path: Text
    var segments: [Text]
    var responses: JSON
    var literals: Int { segments.count { !$0.hasPrefix("{") } }
  }

  /// Reads a description.
  init(_ text: String) throws {
    let document = try JSONParser.parse(Array(text.utf8))
    check = try SchemaCheck(document)
    operations = Self.members(document["paths"]).flatMap { path in
      Self.members(path.value).map { method in
        Operation(
          method: Text(method.name.string.uppercased()), path: path.name, segments: Self.segments(of: path.name),
          responses: method.value["responses"] ?? .null)
      }
    }
  }

  private static let known = Locked<Description?>(nil)

  /// That of the hub under test, which is asked once; all processes are of one program. It blocks.
  static func ofHub(at port: Int) throws -> Description {
    try known.with { known throws -> Description in
      if let known { return known }
      let client = try RawClient(port: port)
      client.isWatched = false
      try client.request("GET", "/openapi.json", headers: ["Connection: close"])
      let description = try Description(client.answer().body)
      known = description
      return description
    }
  }

  /// Holds what api processes answer to a `RawClient` against the description, once it is known.
  static let watch: @Sendable (String, String, RawClient.Answer) -> Void = { method, target, answer in
    guard let known = known.with({ $0 }) else { return }
    record(known.breaches(method, target, Reply(answer)))
  }

  /// Fails the test.
  static func record(_ breaches: [String]) {
    if !breaches.isEmpty { Issue.record("\(breaches.prefix(5).joined(separator: "\n"))") }
  }

  /// Where an answer is not what is described, each as
  /// `GET /api/orders/{id} 200 $.order.total: null was found; number is described`.
  ///
  /// What is for no route may be any problem, and anything without a body.
  func breaches(_ method: String, _ target: String, _ reply: Reply) -> [String] {
    let place =
      operation(method, target).map { "\($0.method) \($0.path)" } ?? "\(method) \(target.prefix(80)) (no route)"
    return breaches(method, target, of: reply).map { "\(place) \(reply.status) \($0)" }
  }

  private func breaches(_ method: String, _ target: String, of reply: Reply) -> [String] {
    let type = Text(Substring(reply.mediaType))
    guard let operation = operation(method, target) else {
      if reply.text.isEmpty { return [] }
      guard type == "application/problem+json" else { return ["is \(type); a problem is described"] }
      return check.breaches(of: reply, by: check.schemas["Problem"] ?? .null)
    }
    guard let response = operation.responses["\(reply.status)"] else {
      let described = Self.members(operation.responses).map(\.name.string).joined(separator: ", ")
      return ["is a status that is not described; \(described) are. It came with \(reply.text.prefix(200))"]
    }
    let content = response["content"]
    if reply.text.isEmpty, type.isEmpty, Self.members(content).isEmpty { return [] }
    guard let schema = content?[type]?["schema"] else {
      return ["is \(type); \(Self.members(content).map(\.name.string).joined(separator: ", ")) is described"]
    }
    return method == "HEAD" ? [] : check.breaches(of: reply, by: schema)
  }

  /// The operation that a request is for; a path with a literal segment goes before one with a parameter there, whatever
  /// its methods.
  private func operation(_ method: String, _ target: String) -> Operation? {
    let segments = Self.segments(of: Text(target.prefix { $0 != "?" }))
    let wanted: Text = method == "HEAD" ? "GET" : Text(method)
    let fitting = operations.filter { operation in
      operation.segments.count == segments.count
        && zip(operation.segments, segments).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
    }
    let most = fitting.map(\.literals).max()
    return fitting.first { $0.literals == most && $0.method == wanted }
  }

  private static func segments(of path: Text) -> [Text] { Array(path.split(on: UInt8(ascii: "/")).dropFirst()) }

  private static func members(_ json: JSON?) -> [JSON.Member] {
    if case .object(let members)? = json { members } else { [] }
  }
}

extension Reply {
  /// `application/json`, without parameters; empty if there is none.
  fileprivate var mediaType: String {
    String((headers["content-type"] ?? "").prefix { $0 != ";" }.filter { $0 != " " }).lowercased()
  }
}

extension SchemaCheck {
  fileprivate func breaches(of reply: Reply, by schema: JSON) -> [String] {
    if reply.mediaType.hasPrefix("text/") || reply.mediaType == "image/svg+xml" {
      return breaches(of: .string(Text(reply.text)), by: schema)
    }
    do {
      return breaches(of: try JSONParser.parse(Array(reply.text.utf8)), by: schema)
    } catch {
      return ["is no JSON: \(error.message) at byte \(error.offset)"]
    }
  }
}
