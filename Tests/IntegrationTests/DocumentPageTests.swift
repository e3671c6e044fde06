import Foundation
import HubTestSupport
import Testing

/// The documents at `/docs` of a running api, as a browser that nobody has logged in asks for them.
@Suite struct DocumentPageTests {
  @Test func allPagesAreReachedFromTheFirstAndEachLinkLeadsSomewhere() async throws {
    let port = try await Hub.shared().apis[0].port
    try await onThread {
      let client = try RawClient(port: port)
      var seen: Set<String> = []
      var pages: [String: String] = [:]
      var ahead = ["/docs"]
      var links: [(from: String, to: String)] = []
      while let path = ahead.popLast() {
        guard seen.insert(path).inserted else { continue }
        try client.request("GET", path)
        let answer = try client.answer()
        #expect(answer.status == 200, "\(path)")
        guard answer.headers["content-type"] == "text/html; charset=utf-8" else { continue }
        pages[path] = answer.body
        let base = try #require(URL(string: "http://hub\(path)"))
        for match in answer.body.matches(of: #/(?:href|src)="([^"]*)"/#) {
          let url = try #require(URL(string: String(match.1), relativeTo: base)?.absoluteURL, "\(path) \(match.1)")
          guard url.host == "hub" else { continue }
          links.append((path, url.path + (url.fragment.map { "#\($0)" } ?? "")))
          ahead.append(url.path)
        }
      }
      #expect(pages.count > 20 && pages["/docs/api"] != nil && seen.contains("/docs/style.css"))
      for (from, to) in links {
        let parts = to.split(separator: "#", maxSplits: 1)
        guard parts.count == 2, let page = pages[String(parts[0])] else { continue }
        #expect(page.contains(" id=\"\(parts[1])\""), "\(from): \(to)")
      }
    }
  }

  @Test func aHeadHasNoBodyAndAMethodThatIsNotThereIsRefused() async throws {
    let port = try await Hub.shared().apis[0].port
    try await onThread {
      let client = try RawClient(port: port)
      for path in ["/docs", "/docs/api", "/docs/rest", "/docs/style.css", "/docs/pickup.svg"] {
        try client.request("GET", path)
        let whole = try client.answer()
        try client.request("HEAD", path)
        let head = try client.answer(hasBody: false)
        #expect(whole.status == 200 && head.status == 200 && head.body.isEmpty, "\(path)")
        for name in ["etag", "content-type", "content-length", "content-security-policy", "cache-control"] {
          #expect(whole.headers[name] != nil && head.headers[name] == whole.headers[name], "\(path) \(name)")
        }
        try client.request("GET", path, headers: ["If-None-Match: \(whole.headers["etag"] ?? "")"])
        let again = try client.answer()
        #expect(again.status == 304 && again.body.isEmpty, "\(path)")
        try client.request("POST", path, headers: ["Content-Length: 0"])
        let refused = try client.answer()
        #expect(refused.status == 405 && refused.headers["allow"] == "GET", "\(path)")
      }
      for path in ["/docs/nonesuch", "/docs/%2e%2e%2fopenapi.json", "/docs/start", "/docs/../openapi.json"] {
        try client.request("GET", path)
        let answer = try client.answer()
        #expect(answer.status == 404 && answer.headers["content-type"] == "application/problem+json", "\(path)")
      }
    }
  }
}
