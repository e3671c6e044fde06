import HTTPServer
import HubRuntime
import HubTestSupport
import Testing

/// Heads that the library refuses by itself or has no memory for: each is answered at once and once, by the program.
@Suite struct HeadTests {
  private static let host = "Host: t\r\n"

  /// All that is sent, and the status; `own` if the answer is the program's own.
  static let heads: [(name: String, bytes: String, status: String, own: Bool)] = [
    ("a length in words", "POST /e HTTP/1.1\r\n\(host)Content-Length: two\r\n\r\nok", "400", true),
    ("an endless length", "POST /e HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\nok", "413", true),
    ("an empty length", "POST /e HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n", "400", true),
    ("no host", "GET /hand HTTP/1.1\r\n\r\n", "400", true),
    ("no host, no length", "POST /e HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400", true),
    ("488 pairs", "GET /e?\(pairs(488)) HTTP/1.1\r\n\(host)\r\n", "400", true),
    ("489 pairs", "GET /e?\(pairs(489)) HTTP/1.1\r\n\(host)\r\n", "400", true),
    ("5,000 pairs", "GET /e?\(pairs(5_000)) HTTP/1.1\r\n\(host)\r\n", "400", true),
    ("9,000 names", "GET /e?\(String(repeating: "a&", count: 9_000)) HTTP/1.1\r\n\(host)\r\n", "400", true),
    ("a long value", "GET /e?a=\(String(repeating: "b", count: 20_000)) HTTP/1.1\r\n\(host)\r\n", "200", true),
    ("500 cookies", "GET /e HTTP/1.1\r\n\(host)Cookie: \(cookies(500))\r\n\r\n", "431", true),
    ("5,000 cookies", "GET /e HTTP/1.1\r\n\(host)Cookie: \(cookies(5_000))\r\n\r\n", "431", true),
    ("a cookie of 20,000", "GET /e HTTP/1.1\r\n\(host)Cookie: a=\(long(20_000))\r\n\r\n", "431", true),
    ("cookies and no host", "GET /e HTTP/1.1\r\nCookie: \(cookies(500))\r\n\r\n", "400", true),
    (
      "cookies and no length", "POST /e HTTP/1.1\r\n\(host)Cookie: \(cookies(500))\r\nContent-Length: x\r\n\r\n", "400",
      true
    ),
    ("300 headers", "GET /e HTTP/1.1\r\n\(host)\(headers(300))\r\n", "200", true),
    ("1,000 headers", "GET /e HTTP/1.1\r\n\(host)\(headers(1_000))\r\n", "431", false),
    ("5,000 headers", "GET /e HTTP/1.1\r\n\(host)\(headers(5_000))\r\n", "431", false),
    ("a header of 31,500", "GET /e HTTP/1.1\r\n\(host)X: \(long(31_500))\r\n\r\n", "431", true),
    ("a header of 40,000", "GET /e HTTP/1.1\r\n\(host)X: \(long(40_000))\r\n\r\n", "431", false),
    ("a target of 30,000", "GET /\(long(30_000)) HTTP/1.1\r\n\(host)\r\n", "200", true),
    ("a target of 32,000", "GET /\(long(32_000)) HTTP/1.1\r\n\(host)\r\n", "431", true),
    ("a target of 40,000", "GET /\(long(40_000)) HTTP/1.1\r\n\(host)\r\n", "414", false),
  ]

  private static func pairs(_ count: Int) -> String { String(repeating: "a=1&", count: count) }
  private static func cookies(_ count: Int) -> String { String(repeating: "a=b;", count: count) }
  private static func headers(_ count: Int) -> String { String(repeating: "a: b\r\n", count: count) }
  private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

  @Test(arguments: heads.indices) func isAnsweredAtOnceAndOnce(index: Int) async throws {
    let (name, bytes, status, isOwn) = Self.heads[index]
    try await withServer { server in
      let port = server.port
      try await onThread {
        // Behind another request on the same connection too.
        for before in ["", "GET /hand HTTP/1.1\r\nHost: t\r\n\r\n"] {
          let client = try RawClient(port: port)
          try client.sendUntilClosed(before + bytes)
          if !before.isEmpty { #expect(try client.answer().body == "at hand", "\(name)") }
          let answer = try client.answer()
          #expect("\(answer.status)" == status, "\(name)")
          #expect((answer.headers["x-request-id"] != nil) == isOwn, "\(name)")
          if answer.status == 200 { continue }
          #expect(answer.headers["connection"] == "close", "\(name)")
          #expect(answer.headers["date"]?.hasSuffix(" GMT") == true, "\(name)")
          // Nothing comes behind it: no second head, and no answer to what stood there.
          #expect(client.rest().isEmpty, "\(name)")
        }
      }
    }
  }

  /// Whatever the size is at which the memory of a connection runs out.
  @Test(arguments: ["target", "query", "header", "headers", "cookie", "cookies"])
  func ofEverySizeIsAnsweredOnce(kind: String) async throws {
    try await withServer { server in
      let port = server.port
      let statuses = try await onThread {
        var statuses: [String] = []
        for size in stride(from: 29_000, to: 33_500, by: 61) {
          let head =
            switch kind {
            case "target": "GET /\(Self.long(size)) HTTP/1.1\r\n\(Self.host)\r\n"
            case "query": "GET /e?a=\(Self.long(size)) HTTP/1.1\r\n\(Self.host)\r\n"
            case "header": "GET /e HTTP/1.1\r\n\(Self.host)X: \(Self.long(size))\r\n\r\n"
            case "headers": "GET /e HTTP/1.1\r\n\(Self.host)\(Self.headers(size / 70))\r\n"
            case "cookie": "GET /e HTTP/1.1\r\n\(Self.host)Cookie: a=\(Self.long(size / 2))\r\n\r\n"
            default: "GET /e HTTP/1.1\r\n\(Self.host)Cookie: \(Self.cookies(size / 72))\r\n\r\n"
            }
          // With another request behind it, which takes memory too, and without.
          for second in ["", SmuggledRequests.second] {
            let client = try RawClient(port: port)
            try client.sendUntilClosed(head + second + "GET /hand HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
            let text = client.rest()
            // An answer may stand right behind the body of the one before.
            let found = text.matches(of: #/HTTP\/1\.1 (\d{3}) /#).map { String($0.output.1) }
            let isServed = found == ["200", "200"] || found == ["200", "200", "200"]
            #expect(isServed || found == ["431"] || found == ["414"], "\(kind) \(size): \(found)")
            statuses.append(found.first ?? "none")
          }
        }
        return statuses
      }
      #expect(Set(statuses).isSuperset(of: ["200", "431"]), "\(Set(statuses))")
    }
  }

  /// The one that is refused is found among those whose heads come in parts.
  @Test func thatComesInPartsAmongOthersIsAnsweredOnce() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let clients = try (0..<40).map { number in
          let client = try RawClient(port: port)
          try client.send("POST /e\(number) HTTP/1.1\r\n\(Self.host)X: a\r\n")
          return client
        }
        // All are read by the time that one which came after them is answered.
        let last = try RawClient(port: port)
        try last.request("GET", "/hand")
        #expect(try last.answer().status == 200)
        for (number, client) in clients.enumerated().reversed() {
          try client.send(number % 2 == 0 ? "Content-Length: \(number)x\r\n\r\n" : "Content-Length: 2\r\n\r\nok")
          let answer = try client.answer()
          #expect(answer.status == (number % 2 == 0 ? 400 : 200))
          if number % 2 == 0 { #expect(client.rest().isEmpty) }
        }
      }
    }
  }
}
