import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API

/// A workflow's definition in its forms, and its format.
@Suite struct WorkflowPictureRouteTests {
  private static let types = ["application/json", "image/svg+xml", "text/vnd.mermaid"] as [Text]

  /// An `Accept`, and which of the three types it asks for.
  @Test(
    arguments: [
      (nil, 0), ("", 0), (" , ", nil), ("*/*", 0), ("application/json", 0), ("image/svg+xml", 1),
      ("text/vnd.mermaid", 2),
      ("IMAGE/SVG+XML", 1), ("image/*", 1), ("text/*", 2), ("text/html", nil), ("application/xml", nil),
      ("text/html, */*;q=0.1", 0), ("image/svg+xml, */*;q=0.8", 1), ("application/json;q=0.5, image/*;q=0.9", 1),
      ("*/*, application/json;q=0", 1), ("*/*;q=0", nil), ("image/svg+xml;q=0, image/*", nil),
      ("application/json; charset=utf-8; q=0.2, text/vnd.mermaid; q=0.3", 2), ("text/vnd.mermaid;Q=1.000", 2),
      ("image/svg+xml;q=1.001, text/*;q=0.001", 2), ("image/svg+xml;q=2, text/*", 2), ("image/svg+xml;q=, text/*", 2),
      ("image", nil), ("/", nil), ("image/", nil), ("*/json", nil), ("image/svg+xml;q=0.1234, text/*;q=0.01", 2),
    ] as [(Text?, Int?)]) func `the form is the one that Accept likes best`(accept: Text?, index: Int?)
  {
    let headers = accept.map { [(name: "Accept" as Text, value: $0)] } ?? []
    #expect(HTTPRequest(method: .get, path: "/", headers: headers).preferred(among: Self.types) == index)
  }

  @Test func `several Accept headers are one list`() {
    let request = HTTPRequest(
      method: .get, path: "/", headers: [("Accept", "text/html"), ("accept", "image/svg+xml")])
    #expect(request.preferred(among: Self.types) == 1)
    #expect(HTTPRequest(method: .get, path: "/").preferred(among: []) == nil)
  }

  private static func ask(
    _ api: OrderAPI, _ path: Text, _ token: String?, as form: Text? = nil, further: [(name: Text, value: Text)] = []
  ) async -> HTTPReply {
    let token = token.map { [(name: "Authorization" as Text, value: Text("Bearer \($0)"))] } ?? []
    return await api.reply(
      to: HTTPRequest(
        method: .get, path: path, query: form.map { [(name: "as" as Text, value: $0)] } ?? [], headers: token + further)
    )
  }

  private static func header(_ reply: HTTPReply, _ name: String) -> String? {
    reply.headers.first { $0.name == name }?.value
  }

  private static func problem(_ reply: HTTPReply) throws -> JSON { try JSONParser.parse(reply.body.bytes) }

