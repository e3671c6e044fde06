import Documents
import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import API

/// The documents at `/docs`, as a stranger gets them.
@Suite struct HandbookTests {
  private static let handbook = Handbook(documents: EmbeddedDocuments(), workflows: .builtIn, version: "1.2.3")

  private static func text(_ file: Handbook.File) -> String { String(decoding: file.body.bytes, as: UTF8.self) }

  /// Asks as a browser of nobody's does; without MongoDB and Redis.
  private static func ask(
    _ api: OrderAPI, _ path: Text, method: HTTPMethod = .get, match: Text? = nil
  ) async -> HTTPReply {
    await api.reply(
      to: HTTPRequest(
        method: method, path: path, headers: match.map { [("If-None-Match" as Text, $0)] } ?? [],
        remoteAddress: "203.0.113.9"))
  }

  @Test func everyPageIsWholeAndLeadsToAllOthers() async throws {
    let files = try await Self.handbook.files()
    let names = EmbeddedDocuments().names
    #expect(Set(files.keys) == Set((names + ["api", "style.css", "delivery.svg", "pickup.svg"]).map { Text($0) }))
    for name in names + ["api"] {
      let html = Self.text(try #require(files[Text(name)]))
      #expect(html.hasPrefix("<!doctype html>\n<html lang=\"en\">") && html.hasSuffix("</html>\n"), "\(name)")
      #expect(html.contains("– OrderHub</title>") && html.contains("1.2.3"), "\(name)")
      #expect(html.ranges(of: "<main").count == 1 && html.ranges(of: "<h1>").count == 1, "\(name)")
      #expect(html.ranges(of: "aria-current=\"page\"").count == 1, "\(name)")
      for other in names + ["api", "style.css"] {
        let address =
          name == "start" ? (other == "start" ? "docs" : "docs/\(other)") : other == "start" ? "../docs" : other
        #expect(html.contains("href=\"\(address)\""), "\(name) \(other)")
      }
      for mark in ["<script", " style=", " onclick", "javascript:", "//cdn"] {
        #expect(!html.contains(mark), "\(name) \(mark)")
      }
      #expect(html.utf8.count < 1 << 20, "\(name)")
    }
  }

  @Test func theAPIsPageHasEveryRouteAndBodyAndItsLinksLeadToThem() async throws {
    let html = Self.text(try #require(try await Self.handbook.files()["api"]))
    for route in OrderAPI.routes {
      #expect(
        html.contains("<code>\(route.method.rawValue) \(HTML.escaped(OpenAPI.path(route)))</code>"), "\(route.pattern)")
      #expect(html.contains(HTML.escaped(route.summary)), "\(route.pattern)")
      for parameter in route.query { #expect(html.contains("<code>\(parameter.name)</code>"), "\(parameter.name)") }
    }
    let ids = html.matches(of: #/ id="([^"]*)"/#).map { String($0.1) }
    #expect(Set(ids).count == ids.count)
    for (name, _) in OpenAPISchemas.all(.builtIn) { #expect(ids.contains("body-\(name)"), "\(name)") }
    for link in html.matches(of: #/href="#([^"]*)"/#) { #expect(ids.contains(String(link.1)), "\(link.1)") }
    // A member, its bounds, its words, and a list of another body.
    #expect(html.contains("<td><code>productId</code></td>"))
    #expect(html.contains("list of <a href=\"#body-Order\">"))
    #expect(html.contains("integer; 0 to 100"))
  }

  @Test func aTextOfADocumentIsEscapedInTheFrame() {
    let frame = HandbookFrame(
      entries: [.init(name: "start", title: "<A> & \"B\"")], here: "start", isStart: true, version: "<1>")
    let html = frame.html(title: "</title><script>", main: "<p>m</p>")
    #expect(html.contains("&lt;/title&gt;&lt;script&gt;") && html.contains("&lt;A&gt; &amp; &quot;B&quot;"))
    #expect(html.contains("&lt;1&gt;") && !html.contains("<script>") && html.contains("<p>m</p>"))
  }

  @Test func eachIsAnsweredWithItsTypeAndWhatABrowserMayDoWithIt() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let expected: [(Text, String, String)] = [
        ("/docs", "text/html; charset=utf-8", "default-src 'none'; style-src 'self'; img-src 'self'"),
        ("/docs/api", "text/html; charset=utf-8", "default-src 'none'; style-src 'self'; img-src 'self'"),
        ("/docs/own-workflow", "text/html; charset=utf-8", "frame-ancestors 'none'"),
        ("/docs/style.css", "text/css; charset=utf-8", "default-src 'none'"),
        ("/docs/delivery.svg", "image/svg+xml", "sandbox"),
      ]
      for (path, type, policy) in expected {
        let reply = await Self.ask(api, path)
        func header(_ name: String) -> String? { reply.headers.first { $0.name == name }?.value }
        #expect(reply.status == 200 && reply.contentType == type, "\(path) \(reply)")
        #expect(header("Content-Security-Policy")?.contains(policy) == true, "\(path)")
        #expect(header("Content-Security-Policy")?.contains("script-src") == false, "\(path)")
        #expect(header("X-Content-Type-Options") == "nosniff", "\(path)")
        let tag = try #require(header("ETag"))
        for match in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
          let again = await Self.ask(api, path, match: Text(match))
          #expect(again.status == 304 && again.body.bytes.isEmpty && again.contentType == nil, "\(path) \(match)")
        }
        #expect(await Self.ask(api, path, match: "\"other\"").status == 200)
      }
    }
  }

  @Test func nothingElseIsThere() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      for path in [
        "/docs/nonesuch", "/docs/start", "/docs/start.md", "/docs/rest.md", "/docs/%2e%2e", "/docs/..", "/docs/.",
        "/docs/..%2fopenapi.json", "/docs/%2fetc%2fpasswd", "/docs/..%5c..%5cetc", "/docs/rest%00", "/docs/REST",
        "/docs/%72est%20", "/docs/\(String(repeating: "a", count: 4_000))",
      ] as [Text] {
        let reply = await Self.ask(api, path)
        let body = String(decoding: reply.body.bytes, as: UTF8.self)
        #expect(reply.status == 404 && body.contains("page_not_found"), "\(path) \(body)")
        #expect(reply.body.bytes.count < 1_000, "\(path)")
      }
      // Another spelling of the same name is the same page.
      #expect(await Self.ask(api, "/docs/%72est").status == 200)
      for path in ["/docs/", "/docs/rest/", "/docs/a/b", "/docs/../docs", "/docs/rest/..", "/docs/%zz"] as [Text] {
        let body = String(decoding: await Self.ask(api, path).body.bytes, as: UTF8.self)
        #expect(body.contains("\"code\":\"not_found\""), "\(path) \(body)")
      }
      for method in [HTTPMethod.post, .put, .patch, .delete] {
        for path in ["/docs", "/docs/api", "/docs/rest"] as [Text] {
          let reply = await Self.ask(api, path, method: method)
          #expect(reply.status == 405 && reply.headers.contains { $0 == ("Allow", "GET") }, "\(method) \(path)")
        }
      }
    }
  }

  @Test func howeverManyAskFirstAllIsMadeOnce() async throws {
    let counted = CountedDocuments()
    let handbook = Handbook(documents: counted, workflows: .builtIn, version: "1")
    let bodies = try await withThrowingTaskGroup(of: ObjectIdentifier?.self) { group in
      for _ in 0..<200 { group.addTask { try await handbook.files()["one"].map { ObjectIdentifier($0.body) } } }
      return try await group.reduce(into: Set<ObjectIdentifier?>()) { $0.insert($1) }
    }
    #expect(bodies.count == 1 && bodies.first != .some(nil))
    #expect(counted.asked.with { $0 } == 2)
  }

  /// Two pages, and how often one was made.
  private final class CountedDocuments: DocumentShelf {
    let asked = Locked(0)
    let names = ["start", "one"]
    let pictures: [String] = []
    func page(_ name: Text) -> DocumentPage? {
      asked.with { $0 += 1 }
      return DocumentPage(title: "\(name)", html: "<h1>\(name)</h1>")
    }
    func picture(_ name: Text) -> SharedBytes? { nil }
  }
}
