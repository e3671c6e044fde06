import HubContracts
import HubWire
import Orders
import Testing

@testable import API

@Suite struct RouteTests {
  @Test func everyPathLeadsToItsOwnRoute() {
    let table = RouteTable(OrderAPI.routes)
    for route in OrderAPI.routes {
      let path =
        "/" + route.segments.map { $0.hasPrefix(":") ? "0123456789abcdef01234567" : $0.string }.joined(separator: "/")
      guard case .route(let found, let parameters) = table.match(route.method, Text(path)) else {
        Issue.record("\(route.method) \(path) leads nowhere")
        continue
      }
      #expect(found.pattern == route.pattern && found.method == route.method)
      #expect(parameters.count == route.segments.count { $0.hasPrefix(":") })
    }
    let shapes = OrderAPI.routes.map { route in
      route.method.rawValue + " " + route.segments.map { $0.hasPrefix(":") ? ":" : $0.string }.joined(separator: "/")
    }
    #expect(Set(shapes).count == shapes.count)
  }

  @Test func unknownPathsAndMethodsAreToldApart() {
    let table = RouteTable(OrderAPI.routes)
    for path in [
      "/api", "/api/", "//", "//api/orders", "/api//orders", "/api/orders/", "/api/orders//", "/api/orders//remaining",
      "/api/products//stock", "/healthz/", "/api/orders/1/2/3", "", "api/orders", "/api/orders/x/nothing",
      "/api/orders/%zz", "/api/orders/%", "/docs/", "/docs//rest", "/docs/rest/", "/docs/../openapi.json",
      "/docs/rest/x",
    ] as [Text] {
      guard case .noSuchPath = table.match(.get, path) else {
        Issue.record("\(path) leads somewhere")
        continue
      }
    }
    guard case .otherMethods(let methods) = table.match(.delete, "/api/orders") else {
      Issue.record("DELETE /api/orders leads somewhere")
      return
    }
    #expect(Set(methods) == [.get, .post])
  }

  @Test(arguments: [
    ("a%20b", "a b"), ("%2F", "/"), ("%C3%BC", "ü"), ("a+b", "a+b"), ("%e2%82%ac", "€"), ("%00", "\0"),
  ]) func aParameterIsPercentDecoded(text: String, decoded: String) throws {
    guard case .route(let route, let parameters) = RouteTable(OrderAPI.routes).match(.get, "/api/products/\(text)")
    else {
      Issue.record("\(text) leads nowhere")
      return
    }
    #expect(route.pattern == "/api/products/:id")
    #expect(parameters == [Text(decoded)])
  }

  @Test(arguments: [
    ("/api/orders/\(RouteTests.id)/deliveries", "/api/orders/%61BCDEF0123456789abcdef01/deliveries"),
    ("/api/orders/\(RouteTests.id)/deliveries", "/api/orders/ABCDEF0123456789ABCDEF01/deliveries"),
    ("/api/orders/deliveries/\(RouteTests.id)/invoice", "/api/orders/deliveries/ABCDEF0123456789ABCDEF%30%31/invoice"),
    ("/api/invoices/\(RouteTests.id)/payments", "/api/invoices/aBcDeF0123456789abcdef01/payments"),
    ("/api/products/a6/stock", "/api/products/a%36/stock"), ("/api/products/a%2Fb/stock", "/api/products/a%2fb/stock"),
  ]) func whatIsSpeltDifferentlyAndMeansTheSameIsOneRoute(path: String, alias: String) throws {
    #expect(try canonicalRoute(.post, path) == canonicalRoute(.post, alias))
  }

