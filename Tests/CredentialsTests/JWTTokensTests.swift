import Credentials
import HubContracts
import Orders
import Testing

@Suite struct JWTTokensTests {
  static let secret = "0123456789abcdef0123456789abcdef"
  static let now = Timestamp(millis: 1_700_000_000_000)
  static let header = #"{"alg":"HS256","typ":"JWT"}"#
  let tokens: JWTTokens
  let actor: Actor

  init() throws {
    tokens = try JWTTokens(secret: Self.secret)
    actor = Actor(
      tenant: try #require(TenantID("shop-1")), user: try #require(UserID("ann@example.org")), role: .employee)
  }

  private func payload(_ changes: [String: String?] = [:]) -> String {
    var claims: [String: String] = [
      "iss": #""orderhub""#, "aud": #""orderhub""#, "sub": #""ann@example.org""#, "tenant": #""shop-1""#,
      "role": #""employee""#, "iat": "1700000000", "exp": "1700000600",
    ]
    for (name, value) in changes { claims[name] = value }
    return "{" + claims.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
  }

  private func token(
    _ changes: [String: String?] = [:], header: String = JWTTokensTests.header, secret: String = JWTTokensTests.secret
  ) -> String {
    HandMade.token(header: header, payload: payload(changes), secret: secret)
  }

  @Test func handMadeSignaturesAreThoseOfTheStandard() {
    #expect(
      HandMade.sha256(Array("abc".utf8)).map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func tellsItsOwnSignatureWithoutReadingWhatIsSigned() {
    let own = token()
    #expect(tokens.fits(own))
    #expect(tokens.fits(token(["exp": "1"])), "whether it is good is another question")
    #expect(!tokens.fits(token(secret: "another secret of thirty-two bytes")))
    for broken in [
      "", ".", "..", "a.b.c", String(own.dropLast()), own + "A", "x" + own, String(own.dropFirst()),
      own.replacing("eyJ", with: "eyK", maxReplacements: 1), String(repeating: "x", count: 100_000),
      String(repeating: ".", count: 4_000),
    ] {
      #expect(!tokens.fits(broken), "\(broken.prefix(60))")
    }
  }

  @Test func acceptsWhatItIssued() throws {
    let token = try tokens.issue(for: actor, now: Self.now, lifetimeSeconds: 600)
    let claims = try tokens.verify(token, now: Timestamp(millis: Self.now.millis + 599_999))
    #expect(
      claims
        == TokenClaims(
          actor: actor, issuedAt: Timestamp(millis: 1_700_000_000_000), expiresAt: Timestamp(millis: 1_700_000_600_000))
    )
    #expect(throws: TokenRefusal.expired) { try tokens.verify(token, now: claims.expiresAt) }
  }

  @Test func issuesWhatAnotherWouldSign() throws {
    let token = try tokens.issue(for: actor, now: Self.now, lifetimeSeconds: 600)
    let parts = token.split(separator: ".")
    #expect(parts.count == 3)
    let signature = HandMade.hmac(Array("\(parts[0]).\(parts[1])".utf8), key: Array(Self.secret.utf8))
    #expect(String(parts[2]) == HandMade.base64URL(signature))
  }

  @Test func acceptsAHandMadeToken() throws {
    var claims = TokenClaims(
      actor: actor, issuedAt: Timestamp(millis: 1_700_000_000_000), expiresAt: Timestamp(millis: 1_700_000_600_000))
    #expect(try tokens.verify(token(), now: Self.now) == claims)
    #expect(try tokens.verify(token(header: #"{"alg":"HS256"}"#), now: Self.now) == claims)
    claims.issuedAt = nil
    #expect(try tokens.verify(token(["iat": nil]), now: Self.now) == claims)
  }

  @Test func acceptsAClockAMinuteAheadAndNoMore() throws {
    for name in ["iat", "nbf"] {
      _ = try tokens.verify(token([name: "1700000060"]), now: Self.now)
      #expect(throws: TokenRefusal.notYetValid) { try tokens.verify(token([name: "1700000061"]), now: Self.now) }
    }
  }

  @Test(arguments: ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "PS256", "hs256", "HS256 ", "", "XX"])
  func refusesAnyOtherAlgorithm(name: String) {
    let forged = token(header: #"{"alg":"\#(name)","typ":"JWT"}"#)
    #expect(throws: TokenRefusal.wrongAlgorithm) { try tokens.verify(forged, now: Self.now) }
    let parts = forged.split(separator: ".")
    #expect(throws: TokenRefusal.wrongAlgorithm) { try tokens.verify("\(parts[0]).\(parts[1]).", now: Self.now) }
  }

  @Test func refusesAHeaderWithoutAlgorithm() {
    #expect(throws: TokenRefusal.wrongAlgorithm) { try tokens.verify(token(header: #"{"typ":"JWT"}"#), now: Self.now) }
  }

  @Test func refusesAForgedSignature() throws {
    let good = token()
    #expect(throws: TokenRefusal.badSignature) {
      try tokens.verify(token(secret: "another secret of 32 bytes......"), now: Self.now)
    }
    let parts = good.split(separator: ".").map(String.init)
    let other = token(["role": #""admin""#]).split(separator: ".").map(String.init)
    for forged in [
      "\(parts[0]).\(other[1]).\(parts[2])", "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1]).\(parts[2])A",
      "\(parts[0]).\(parts[1]).\(parts[2].dropLast())", "\(parts[0]).\(parts[1]).\(other[2])",
    ] {
      #expect(throws: TokenRefusal.badSignature) { try tokens.verify(forged, now: Self.now) }
    }
  }

  @Test func refusesWhatIsNoToken() {
    let good = token()
    let long = token(["extra": "\"" + String(repeating: "x", count: 4_096) + "\""])
    let broken = [
      "", ".", "..", "...", "a.b", "a.b.c", good + ".x", " " + good, good + "\0", good + "=", long,
      String(repeating: "a", count: 5_000), "é.é.é",
      HandMade.token(header: Self.header, payload: "not json", secret: Self.secret),
      HandMade.token(header: "not json", payload: payload(), secret: Self.secret),
      HandMade.token(header: #"{"alg":5}"#, payload: payload(), secret: Self.secret),
      HandMade.token(header: #"{"alg":"HS256","crit":["exp"]}"#, payload: payload(), secret: Self.secret),
      HandMade.token(header: #"{"alg":"HS256","typ":"other"}"#, payload: payload(), secret: Self.secret),
    ]
    for text in broken {
      #expect(throws: TokenRefusal.malformed, "\(text.prefix(80))") { try tokens.verify(text, now: Self.now) }
    }
  }

  @Test func refusesATokenThatHasRunOut() {
    for exp in ["1700000000", "1699999999", "0", "-1", "-9223372036854775807"] {
      #expect(throws: TokenRefusal.expired, "\(exp)") { try tokens.verify(token(["exp": exp]), now: Self.now) }
    }
  }

  @Test func refusesATokenWithoutEnd() {
    #expect(throws: TokenRefusal.noExpiry) { try tokens.verify(token(["exp": nil]), now: Self.now) }
  }

  @Test func refusesClaimsThatAreNoObjectOrNameOneTwice() {
    for payload in [#"["orderhub"]"#, "5", "", payload().replacing("}", with: #","exp":1}"#)] {
      let token = HandMade.token(header: Self.header, payload: payload, secret: Self.secret)
      #expect(throws: TokenRefusal.malformed, "\(payload)") { try tokens.verify(token, now: Self.now) }
    }
  }

  @Test(arguments: [("iss", TokenRefusal.wrongIssuer), ("aud", TokenRefusal.wrongAudience)])
  func refusesATokenForAnother(name: String, refusal: TokenRefusal) {
    for value in [
      nil, #""other""#, #""orderhub2""#, #""Orderhub""#, "5", "null", #"["other"]"#, "[]", #"["orderhub",5]"#,
      #"[["orderhub"]]"#, #"{"orderhub":"orderhub"}"#,
    ] {
      #expect(throws: refusal, "\(value ?? "missing")") { try tokens.verify(token([name: value]), now: Self.now) }
    }
    #expect(throws: TokenRefusal.wrongIssuer) { try tokens.verify(token(["iss": #"["orderhub"]"#]), now: Self.now) }
  }

  @Test(arguments: [#"["orderhub"]"#, #"["other","orderhub"]"#, #"["orderhub","other","orderhub"]"#])
  func acceptsAListOfAudiencesWithItsOwnName(list: String) throws {
    #expect(try tokens.verify(token(["aud": list]), now: Self.now).actor == actor)
  }

  @Test(
    arguments: [
      ("1700000600.5", 1_700_000_600_500), ("1700000600.1234567", 1_700_000_600_123),
      ("1700000600.9999999999999999999999", 1_700_000_600_999), ("1.7000006e9", 1_700_000_600_000),
      ("17000006000000e-4", 1_700_000_600_000), ("1.7000006E+9", 1_700_000_600_000),
      ("1700000600.0", 1_700_000_600_000),
    ] as [(String, Int64)])
  func acceptsFractionsAndNeverLastsLongerThanItSays(exp: String, millis: Int64) throws {
    let claims = try tokens.verify(token(["exp": exp]), now: Timestamp(millis: millis - 1))
    #expect(claims.expiresAt == Timestamp(millis: millis))
    #expect(throws: TokenRefusal.expired) { try tokens.verify(token(["exp": exp]), now: Timestamp(millis: millis)) }
  }

  @Test func readsFractionsOfTheOtherTimesToo() throws {
    for name in ["iat", "nbf"] {
      _ = try tokens.verify(token([name: "1700000059.75"]), now: Self.now)
      _ = try tokens.verify(token([name: "1.7e9"]), now: Self.now)
      _ = try tokens.verify(token([name: "-0.5"]), now: Self.now)
      #expect(throws: TokenRefusal.notYetValid) { try tokens.verify(token([name: "1700000060.001"]), now: Self.now) }
      // In milliseconds.
      #expect(throws: TokenRefusal.notYetValid) { try tokens.verify(token([name: "1700000000000"]), now: Self.now) }
    }
  }

  @Test(arguments: [
    "1700000600000", "4855760001", "9223372036854775807", "92233720368547758070", "1.7e99", "1e-0400",
    "0.0017000006e999", "1" + String(repeating: "0", count: 60),
  ])
  func refusesAnEndThatNobodyMeans(exp: String) throws {
    // One that is not far but long ago, to see that a small exponent is none.
    let refusal = exp == "1e-0400" ? TokenRefusal.expired : .endsTooLate
    #expect(throws: refusal) { try tokens.verify(token(["exp": exp]), now: Self.now) }
    _ = try tokens.verify(token(["exp": "4855760000"]), now: Self.now)
  }

  @Test func everyRefusalSaysItsOwnReason() {
    let all: [TokenRefusal] =
      [
        .malformed, .wrongAlgorithm, .badSignature, .expired, .notYetValid, .noExpiry, .endsTooLate, .wrongIssuer,
        .wrongAudience, .badClaims,
      ] + TokenTime.allCases.map { .badTime($0) }
    #expect(Set(all.map(\.message)).count == 13)
  }

  @Test(arguments: [
    ("sub", [nil, #""""#, #""two words""#, "5", "null", #""\#(String(repeating: "x", count: 129))""#]),
    ("tenant", [nil, #""""#, #""a/b""#, "5", #"{"$ne":null}"#, #""\#(String(repeating: "x", count: 65))""#]),
    ("role", [nil, #""""#, #""root""#, #""Admin""#, "true"]),
  ])
  func refusesWrongClaims(name: String, values: [String?]) {
    for value in values {
      #expect(throws: TokenRefusal.badClaims, "\(name) \(value ?? "missing")") {
        try tokens.verify(token([name: value]), now: Self.now)
      }
    }
  }

  @Test(arguments: TokenTime.allCases) func refusesATimeThatIsNoNumber(time: TokenTime) {
    for value in [#""1700000600""#, #""soon""#, "true", "null", "[1700000600]", "{}"] {
      #expect(throws: TokenRefusal.badTime(time), "\(value)") {
        try tokens.verify(token([time.rawValue: value]), now: Self.now)
      }
    }
  }

  @Test func refusesAShortSecretAndAnEndlessLifetime() {
    #expect(throws: CredentialError.failed("the secret has 31 bytes, allowed are 32 or more")) {
      try JWTTokens(secret: String(repeating: "s", count: 31))
    }
    for lifetime in [0, -1, Int64.max] {
      #expect(throws: CredentialError.self) {
        try tokens.issue(for: actor, now: Self.now, lifetimeSeconds: lifetime)
      }
    }
  }
}
