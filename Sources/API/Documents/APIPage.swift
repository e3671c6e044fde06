import HubContracts
import HubWire
import Orders

/// The API's description for people: the routes by what they are about, then the bodies that they take and give. It is made
/// of the same tables as `/openapi.json`.
struct APIPage {
  static let title = "The API, route by route"

  let groups: [(title: String, routes: [Route])]
  let schemas: [OpenAPISchemas.Row]

  /// The page without its frame.
  var html: String {
    var html = """
      <h1>\(HTML.escaped(Self.title))</h1>
      <p>Made of the hub's own tables, as <code>/openapi.json</code> is, which generators read. Who may call a route stands
      beside it: <em>staff</em> are admin, employee and system; <em>+ owner</em> is also the customer, the seller or the
      kiosk whose order it is; <em>everybody</em> is whoever has a token; <em>all</em> need none.</p>

      """
    html += "<ul>\n"
    for (index, group) in groups.enumerated() {
      html += "<li><a href=\"#group-\(index)\">\(HTML.escaped(group.title))</a></li>\n"
    }
    html += "<li><a href=\"#bodies\">Bodies</a></li>\n</ul>\n"
    for (index, group) in groups.enumerated() {
      html += "<h2 id=\"group-\(index)\">\(HTML.escaped(group.title))</h2>\n"
      for route in group.routes { html += section(route) }
    }
    html +=
      "<h2 id=\"bodies\">Bodies</h2>\n<p>Members that are not named are refused in requests, and not there in answers.</p>\n"
    for (name, schema) in schemas {
      html += "<h3 id=\"body-\(HTML.escaped(name))\">\(HTML.escaped(name))</h3>\n\(SchemaHTML.block(schema))\n"
    }
    return html
  }

  private func section(_ route: Route) -> String {
    let method = route.method.rawValue
    var html = """
      <section class="route"><h3><code>\(method) \(HTML.escaped(OpenAPI.path(route)))</code></h3>
      <p>\(HTML.escaped(route.summary)). <span class="quiet">\(HTML.escaped(route.who))\(route.isKeyed ? "; takes an Idempotency-Key" : "")</span></p>

      """
    if !route.query.isEmpty {
      html += "<table><thead><tr><th>query</th><th>is</th><th>meaning</th></tr></thead><tbody>\n"
      for parameter in route.query {
        html += """
          <tr><td><code>\(HTML.escaped(parameter.name))</code></td><td>\(SchemaHTML.line(parameter.schema))</td>\
          <td>\(HTML.escaped(parameter.summary))</td></tr>

          """
      }
      html += "</tbody></table>\n"
    }
    if let body = route.body {
      html += "<p>Takes \(Self.link(body))\(route.bodyIsOptional ? ", or nothing" : "").</p>\n"
    }
    let answers = ([route.success] + route.otherAnswers).map { status, schema in
      Text(schema) == "Nothing" ? "\(status)" : "\(status) \(Self.link(schema))"
    }
    let refusals = route.refusals.sorted().map { "\($0)" }.joined(separator: ", ")
    html +=
      "<p>Answers \(answers.joined(separator: ", ")); refuses with \(Self.link("Problem")): \(refusals).</p></section>\n"
    return html
  }

  static func link(_ name: String) -> String {
    "<a href=\"#body-\(HTML.escaped(name))\"><code>\(HTML.escaped(name))</code></a>"
  }
}
