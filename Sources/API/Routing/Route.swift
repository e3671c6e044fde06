import HubContracts
import OrderDesk
import Orders

/// One row of the route table.
struct Route: Sendable {
  /// Who may call it.
  enum Access: Sendable, Equatable {
    /// Anyone, without a token.
    case open
    /// These roles.
    case roles(Set<Role>)
    /// Whoever has a token, for what is about itself alone: it is given all of the answer.
    case person
    /// Staff, and a customer, a seller or a kiosk for what is its own: of the answer it sees what the table of its schema
    /// shows.
    case staffOrOwner
  }

  let method: HTTPMethod
  /// `/api/orders/:id/remaining`
  let pattern: String
  let access: Access
  /// One line, for the description.
  let summary: String
  /// The query's names that it knows; others are refused.
  var query: [Parameter] = []
  /// The name of the request body's schema, if it takes one.
  var body: String?
  /// Whether it may come without that body.
  var bodyIsOptional = false
  /// The most bytes of that body, if fewer than the operator allows.
  var bodyLimit = Int.max
  /// The status of success, and its body's schema.
  let success: (status: Int, schema: String)
  /// What else it answers that is no problem.
  var otherAnswers: [(status: Int, schema: String)] = []
  /// The statuses of its problems that follow from nothing else that is said here.
  var ownRefusals: Set<Int> = []
  /// Whether it takes an Idempotency-Key.
  var isKeyed = false
  /// Whether it may be told by `If-Match` which version it is meant for, which is then a part of what is asked.
  var isVersioned = false
  /// Whether a password or another secret stands in its body.
  var takesPassword = false
  let handler: @Sendable (OrderAPI, Call) async throws -> HTTPReply

  /// A parameter of the query.
  struct Parameter: Sendable {
    let name: String
    let summary: String
    var schema = Schema.text
  }

  /// Whether no body is the same as an object without members: none of them must be there.
  var takesNoBodyAsEmpty: Bool { body.map { OpenAPISchemas.emptyBodies.contains(Text($0)) } ?? false }

  /// Whether it is for those who run the hub, and not for those who use it.
  var isOperators: Bool { !pattern.hasPrefix("/api/") }

  /// Whether its first parameter is an order's id, in the place of which its number may stand.
  var namesOrder: Bool { pattern == "/api/orders/:id" || pattern.hasPrefix("/api/orders/:id/") }

  /// Whether its parameters are identities; a product's id and a user's name are texts, whose case matters.
  var takesIdentities: Bool {
    !pattern.hasPrefix("/api/products/") && !pattern.hasPrefix("/api/users/") && !pattern.hasPrefix("/docs/")
  }

  /// The most bytes that a body may have where nobody has said who he is, or where none is asked for.
  static let smallBodyBytes = 16_384

  /// How many bytes a body may have, where the operator allows `configured`.
  func bodyLimitBytes(_ configured: Int) -> Int {
    access == .open || body == nil || bodyIsOptional
      ? min(configured, Self.smallBodyBytes) : min(configured, bodyLimit)
  }

  /// Whether it takes a body, be it one that may be missing.
  var takesBody: Bool { if case .some = body { true } else { false } }

  var segments: [Text] { Text(pattern).split(on: UInt8(ascii: "/")).filter { !$0.isEmpty } }
}

/// A request on its way to a handler.
struct Call: Sendable {
  let request: HTTPRequest
  /// The values of the pattern's parameters, in order, percent-decoded; an order's id in the place of its number.
  var parameters: [Text]
  /// What the token says; nil on open routes.
  let claims: TokenClaims?
  let route: Route
  /// The number by which the path names its order, if it does.
  var orderNumber: Text?
  /// Where the answer goes; nil without an `Idempotency-Key`.
  var answerSlot: AnswerSlot?

  /// Who asks; nil on open routes.
  var caller: Actor? { claims?.actor }

  /// Who asks, on routes that need a token.
  func actor() throws -> Actor {
    guard let caller else { preconditionFailure("\(route.pattern) is open and asks who calls") }
    return caller
  }

