import HubContracts
import HubWire
import Testing

@testable import API

@Suite struct RouteTests {
  @Test func everyPathLeadsToItsOwnRoute() {
    let table = RouteTable(OrderAPI.routes)
    for route in OrderAPI.routes {
      let path =
        "/" + route.segments.map { $0.hasPrefix(":") ? "0123456789abcdef01234567" : String($0) }.joined(separator: "/")
      guard case .route(let found, let parameters) = table.match(route.method, path) else {
        Issue.record("\(route.method) \(path) leads nowhere")
        continue
      }
      #expect(found.pattern == route.pattern && found.method == route.method)
      #expect(parameters.count == route.segments.count { $0.hasPrefix(":") })
    }
    let shapes = OrderAPI.routes.map { route in
      route.method.rawValue + " " + route.segments.map { $0.hasPrefix(":") ? ":" : String($0) }.joined(separator: "/")
    }
    #expect(Set(shapes).count == shapes.count)
  }

  @Test func unknownPathsAndMethodsAreToldApart() {
    let table = RouteTable(OrderAPI.routes)
    for path in [
      "/api", "/api/orders/1/2/3", "", "api/orders", "/api/orders/x/nothing", "/api/orders/%zz", "/api/orders/%",
    ] {
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
    #expect(parameters == [decoded])
  }

  @Test(arguments: ["%", "%a", "%zz", "%+1", "%-1", "%ff", "%c3", "%ed%a0%80"])
  func aBrokenEscapeNamesNothing(text: String) {
    #expect(text[...].percentDecoded == nil)
  }

  @Test func everySchemaThatIsNamedIsThere() throws {
    let names = OpenAPISchemas.all.map(\.name)
    #expect(Set(names).count == names.count)
    for route in OrderAPI.routes {
      #expect(names.contains(route.success.schema), "\(route.pattern)")
      if let body = route.body { #expect(names.contains(body), "\(route.pattern)") }
    }
    for (name, schema) in OpenAPISchemas.all {
      for reference in references(try JSONParser.parse(Array(schema.utf8))) {
        #expect(reference.hasPrefix("#/components/schemas/"))
        #expect(names.contains(String(reference.dropFirst(21))), "\(name) refers to \(reference)")
      }
    }
  }

  @Test func everyRouteIsDescribedAndNothingElse() throws {
    let description = try JSONParser.parse(OpenAPI.describe(OrderAPI.routes, version: "1.2.3"))
    #expect(description["info"]?["version"] == .string("1.2.3"))
    var operations = 0
    if case .object(let paths)? = description["paths"] {
      for path in paths { if case .object(let methods) = path.value { operations += methods.count } }
    }
    #expect(operations == OrderAPI.routes.count)
    for route in OrderAPI.routes {
      let operation = description["paths"]?[OpenAPI.path(route)]?[route.method.rawValue.lowercased()]
      #expect(operation?["summary"]?.text?.isEmpty == false, "\(route.pattern)")
      #expect(operation?["responses"]?["\(route.success.status)"] != nil, "\(route.pattern)")
      #expect((operation?["requestBody"] != nil) == (route.body != nil), "\(route.pattern)")
      let parameters = operation?["parameters"]?.items.compactMap { $0["name"]?.text } ?? []
      let expected =
        route.segments.filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) } + route.query.map(\.name)
        + (route.isKeyed ? ["Idempotency-Key"] : [])
      #expect(parameters == expected, "\(route.pattern)")
    }
    for reference in references(description) {
      #expect(description["components"]?["schemas"]?[String(reference.dropFirst(21))] != nil, "\(reference)")
    }
  }

  @Test func everyWriteTakesAKey() {
    for route in OrderAPI.routes where route.method != .get && !route.pattern.hasPrefix("/api/auth/") {
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
