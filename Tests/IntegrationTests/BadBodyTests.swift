import Foundation
import HubTestSupport
import Testing

/// Bodies and queries that no client means well. Each is refused clearly, writes nothing, and the process goes on.
@Suite struct BadBodyTests {
  private static let item = #""items":[{"productId":"p1","quantity":1,"unitPrice":1}]"#
  private static let customer = #""customer":{"name":"G"}"#

  private static func order(quantity: String) -> String {
    #"{\#(customer),"items":[{"productId":"p1","quantity":\#(quantity),"unitPrice":1}]}"#
  }

  /// Bodies that are JSON and not what is asked for.
  static let notMeant: [String] =
    [
      #"{"customer":{"$gt":""},\#(item)}"#, #"{"customer":{"name":{"$ne":null}},\#(item)}"#,
      #"{\#(customer),\#(item),"$where":"sleep(1000)"}"#, #"{\#(customer),\#(item),"tenantId":"other"}"#,
      #"{\#(customer),\#(item),"status":"completed"}"#, #"{\#(customer),\#(item),"notes":{"a":1}}"#,
      #"{\#(customer),\#(item),"notes":["a"]}"#, #"{"customer":"G",\#(item)}"#, #"{\#(customer),"items":{"0":{}}}"#,
      #"{\#(customer),"items":[1]}"#, #"{\#(customer),"items":[[]]}"#, #"{\#(customer),"items":null}"#,
      #"{\#(customer),\#(item),"deliveryDate":"0000-13-45"}"#, #"{\#(customer),\#(item),"deliveryDate":5}"#,
      #"{\#(customer),\#(item),"currency":"eur"}"#, #"{\#(customer),\#(item),"workflow":"nonesuch"}"#,
      #"{\#(customer),\#(item),"__proto__":{"admin":true}}"#, "[]", "null", "1", #""text""#, "true",
    ]
    + [
      "9007199254740993", "1e400", "-1e400", "1e-400", "-0", "0", "\"1\"", "{}", "[1]", "true", "0.0000001",
      "99999999999999999999999999999999999999999999999999", "-1",
    ].map(order)