  /// The method and what the path means, the same however the path is spelt: escapes are resolved, and identities are
  /// written in lower case.
  var canonicalRoute: Text {
    let values = parameters.map { text in
      // What is no identity stays as it is, and the handler refuses it. Whose identity it is does not matter here.
      let value = route.takesIdentities ? Identifier<Order>(text).map { "\($0)" } ?? text.string : text.string
      return "\(value.utf8.count):\(value)"
    }
    return Text(([route.method.rawValue, route.pattern] + values).joined(separator: " "))
  }

  /// A parameter that is an entity's identity; one that is not 24 hex digits names nothing that exists.
  func id<Entity>(_ index: Int, _ what: String) throws -> Identifier<Entity> {
    guard let id = Identifier<Entity>(parameters[index]) else {
      throw Problem(
        status: 404, code: "\(what)_not_found", detail: "there is no \(what) \"\(parameters[index].start(64))\"")
    }
    return id
  }
}

/// The route table, found by the path's segments.
struct RouteTable: Sendable {
  let routes: [Route]
  private let root: Node

  private struct Node: Sendable {
    var literals: [Text: Node] = [:]
    var parameter: [Node] = []
    var methods: [HTTPMethod: Int] = [:]
  }

  enum Match {
    case route(Route, parameters: [Text])
    case noSuchPath
    case otherMethods([HTTPMethod])
  }

  init(_ routes: [Route]) {
    self.routes = routes
    var root = Node()
    for (index, route) in routes.enumerated() {
      Self.insert(route.segments[...], route.method, index, into: &root)
    }
    self.root = root
  }

  private static func insert(
    _ segments: ArraySlice<Text>, _ method: HTTPMethod, _ index: Int, into node: inout Node
  ) {
    guard let first = segments.first else {
      precondition(node.methods[method] == nil, "two routes of one method and path")
      node.methods[method] = index
      return
    }
    if first.hasPrefix(":") {
      if node.parameter.isEmpty { node.parameter.append(Node()) }
      insert(segments.dropFirst(), method, index, into: &node.parameter[0])
    } else {
      insert(segments.dropFirst(), method, index, into: &node.literals[first, default: Node()])
    }
  }

  /// The route of a method and path. A literal segment goes before a parameter.
  func match(_ method: HTTPMethod, _ path: Text) -> Match {
    guard let segments = Self.segments(of: path), let (node, parameters) = find(segments, in: root, []),
      !node.methods.isEmpty
    else { return .noSuchPath }
    guard let index = node.methods[method] else { return .otherMethods(Array(node.methods.keys)) }
    return .route(routes[index], parameters: parameters)
  }

  /// What stands between the slashes; nil if a segment is empty, so that a path has one spelling.
  private static func segments(of path: Text) -> ArraySlice<Text>? {
    guard path.hasPrefix("/") else { return nil }
    if path == "/" { return [] }
    // At most a hundred segments are looked at; no route has as many.
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 100, omittingEmptySubsequences: false)
    let segments = parts.map { Text(Substring($0)) }.dropFirst()
    return segments.contains(where: \.isEmpty) ? nil : segments
  }

  private func find(_ segments: ArraySlice<Text>, in node: Node, _ parameters: [Text]) -> (Node, [Text])? {
    guard let first = segments.first else { return node.methods.isEmpty ? nil : (node, parameters) }
    if let next = node.literals[first], let found = find(segments.dropFirst(), in: next, parameters) {
      return found
    }
    guard let next = node.parameter.first, let value = first.percentDecoded else { return nil }
    return find(segments.dropFirst(), in: next, parameters + [value])
  }
}

extension Text {
  /// The text with its percent escapes resolved; nil if one is broken, or it is not UTF-8.
  var percentDecoded: Text? {
    guard utf8.contains(UInt8(ascii: "%")) else { return self }
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(),
        let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), high != UInt8(ascii: "+")
      else { return nil }
      bytes.append(value)
    }
    return Text(validating: bytes)
  }
}
