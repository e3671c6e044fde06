import HubContracts
import HubWire
import Orders

/// The description of the API, made of the route table.
enum OpenAPI {
  /// An OpenAPI 3.1 document.
  static func describe(_ routes: [Route], _ workflows: Workflows, version: String) -> [UInt8] {
    var json = JSONWriter(capacity: 32_768)
    json.beginObject()
    json.member("openapi", "3.1.0")
    json.name("info")
    json.beginObject()
    json.member("title", "OrderHub")
    json.member("version", version)
    json.member("description", "Orders, partial deliveries and invoices. Every change is an event on the live side.")
    json.endObject()
    json.name("paths")
    json.beginObject()
    var seen: Set<Text> = []
    for route in routes where seen.insert(Text(route.pattern)).inserted {
      json.name(text: path(route))
      json.beginObject()
      for method in routes.filter({ $0.pattern == route.pattern }) { describe(method, to: &json) }
      json.endObject()
    }
    json.endObject()
    json.name("components")
    json.beginObject()
    json.member("securitySchemes", raw: #"{"token":{"type":"http","scheme":"bearer","bearerFormat":"JWT"}}"#.utf8)
    json.name("schemas")
    json.beginObject()
    for (name, schema) in OpenAPISchemas.all(workflows) {
      json.name(text: name)
      json.raw(schema.json.utf8)
    }
    json.endObject()
    json.endObject()
    json.endObject()
    return json.bytes
  }

  /// `/api/orders/{id}`
  static func path(_ route: Route) -> String {
    let parts = route.segments.map { $0.hasPrefix(":") ? "{\($0.string.dropFirst())}" : $0.string }
    return "/" + parts.joined(separator: "/")
  }

  private static func describe(_ route: Route, to json: inout JSONWriter) {
    json.name(text: route.method.rawValue.lowercased())
    json.beginObject()
    json.member("summary", route.summary)
    json.name("security")
    if case .open = route.access { json.raw("[]".utf8) } else { json.raw(#"[{"token":[]}]"#.utf8) }
    json.name("x-roles")
    json.beginArray()
    for role in roles(route.access) { json.string(role) }
    json.endArray()
    parameters(route, to: &json)
    if let body = route.body {
      json.name("requestBody")
      json.beginObject()
      json.member("required", !route.bodyIsOptional)
      content([("application/json", body)], to: &json)
      json.endObject()
    }
    responses(route, to: &json)
    json.endObject()
  }

  private static func parameters(_ route: Route, to json: inout JSONWriter) {
    json.name("parameters")
    json.beginArray()
    for segment in route.segments where segment.hasPrefix(":") {
      let summary = route.namesOrder ? "The order's id, or its number, as in ORD-2026-001234" : ""
      let isID = route.takesIdentities && !route.namesOrder
      parameter(
        String(segment.string.dropFirst()), in: "path", required: true, summary, isID ? .sentID : .text, to: &json)
    }
    for query in route.query {
      parameter(query.name, in: "query", required: false, query.summary, query.schema, to: &json)
    }
    if route.isKeyed {
      parameter(
        "Idempotency-Key", in: "header", required: false,
        "A repeat by the same user with the same key and body is given the first answer; kept 24 hours", .text,
        to: &json)
    }
    if route.isVersioned {
      parameter(
        "If-Match", in: "header", required: false, "The version that is to be changed, as in \"7\"", .text, to: &json)
    }
    json.endArray()
  }

  private static func parameter(
    _ name: String, in place: String, required: Bool, _ summary: String, _ schema: Schema, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.member("name", name)
    json.member("in", place)
    json.member("required", required)
    if !summary.isEmpty {
      json.member("description", summary)
    }
    if schema.isList {
      // Between commas, and not under the name once more for each.
      json.member("style", "form")
      json.member("explode", false)
    }
    json.member("schema", raw: schema.json.utf8)
    json.endObject()
  }

  private static func responses(_ route: Route, to json: inout JSONWriter) {
    let refusals = route.refusals
    let own = [route.success] + route.otherAnswers
    json.name("responses")
    json.beginObject()
    for status in refusals.union(Route.pages).union(own.map(\.status)).sorted() {
      var content = own.filter { $0.status == status && Text($0.schema) != "Nothing" }
        .map { (mediaType(of: $0.schema), $0.schema) }
      if refusals.contains(status) { content.append((Problem.contentType, "Problem")) }
      if Route.pages.contains(status) { content.append(("text/html", "Text")) }
      json.name(text: "\(status)")
      json.beginObject()
      json.member("description", status < 300 ? route.summary : Problem.title(status))
      self.content(content, to: &json)
      json.endObject()
    }
    json.endObject()
  }

  private static func mediaType(of schema: String) -> String {
    switch Text(schema) {
    case "Text": "text/plain"
    case "Mermaid": WorkflowForm.mermaid.mediaType
    case "Picture": WorkflowForm.svg.mediaType
    case "WorkflowSchema": WorkflowSchema.contentType
    case "WebPage": "text/html"
    case "Style": "text/css"
    default: "application/json"
    }
  }

  private static func content(_ schemas: [(type: String, name: String)], to json: inout JSONWriter) {
    json.name("content")
    json.beginObject()
    for (type, name) in schemas {
      json.name(text: type)
      json.beginObject()
      json.member("schema", raw: Schema.named(name).json.utf8)
      json.endObject()
    }
    json.endObject()
  }

  private static func roles(_ access: Route.Access) -> [String] {
    switch access {
    case .open: []
    case .person: Role.allCases.map(\.rawValue).sorted()
    case .roles(let roles): roles.map(\.rawValue).sorted()
    case .staffOrOwner: Set<Role>.staffAndOwner.map(\.rawValue).sorted()
    }
  }
}