  @Test(arguments: [
    ("/api/orders/\(RouteTests.id)/deliveries", "/api/orders/\(RouteTests.id)/close"),
    ("/api/orders/\(RouteTests.id)/deliveries", "/api/orders/abcdef0123456789abcdef02/deliveries"),
    ("/api/products/\(RouteTests.id)/stock", "/api/products/ABCDEF0123456789ABCDEF01/stock"),
    ("/api/products/a%20b/stock", "/api/products/a%2520b/stock"),
  ]) func whatMeansSomethingElseIsAnotherRoute(path: String, other: String) throws {
    #expect(try canonicalRoute(.post, path) != canonicalRoute(.post, other))
  }

  private static let id = "abcdef0123456789abcdef01"

  private func canonicalRoute(_ method: HTTPMethod, _ path: String) throws -> Text {
    guard case .route(let route, let parameters) = RouteTable(OrderAPI.routes).match(method, Text(path)) else {
      throw NoRoute(path: path)
    }
    let request = HTTPRequest(method: method, path: Text(path))
    return Call(request: request, parameters: parameters, claims: nil, route: route).canonicalRoute
  }

  private struct NoRoute: Error {
    let path: String
  }

  @Test(arguments: ["%", "%a", "%zz", "%+1", "%-1", "%ff", "%c3", "%ed%a0%80"])
  func aBrokenEscapeNamesNothing(text: Text) {
    #expect(text.percentDecoded == nil)
  }