  @Test func `a definition is given as JSON, as a picture and as a diagram`() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.employee)
      let path: Text = "/api/workflows/delivery"
      for (form, accept, type, body) in [
        (nil, nil, "application/json", WorkflowDefinition.delivery.json),
        ("json", "image/svg+xml", "application/json", WorkflowDefinition.delivery.json),
        ("svg", nil, "image/svg+xml", WorkflowDefinition.delivery.svg),
        (nil, "image/svg+xml", "image/svg+xml", WorkflowDefinition.delivery.svg),
        ("mermaid", "text/html", "text/vnd.mermaid; charset=utf-8", WorkflowDefinition.delivery.mermaid),
        (nil, "text/*", "text/vnd.mermaid; charset=utf-8", WorkflowDefinition.delivery.mermaid),
      ] as [(Text?, Text?, String, [UInt8])] {
        let reply = await Self.ask(
          api, path, token, as: form, further: accept.map { [(name: "Accept" as Text, value: $0)] } ?? [])
        #expect(reply.status == 200 && reply.contentType == type)
        #expect(reply.body.bytes == body, "\(type)")
        #expect(Self.header(reply, "Vary") == "Accept")
        #expect((Self.header(reply, "Content-Security-Policy") != nil) == (type == "image/svg+xml"))
      }
    }
  }

  @Test func `what cannot be given is refused with what can be`() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      let odd = await Self.ask(api, "/api/workflows/delivery", token, as: "png")
      let told = try Self.problem(odd)
      #expect(odd.status == 422 && told["errors"]?.items.first?["field"]?.text == "as")
      #expect(told["errors"]?.items.first?["message"]?.text == "\"png\" is not known; known are json, svg, mermaid")
      let other = await Self.ask(api, "/api/workflows/delivery", token, further: [(name: "Accept", value: "text/html")])
      #expect(other.status == 406 && Self.header(other, "Vary") == "Accept")
      #expect(other.contentType == Problem.contentType)
      let refused = try Self.problem(other)
      #expect(refused["code"]?.text == "not_acceptable" && refused["title"]?.text == "Not Acceptable")
      for type in Self.types { #expect(refused["detail"]?.text?.contains(type.string) == true) }
      let none = await Self.ask(api, "/api/workflows/nonesuch", token, as: "svg")
      #expect(none.status == 404 && Self.header(none, "Vary") == "Accept")
      #expect(try Self.problem(none)["code"]?.text == "workflow_not_found")
      let long = await Self.ask(api, "/api/workflows/a%20b", token)
      #expect(long.status == 404)
      let customer = await Self.ask(api, "/api/workflows/delivery", try shop.token(.customer), as: "svg")
      #expect(customer.status == 403)
    }
  }

  private static let shopDefinition = """
    {"name":"repair","states":[{"name":"received","phase":"open"},{"name":"collected","phase":"closed","final":true}],
     "rows":[{"event":"place","to":"received","who":["staff"],
              "input":[{"name":"fault","type":"text","required":true}],"effects":[{"set":"fault","from":"fault"}]},
             {"event":"collect","label":"<b>\\"it's\\"</b> & ]]> קח","from":"received","to":"collected","who":["staff"]}]}
    """

  @Test func `a tenant's texts stand in its pictures as they are read`() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      let put = try await api.ask(.put, "/api/workflows/repair", token: token, body: Self.shopDefinition)
      #expect(put.status == 201)
      let picture = await Self.ask(api, "/api/workflows/repair", token, as: "svg").body.bytes
      let svg = String(decoding: picture, as: UTF8.self)
      #expect(svg.contains("&lt;b&gt;&quot;it&#39;s&quot;&lt;/b&gt; &amp; ]]&gt;") && !svg.contains("<b>"))
      let diagram = await Self.ask(api, "/api/workflows/repair", token, as: "mermaid").body.bytes
      let mermaid = String(decoding: diagram, as: UTF8.self)
      #expect(mermaid.contains("#60;b#62;#34;it#39;s#34;#60;#47;b#62; #38; #93;#93;#62; קח"))
      // Another tenant has none of that name.
      let stranger = await Self.ask(api, "/api/workflows/repair", try shop.token(.admin, tenant: "shop-2"), as: "svg")
      #expect(stranger.status == 404)
    }
  }

  @Test func `what one process was told all others can use at once`() async throws {
    try await withShop { shop in
      let (one, other) = (try await shop.process(hasRedis: false), try await shop.process(hasRedis: false))
      let token = try shop.token(.admin)
      #expect(try await one.ask(.put, "/api/workflows/repair", token: token, body: Self.shopDefinition).status == 201)
      // No look has come by: the process asks itself. A field that only this workflow asks for is read.
      let body =
        #"{"workflow":"repair","customer":{"name":"Ben"},"fault":"worn","items":[{"productId":"w","name":"Work","quantity":1,"unitPrice":40}]}"#
      let placed = try await other.ask(.post, "/api/orders", token: token, body: body)
      #expect(placed.status == 201, "\(placed.json)")
      #expect(placed.json["order"]?["status"]?.text == "received")
      let id = try #require(placed.json["order"]?["id"]?.text)
      let third = try await shop.process(hasRedis: false)
      let actions = try await third.ask(.get, "/api/orders/\(id)/actions", token: token)
      #expect(actions.json["actions"]?.items.compactMap { $0["event"]?.text } == ["collect"])
      let fourth = try await shop.process(hasRedis: false)
      #expect(await Self.ask(fourth, "/api/workflows/repair", token, as: "mermaid").status == 200)
      let done = try await fourth.ask(.post, "/api/orders/\(id)/actions/collect", token: token)
      #expect(done.json["order"]?["status"]?.text == "collected", "\(done.json)")
      // What nobody has made is refused as before.
      let unknown = try await other.ask(
        .post, "/api/orders", token: token, body: body.replacing("repair", with: "nonesuch"))
      #expect(unknown.status == 422, "\(unknown.json)")
    }
  }

  @Test func `the format is public and says when it has not changed`() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let reply = await Self.ask(api, "/schemas/workflow.json", nil)
      #expect(reply.status == 200 && reply.contentType == "application/schema+json")
      #expect(reply.body.bytes == WorkflowSchema.json)
      #expect(Self.header(reply, "Cache-Control") == "public, max-age=3600")
      let tag = try #require(Self.header(reply, "ETag"))
      #expect(tag.wholeMatch(of: #/"[0-9a-f]{32}"/#) != nil)
      for match in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
        let same = await Self.ask(
          api, "/schemas/workflow.json", nil, further: [("If-None-Match", Text(match))])
        #expect(same.status == 304 && same.body.bytes.isEmpty && same.contentType == nil)
        #expect(Self.header(same, "ETag") == tag)
      }
      for miss in ["\"other\"", "", String(tag.dropLast()), tag.uppercased()] {
        let other = await Self.ask(
          api, "/schemas/workflow.json", nil, further: [("If-None-Match", Text(miss))])
        #expect(other.status == 200, "\(miss)")
      }
    }
  }
}
