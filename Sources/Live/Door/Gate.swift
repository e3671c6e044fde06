import EngineServer
import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// Judges opening handshakes. It changes nothing but the allowance of handshakes a second.
struct Gate: Sendable {
  /// The path of the plain WebSocket.
  static let path: Text = "/ws"
  /// When a refused client may come again, in seconds.
  static let retryAfterSeconds = 2
  /// How long a token may be.
  static let tokenLimitBytes = 8_192

  /// The path of the server-sent events.
  static let streamPath: Text = "/events"
  let options: LiveOptions
  let verifier: any TokenVerifier
  let clock: any HubClock
  let census: Census
  let crossOrigin: CrossOrigin

  init(options: LiveOptions, verifier: any TokenVerifier, clock: any HubClock, census: Census) {
    self.options = options
    self.verifier = verifier
    self.clock = clock
    self.census = census
    crossOrigin = CrossOrigin(allowedOrigins: options.allowedOrigins)
  }

  /// A refusal: why, and what the client is told.
  struct Refused: Error {
    var reason: HandshakeRefusal
    var status: Int
    var detail: String
  }

  /// The token that a request brings and, in a subprotocol, whether that is to be answered. The query's token comes last
  /// and is never logged.
  static func token(of request: HTTPRequest) -> (token: Text?, answersBearer: Bool) {
    let offered = (request.header("Sec-WebSocket-Protocol") ?? "").split(on: UInt8(ascii: ",")).map(\.trimmed)
    let offersBearer = offered.first == "bearer"
    if let value = request.header("Authorization"), let token = bearer(value) { return (token, offersBearer) }
    if offersBearer, offered.count > 1 { return (offered[1], true) }
    return (request.query.first { $0.name == "token" }?.value, offersBearer)
  }

  /// What stands behind `Bearer ` in any case; nil for anything else.
  private static func bearer(_ value: Text) -> Text? {
    let scheme = value.utf8.prefix(7)
    guard value.utf8.count > 7, Text(Substring(scheme)).isWord("Bearer ") else { return nil }
    return Text(Substring(value.utf8.dropFirst(7))).trimmed
  }

  /// What the token says, nil without a token.
  func claims(of request: HTTPRequest) throws(TokenRefusal) -> TokenClaims? {
    guard let token = Self.token(of: request).token else { return nil }
    guard token.utf8.count <= Self.tokenLimitBytes else { throw .malformed }
    return try verifier.verify(token.string, now: clock.now())
  }

  /// Whether one more client may come now, of any kind.
  func checkRoom(_ request: HTTPRequest, isDraining: Bool, nowMs: Int64) throws(Refused) {
    if isDraining { throw Refused(reason: .draining, status: 503, detail: "this process is about to stop") }
    if let refusal = census.refusal(address: request.remoteAddress, person: nil) {
      throw Refused(reason: refusal, status: 503, detail: "too many connections are open")
    }
    guard census.takeHandshake(nowMs: nowMs) else {
      throw Refused(reason: .rate, status: 503, detail: "too many connections are being opened")
    }
  }

  /// Judges the opening handshake of the plain WebSocket. The headers of the 101.
  func judge(
    _ request: HTTPRequest, isDraining: Bool, nowMs: Int64
  ) throws(Refused) -> [(name: String, value: String)] {
    try checkRoom(request, isDraining: isDraining, nowMs: nowMs)
    guard request.header("Sec-WebSocket-Version") == Handshake.version else {
      throw Refused(reason: .version, status: 426, detail: "WebSocket version 13 is spoken here")
    }
    guard let accept = Handshake.accept(key: request.header("Sec-WebSocket-Key") ?? "") else {
      throw Refused(reason: .key, status: 400, detail: "Sec-WebSocket-Key must be 16 bytes in base64")
    }
    _ = try known(request)
    var headers: [(name: String, value: String)] = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)]
    if Self.token(of: request).answersBearer { headers.append(("Sec-WebSocket-Protocol", "bearer")) }
    return headers
  }

  /// Judges a request for server-sent events, which must bring its token.
  func judgeStream(_ request: HTTPRequest, isDraining: Bool, nowMs: Int64) throws(Refused) {
    try checkRoom(request, isDraining: isDraining, nowMs: nowMs)
    guard try known(request) != nil else {
      throw Refused(
        reason: .token, status: 401, detail: "a token is needed: Authorization: Bearer, or ?token= from a browser")
    }
    if let fault = StreamRequest.fault(in: request) { throw Refused(reason: .query, status: 400, detail: fault) }
  }

  /// Who asks, if it says so; from a page that is welcome, and with room for one more of that user.
  private func known(_ request: HTTPRequest) throws(Refused) -> TokenClaims? {
    guard crossOrigin.allows(request) else {
      throw Refused(reason: .origin, status: 403, detail: "this origin may not connect")
    }
    let claims: TokenClaims?
    do throws(TokenRefusal) { claims = try self.claims(of: request) } catch {
      throw Refused(reason: .token, status: 401, detail: "the token is refused: \(error)")
    }
    guard let claims else { return nil }
    let person = Census.Person(tenant: claims.actor.tenant, user: claims.actor.user)
    if let refusal = census.refusal(address: request.remoteAddress, person: person) {
      throw Refused(reason: refusal, status: 503, detail: "too many connections are open")
    }
    return claims
  }

  /// A refusal as an answer.
  func reply(_ refused: Refused, to request: HTTPRequest) -> HTTPReply {
    var body = Array("{\"type\":\"about:blank\",\"status\":\(refused.status),".utf8)
    body += JSONText.object([
      ("code", "live_\(refused.reason.rawValue)"), ("title", "The connection is refused"),
      ("detail", refused.detail), ("requestId", request.requestID),
    ]).dropFirst()
    var headers = crossOrigin.headers(for: request)
    if refused.status == 503 { headers.append(("Retry-After", "\(Self.retryAfterSeconds)")) }
    if refused.status == 426 {
      headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", Handshake.version.string)]
    }
    if refused.status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    return HTTPReply(
      status: refused.status, contentType: "application/problem+json", headers: headers, body: SharedBytes(body))
  }

  /// Whether a request asks for the plain WebSocket.
  static func asksForPlain(_ request: HTTPRequest) -> Bool {
    request.method == .get && request.path == path
      && Handshake.isAsked(upgrade: request.header("Upgrade"), connection: request.header("Connection"))
  }
}