  @Test(arguments: notMeant)
  func whatIsNotMeantIsRefusedByFieldAndWritesNothing(body: String) async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.post("/api/orders", body)
    #expect(reply.status == 422, "\(reply)")
    #expect(reply.headers["content-type"] == "application/problem+json")
    #expect(!reply["errors"].items.isEmpty)
    #expect(reply["requestId"] == .string(reply.headers["x-request-id"] ?? ""))
    #expect(try await ada.get("/api/orders")["orders"] == .empty)
  }

  /// Bodies that are no JSON, as bytes.
  static let notJSON: [[UInt8]] = [
    Array("".utf8), Array("{".utf8), Array("{}{}".utf8), Array(#"{"a":1,}"#.utf8), Array(#"{'a':1}"#.utf8),
    Array(order(quantity: "NaN").utf8), Array(order(quantity: "Infinity").utf8), Array(order(quantity: "0x10").utf8),
    Array(order(quantity: "01").utf8), Array(order(quantity: "+1").utf8), Array(order(quantity: "1.").utf8),
    Array(String(repeating: "[", count: 10_000).utf8),
    Array((String(repeating: #"{"a":"#, count: 10_000) + "1" + String(repeating: "}", count: 10_000)).utf8),
    Array(#"{"customer":{"name":"\ud800"},\#(item)}"#.utf8),
    Array(#"{"customer":{"name":"\udc00\ud800"},\#(item)}"#.utf8),
    Array(#"{"customer":{"name":"a\u0000b"},\#(item)}"#.utf8),
    Array(#"{"customer":{"name":"a"#.utf8) + [0] + Array(#""}}"#.utf8),
    Array(#"{"customer":{"name":""#.utf8) + [0xff, 0xfe] + Array(#""},\#(item)}"#.utf8),
    Array(#"{"customer":{"name":""#.utf8) + [0xed, 0xa0, 0x80] + Array(#""},\#(item)}"#.utf8),
    Array(#"{"customer":{"name":"G","name":"H"},\#(item)}"#.utf8), Array(#"{\#(customer),\#(customer),\#(item)}"#.utf8),
    Array(order(quantity: "1" + String(repeating: "0", count: 100)).utf8), [0xef, 0xbb, 0xbf] + Array("{}".utf8),
  ]

  @Test func whatIsNoJSONIsRefusedWithItsPlaceAndWritesNothing() async throws {
    let ada = try await Hub.shared().caller()
    let port = ada.ports[0]
    let token = ada.token ?? ""
    for body in Self.notJSON {
      let answer = try await onThread {
        let client = try RawClient(port: port)
        try client.send(
          "POST /api/orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\nContent-Length: \(body.count)\r\n\r\n"
        )
        try client.send(body)
        return try client.answer()
      }
      let shown = String(decoding: body.prefix(80), as: UTF8.self)
      #expect(answer.status == 400, "\(shown) \(answer)")
      #expect(Document(parsing: answer.body)["code"] == "invalid_json", "\(shown) \(answer)")
    }
    #expect(try await ada.get("/api/orders")["orders"] == .empty)
  }

  @Test func numbersPast32BitsAreJudgedByTheirValue() async throws {
    let ada = try await Hub.shared().caller()
    let refused = try await ada.post("/api/orders", Self.order(quantity: "2147483648"))
    #expect(refused.status == 422)
    #expect(refused["errors"][0]["field"] == "items[0].quantity")
    let order = try await ada.place([("p1", "1000000000")], price: "42.94967296")
    #expect(order["total"] == 42_949_672_960)
    #expect(try await ada.deliver(order, "1000000000", status: "delivered")["order"]["progress"] == 100)
  }

  @Test(arguments: [
    "status[$ne]=open", "status=%24ne", "search[$regex]=.*", "$where=sleep(1000)", "limit=0", "limit=101", "limit=1e9",
    "limit=-1", "limit=2147483648", "page=0", "page=9223372036854775808", "page=10000&limit=100", "sort=number",
    "sort=+total",
    "cursor=xyz", "cursor=99999999999999999999.0123456789abcdef01234567", "startDate=yesterday",
    "status=open&status=open",
    "search=a", "tenant=other", "customerId=x", "search=%00%00",
  ])
  func aQueryThatIsNotKnownIsRefused(query: String) async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.get("/api/orders?\(query)")
    #expect([400, 422].contains(reply.status), "\(reply)")
    #expect(!reply.code.isEmpty)
  }

  @Test(arguments: [".*", "(a+)+$", "\\", "%25", "$gt", "^", "[", "'\"", "*"])
  func aSearchIsTextAndNoPattern(search: String) async throws {
    let ada = try await Hub.shared().caller()
    _ = try await ada.place([("p1", "1")])
    let escaped = search.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let reply = try await ada.get("/api/orders?search=\(escaped)zz")
    #expect(reply.status == 200, "\(reply)")
    #expect(reply["orders"] == .empty)
  }

  @Test(arguments: [
    "/api/orders/$ne", "/api/orders/%24ne", "/api/orders/0123456789abcdef0123456", "/api/orders/xyz",
    "/api/orders/0123456789abcdef01234567", "/api/orders/0123456789abcdef01234567/remaining",
    "/api/orders/..%2f..%2fetc",
    "/api/invoices/[object%20Object]", "/api/products/nonesuch", "/api/products/%7B%22%24gt%22%3A%22%22%7D",
  ])
  func anIdentityThatNamesNothingIsNotFound(path: String) async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.get(path)
    #expect(reply.status == 404, "\(reply)")
    #expect(reply.code.hasSuffix("not_found"))
  }

  @Test func aBodyOfAnotherTypeOrSizeIsRefused() async throws {
    let ada = try await Hub.shared().caller()
    let form = try await ada.call("POST", "/api/orders", body: "", headers: ["Content-Type: text/plain"])
    #expect(form.outcome == "415 unsupported_media_type")
    // Refused by what the head announces, before a byte of it is sent.
    let (port, token) = (ada.ports[0], ada.token ?? "")
    let large = try await onThread {
      let client = try RawClient(port: port)
      try client.send(
        "POST /api/orders HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(token)\r\n"
          + "Content-Type: application/json\r\nContent-Length: \((1 << 20) + 2)\r\n\r\n")
      return try client.answer()
    }
    #expect(large.status == 413)
    #expect(large.body.contains("body_too_large"))
    let many = (0...500).map { #"{"productId":"p\#($0)","quantity":1,"unitPrice":1}"# }.joined(separator: ",")
    #expect(try await ada.post("/api/orders", #"{\#(Self.customer),"items":[\#(many)]}"#).status == 422)
    #expect(try await ada.get("/healthz").status == 200)
  }
}
