import HubContracts
import HubRuntime
import Orders
import Testing

@Suite struct CrossOriginTests {
  private static func isAllowed(_ origin: Text?, host: Text?, allowed: [String] = []) -> Bool {
    let headers: [(Text, Text)] = [("Origin", origin), ("host", host)].compactMap { name, value in
      value.map { (name, $0) }
    }
    return CrossOrigin(allowedOrigins: allowed).allows(
      HTTPRequest(method: .get, path: "/", headers: headers.map { (name: $0.0, value: $0.1) }))
  }

  @Test(arguments: [
    ("http://127.0.0.1:3003", "127.0.0.1:3003"), ("https://hub.example", "hub.example"),
    ("HTTP://Hub.Example:3003", "hub.EXAMPLE:3003"), ("http://hub.example:80", "hub.example"),
    ("http://hub.example", "hub.example:80"), ("https://hub.example:443", "hub.example"),
    ("https://hub.example", "hub.example:443"), ("http://[::1]:3003", "[::1]:3003"),
  ])
  func aPageOfTheHubsOwnHostAndPortIsWelcome(origin: Text, host: Text) {
    #expect(Self.isAllowed(origin, host: host))
  }

  @Test(
    arguments: [
      ("http://evil.example:3003", "hub.example:3003"), ("http://hub.example:3004", "hub.example:3003"),
      ("http://hub.example", "hub.example:3003"), ("http://hub.example:3003", "hub.example"),
      ("https://hub.example", "hub.example:80"), ("http://hub.example", "hub.example:443"),
      ("http://hub.example.evil.example", "hub.example"), ("http://evil.example/hub.example", "hub.example"),
      ("http://evil@hub.example", "hub.example"), ("ftp://hub.example", "hub.example"), ("hub.example", "hub.example"),
      ("null", "hub.example"), ("null", "null"), ("", "hub.example"), ("http://", "hub.example"), ("http://", ""),
      ("http://:80", ":80"), ("://", "hub.example"), ("\u{0}", "hub.example"), ("http://hub.example", nil),
    ] as [(Text, Text?)])
  func anyOtherPageIsNot(origin: Text, host: Text?) {
    #expect(!Self.isAllowed(origin, host: host))
  }

  @Test func whatIsListedIsWelcomeWhateverTheHostIs() {
    #expect(Self.isAllowed("https://shop.example", host: nil, allowed: ["https://shop.example"]))
    #expect(Self.isAllowed("https://other.example", host: "hub.example", allowed: ["*"]))
    #expect(!Self.isAllowed("https://other.example", host: "hub.example", allowed: ["https://shop.example"]))
    #expect(Self.isAllowed(nil, host: "hub.example"))
  }

  @Test func whereNoPageIsWelcomeNothingIsSaid() {
    let own = CrossOrigin.none
    #expect(!own.varies)
    #expect(own.headers(origin: "https://hub.example", host: "hub.example").isEmpty)
    #expect(own.headers(origin: nil, host: "hub.example").isEmpty)
  }

  @Test func everyAnswerVariesWhoeverAsksForIt() {
    for cross in [
      CrossOrigin(allowedOrigins: ["https://shop.example"], allowsOwnHost: false), CrossOrigin(allowedOrigins: []),
    ] {
      for origin in [nil, "https://evil.example", "null", ""] as [Text?] {
        let headers = cross.headers(origin: origin, host: "hub.example")
        #expect(headers.map(\.name) == ["Vary"] && headers.map(\.value) == ["Origin"])
      }
    }
  }

  @Test func aWelcomePageIsNamedAndMayReadWhatItNeeds() {
    let cross = CrossOrigin(allowedOrigins: ["https://shop.example"], allowsOwnHost: false)
    let headers = cross.headers(origin: "https://shop.example", host: nil)
    let named = Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first }
    #expect(
      named == [
        "Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin", "Access-Control-Expose-Headers": "Idempotent-Replayed, Retry-After, X-Request-Id",
      ])
    // A page of the same host needs no leave to read, and one over plain HTTP is not to have it.
    #expect(cross.headers(origin: "http://hub.example", host: "hub.example").map(\.name) == ["Vary"])
  }
}