  @Test func everySchemaThatIsNamedIsThere() throws {
    let names = OpenAPISchemas.all(.builtIn).map(\.name)
    #expect(Set(names).count == names.count)
    for route in OrderAPI.routes {
      #expect(names.contains(route.success.schema), "\(route.pattern)")
      if let body = route.body { #expect(names.contains(body), "\(route.pattern)") }
    }
    for (name, schema) in OpenAPISchemas.all(.builtIn) {
      for reference in references(try JSONParser.parse(Array(schema.json.utf8))) {
        #expect(reference.hasPrefix("#/components/schemas/"))
        #expect(names.contains(String(reference.dropFirst(21))), "\(name) refers to \(reference)")
      }
    }
  }

  @Test func everyRouteIsDescribedAndNothingElse() throws {
    let description = try JSONParser.parse(OpenAPI.describe(OrderAPI.routes, .builtIn, version: "1.2.3"))
    #expect(description["info"]?["version"] == .string("1.2.3"))
    var operations = 0
    if case .object(let paths)? = description["paths"] {
      for path in paths { if case .object(let methods) = path.value { operations += methods.count } }
    }
    #expect(operations == OrderAPI.routes.count)
    for route in OrderAPI.routes {
      let operation = description["paths"]?[Text(OpenAPI.path(route))]?[Text(route.method.rawValue.lowercased())]
      #expect(operation?["summary"]?.text?.isEmpty == false, "\(route.pattern)")
      #expect(operation?["responses"]?["\(route.success.status)"] != nil, "\(route.pattern)")
      #expect((operation?["requestBody"] != nil) == (route.body != nil), "\(route.pattern)")
      let parameters = operation?["parameters"]?.items.compactMap { $0["name"]?.text } ?? []
      let expected =
        route.segments.filter { $0.hasPrefix(":") }.map { String($0.string.dropFirst()) } + route.query.map(\.name)
        + (route.isKeyed ? ["Idempotency-Key"] : []) + (route.isVersioned ? ["If-Match"] : [])
      #expect(parameters == expected, "\(route.pattern)")
    }
    for reference in references(description) {
      #expect(description["components"]?["schemas"]?[Text(reference.dropFirst(21))] != nil, "\(reference)")
    }
  }

  /// What a query may choose from is said word by word, also where it may choose several.
  @Test func aQuerysWordsAreDescribed() throws {
    let description = try JSONParser.parse(OpenAPI.describe(OrderAPI.routes, .builtIn, version: "1"))
    func words(_ schema: JSON?) -> [String] {
      if let name = schema?["$ref"]?.text {
        return words(description["components"]?["schemas"]?[Text(name.dropFirst(21))])
      }
      return (schema?["enum"] ?? schema?["examples"])?.items.compactMap(\.text) ?? []
    }
    let expected = [
      "/api/orders": Workflows.builtIn.statuses.map(\.rawValue),
      "/api/deliveries": DeliveryStatus.allCases.map(\.rawValue),
      "/api/invoices": ["unpaid", "partially_paid", "paid", "refunded"],
    ]
    for (path, statuses) in expected {
      let parameters = description["paths"]?[Text(path)]?["get"]?["parameters"]?.items ?? []
      let status = try #require(parameters.first { $0["name"] == .string("status") })
      #expect(status["schema"]?["type"] == .string("array") && words(status["schema"]?["items"]) == statuses, "\(path)")
      // As `status=paid,unpaid`, which is not what a list is by itself.
      #expect(status["style"] == .string("form") && status["explode"] == .bool(false), "\(path)")
    }
    // A new user's name stands in an address.
    let schema = description["components"]?["schemas"]?["NewUser"]?["properties"]?["user"]
    let pattern = try Regex(try #require(schema?["pattern"]?.text))
    for name in ["ada", "...", ".a", "a.", "..a", String(repeating: "x", count: 128)] {
      #expect(name.wholeMatch(of: pattern) != nil && UserID(name)?.fitsAddress == true, "\(name)")
    }
    for name in [".", "..", "", "a b", String(repeating: "x", count: 129)] {
      #expect(name.wholeMatch(of: pattern) == nil && UserID(name)?.fitsAddress != true, "\(name)")
    }
  }

  /// Whatever members a body has, where none of them must be there no body says the same as `{}`.
  @Test func noBodyIsAnEmptyObjectWhereNoMemberMustBeThere() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      var emptied: [String] = []
      for route in OrderAPI.routes where route.body != nil {
        let path =
          "/" + route.segments.map { $0.hasPrefix(":") ? "0123456789abcdef01234567" : $0.string }.joined(separator: "/")
        let nothing = try await api.ask(route.method, path, token: token)
        let empty = try await api.ask(route.method, path, token: token, body: "{}")
        if OpenAPISchemas.all(.builtIn).contains(where: {
          $0.name == route.body && ($0.schema.json.contains(#""required":[]"#) || $0.schema.mayBeEmpty)
        }) {
          emptied.append("\(route.method.rawValue) \(route.pattern)")
          #expect(nothing.status == empty.status && nothing.code == empty.code, "\(path): \(nothing)")
          #expect(nothing.json["errors"] == empty.json["errors"])
        } else {
          #expect(nothing.status == 400, "\(path)")
        }
      }
      let expected = [
        "PATCH /api/orders/:id", "PATCH /api/orders/:id/cancel", "POST /api/orders/:id/actions/:event",
        "POST /api/orders/:id/close",
        "POST /api/invoices/:id/credit",
        "PATCH /api/products/:id", "PATCH /api/tenant",
        "PATCH /api/users/:id",
      ]
      #expect(emptied.sorted() == expected.sorted())
      // What asks for one member at least does not say that it may come without any.
      for route in OrderAPI.routes where route.bodyIsOptional { #expect(route.takesNoBodyAsEmpty, "\(route.pattern)") }
    }
  }

  @Test func everyWriteTakesAKey() {
    // A definition that stands so already is not written again, and one that is removed is not removed again.
    for route in OrderAPI.routes
    where route.method != .get && !route.pattern.hasPrefix("/api/auth/") && route.pattern != "/api/workflows/:name" {
      #expect(route.isKeyed, "\(route.pattern)")
      #expect(route.access != .open, "\(route.pattern)")
    }
  }

  private func references(_ json: JSON) -> [String] {
    switch json {
    case .object(let members):
      members.flatMap { $0.name == "$ref" ? [$0.value.text ?? ""] : references($0.value) }
    case .array(let items): items.flatMap(references)
    case .null, .bool, .number, .string: []
    }
  }
}
