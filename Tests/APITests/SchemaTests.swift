import HubContracts
import Orders
import Testing

@testable import API
@testable import HubWire

/// The description beside what it describes.
@Suite struct SchemaTests {
  private static let schemas: [Text: JSON] = OpenAPISchemas.all(.builtIn).reduce(into: [:]) {
    $0[Text($1.name)] = try? JSONParser.parse(Array($1.schema.json.utf8))
  }

  @Test func everyObjectIsClosedAndEveryListSaysOfWhat() {
    #expect(Self.schemas.count == OpenAPISchemas.all(.builtIn).count, "each is JSON")
    // What it holds beside the description of the API is OpenAPI's.
    for (name, schema) in Self.schemas where name != "Description" {
      for part in Self.parts(of: schema) {
        switch part["type"] {
        case .string("object"), .array([.string("object"), .string("null")]):
          #expect(part["additionalProperties"] != nil, "\(name)")
        case .string("array"): #expect(part["items"] != nil, "\(name)")
        default: break
        }
      }
    }
  }

  @Test func everyTypeOfEventIsDescribedOnce() {
    let described = OpenAPISchemas.data.map(\.type)
    #expect(described.count == EventType.allCases.count)
    #expect(Set(described) == Set(EventType.allCases))
  }

  @Test func theWordsAreThoseOfTheCode() {
    func words(_ name: Text) -> JSON? { Self.schemas[name]?["enum"] ?? Self.schemas[name]?["examples"] }
    #expect(words("DeliveryStatus") == .array(DeliveryStatus.allCases.map { .string(Text($0.rawValue)) }))
    #expect(words("EventType") == .array(EventType.allCases.map { .string($0.name) }))
    #expect(
      words("OrderStatus")
        == .array(Workflows.builtIn.statuses.map { .string(Text($0.rawValue)) }))
    #expect(
      Self.schemas["NewDelivery"]?["properties"]?["status"]?["enum"]
        == .array([.string("pending"), .string("dispatched"), .string("delivered"), .null]))
    // Where a delivery may go there is no way back to.
    #expect(
      Self.schemas["DeliveryStatusChange"]?["properties"]?["status"]?["enum"]
        == .array(["dispatched", "delivered", "cancelled", "failed"].map { .string($0) }))
  }

  @Test func whatIsAlwaysThereIsShownToCustomersToo() throws {
    for (name, showing) in SightTable.answers {
      try expect(showing, toShow: try #require(Self.schemas[Text(name)]), name)
    }
    for (type, columns) in SightTable.events {
      let members = try #require(OpenAPISchemas.data.first { $0.type == type }?.members)
      let schema = try JSONParser.parse(Array(Schema.object(members).json.utf8))
      try expect(.object(columns), toShow: schema, type.rawValue)
    }
  }

  /// That members which are described are decided about, and that those which only the staff see are not described as
  /// always there, nor others as sometimes for that reason.
  private func expect(_ showing: Showing, toShow schema: JSON, _ path: String) throws {
    let schema = Self.resolved(schema)
    switch showing {
    case .value, .sellersToo, .staffOnly, .event: break
    case .list(let inner): try expect(inner, toShow: try #require(schema["items"], "\(path)"), path + "[]")
    case .map(let inner):
      try expect(inner, toShow: try #require(schema["additionalProperties"], "\(path)"), path + "{}")
    case .object(let columns):
      let members = Self.names(schema["properties"])
      #expect(columns.rows.map { Text("\($0.name)") }.sorted() == members.sorted(), "\(path)")
      for (name, showing) in columns.rows {
        let member = Text("\(name)")
        let inner = try #require(schema["properties"]?[member], "\(path).\(name)")
        let isStaffs = inner["description"] == .string("for the staff; customers are not shown it")
        if case .staffOnly = showing {
          #expect(isStaffs, "\(path).\(name)")
          #expect(schema["required"]?.items.contains(.string(member)) == false, "\(path).\(name)")
        } else {
          #expect(!isStaffs, "\(path).\(name)")
          try expect(showing, toShow: inner, "\(path).\(name)")
        }
      }
    }
  }

  @Test(arguments: [
    ("GET", "/api/orders", [400, 401, 403, 413, 422, 429, 431, 500, 503]),
    ("POST", "/api/orders", [400, 401, 403, 409, 413, 415, 422, 429, 431, 500, 503]),
    ("PATCH", "/api/orders/:id/cancel", [400, 401, 403, 404, 409, 413, 415, 422, 429, 431, 500, 503]),
    ("PATCH", "/api/orders/:id", [400, 401, 403, 404, 409, 413, 415, 422, 428, 429, 431, 500, 503]),
    ("GET", "/api/changes", [400, 401, 403, 410, 413, 422, 429, 431, 500, 503]),
    ("POST", "/api/auth/login", [400, 401, 413, 415, 422, 429, 431, 500, 503]),
    ("POST", "/api/auth/logout", [400, 413, 415, 422, 429, 431, 500, 503]),
    ("GET", "/healthz", [400, 413, 431, 500, 503]),
  ]) func aRouteNamesTheStatusesOfItsProblems(method: String, pattern: String, statuses: [Int]) throws {
    let route = try #require(OrderAPI.routes.first { $0.method.rawValue == method && $0.pattern == pattern })
    #expect(route.refusals.sorted() == statuses)
    let description = try JSONParser.parse(OpenAPI.describe([route], .builtIn, version: "1"))
    let operation = description["paths"]?[Text(OpenAPI.path(route))]?[Text(method.lowercased())]
    let described = Self.names(operation?["responses"])
    #expect(described.sorted() == (statuses + [414, route.success.status]).map { "\($0)" }.sorted())
    for status in statuses {
      let content = operation?["responses"]?["\(status)"]?["content"]
      let page: [Text] = status == 400 || status == 431 ? ["text/html"] : []
      #expect(Self.names(content) == ["application/problem+json"] + page, "\(status)")
    }
    #expect(Self.names(operation?["responses"]?["414"]?["content"]) == ["text/html"])
  }

  @Test func aProcessThatIsNotReadySaysSoInItsOwnWords() throws {
    let description = try JSONParser.parse(OpenAPI.describe(OrderAPI.routes, .builtIn, version: "1"))
    let content = description["paths"]?["/readyz"]?["get"]?["responses"]?["503"]?["content"]
    #expect(Self.names(content) == ["application/json", "application/problem+json"])
  }

  // MARK: Parts of a schema

  private static func parts(of json: JSON) -> [JSON] {
    switch json {
    case .object(let members): [json] + members.flatMap { parts(of: $0.value) }
    case .array(let items): items.flatMap(parts)
    case .null, .bool, .number, .string: []
    }
  }

  /// What a reference refers to; of a choice between something and null the something.
  private static func resolved(_ schema: JSON) -> JSON {
    if case .array(let choices)? = schema["oneOf"], let first = choices.first { return resolved(first) }
    guard case .string(let reference)? = schema["$ref"] else { return schema }
    return schemas[Text(reference.string.dropFirst(21))].map(resolved) ?? .null
  }

  private static func names(_ json: JSON?) -> [Text] {
    if case .object(let members)? = json { members.map(\.name) } else { [] }
  }
}
