import EngineServer
import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// Judges opening handshakes.
///
/// What all clients share, the handshakes of a second, is spent by those that are let in and by nobody else. A token is
/// looked for among those that were verified before, then its signature is checked; only after that is anything of it
/// read. Those that are refused are told why for as long as their address has not had too many.
struct Gate: Sendable {
  /// The path of the plain WebSocket.
  static let path: Text = "/ws"
  /// When a refused client may come again, in seconds.
  static let retryAfterSeconds = 2
  /// The path of the server-sent events.
  static let streamPath: Text = "/events"
  /// How many refused tokens are told why in a minute, of an address.
  static let refusedTokensPerMinute = 300
  let options: LiveOptions
  let verifier: CachedVerifier
  let clock: any HubClock
  let census: Census
  let crossOrigin: CrossOrigin
  let refusedTokens: KeyedLimit
  /// When streams that find no room are to come again.
  let retries = RetrySpread(
    fromMs: Int64(Gate.retryAfterSeconds) * 1_000, spreadMs: Int64(Gate.retryAfterSeconds) * 2_000)

  init(options: LiveOptions, verifier: any TokenVerifier, clock: any HubClock, census: Census) {
    self.options = options
    self.verifier = CachedVerifier(verifier)
    refusedTokens = KeyedLimit(perMinute: Self.refusedTokensPerMinute, clock: options.steadyClock)
    self.clock = clock
    self.census = census
    crossOrigin = options.crossOrigin
  }

  /// A refusal: why, and what the client is told.
  struct Refused: Error {
    var reason: HandshakeRefusal
    var status: Int
    var detail: String
    /// The methods that are allowed, with a status of 405.
    var allow: String?

    /// What the client is told: where a setting decides it, by its name, for whoever reads this asks the operator next.
    var told: String { reason.setting.map { "\(detail) (\($0.rawValue))" } ?? detail }

    /// What a WebSocket is closed with for it: no page can read the answer to a handshake. Nil where it passes with time,
    /// or is a fault that a page cannot mend.
    var closeCode: CloseCode? {
      switch reason {
      case .token: .unauthorised
      case .role: .forbidden
      case .draining, .rate, .unproven, .refusedTokens, .version, .key, .origin, .query, .processLimit, .addressLimit,
        .userLimit, .overloaded:
        nil
      }
    }
  }

  /// The token that a request brings and, in a subprotocol, whether that is to be answered. The query's token comes last
  /// and is never logged.
  static func token(of request: HTTPRequest) -> (token: Text?, answersBearer: Bool) {
    let offered = (request.list("Sec-WebSocket-Protocol") ?? "").split(on: UInt8(ascii: ",")).map(\.trimmed)
    let offersBearer = offered.first == "bearer"
    if let token = request.bearerToken { return (token, offersBearer) }
    if offersBearer, offered.count > 1 { return (offered[1], true) }
    return (request.query.first { $0.name == "token" }?.value, offersBearer)
  }

  /// What the token says, nil without a token.
  func claims(of request: HTTPRequest) throws(TokenRefusal) -> TokenClaims? {
    guard let token = Self.token(of: request).token else { return nil }
    return try claims(token)
  }

  private func claims(_ token: Text) throws(TokenRefusal) -> TokenClaims {
    try verifier.verify(token.string, now: clock.now())
  }

  /// What a Socket.IO client's handshake proves, which may do without: nil if its token is not good either, for one in its
  /// connect packet goes before it.
  func proof(of request: HTTPRequest) -> TokenClaims? {
    guard let token = Self.token(of: request).token else { return nil }
    if let known = verifier.known(token.string, now: clock.now()) { return known }
    return verifier.fits(token.string) ? try? verifier.verify(token.string, now: clock.now()) : nil
  }

  /// Whether there is room for one more client, of any kind. It takes nothing.
  private func checkRoom(_ request: HTTPRequest, descriptors: Int = 1, isDraining: Bool) throws(Refused) {
    if isDraining { throw Refused(reason: .draining, status: 503, detail: "this process is about to stop") }
    let address = NetworkAddress.limitKey(of: request.remoteAddress)
    if let refusal = census.refusal(address: address, descriptors: descriptors, person: nil) {
      throw Refused(reason: refusal, status: 503, detail: "too many connections are open")
    }
  }

  /// Lets one in that is right in every other respect: takes from what all share, and if it has not proved who it is a
  /// place among those.
  private func take(_ request: HTTPRequest, isProven: Bool, nowMs: Int64) throws(Refused) {
    let refusal =
      isProven
      ? census.takeProven(nowMs: nowMs)
      : census.takeUnproven(NetworkAddress.limitKey(of: request.remoteAddress), nowMs: nowMs)
    guard let refusal else { return }
    let detail =
      refusal == .unproven
      ? "too many connections wait for their tokens; one whose handshake brings its token need not wait"
      : "too many connections are being opened"
    throw Refused(reason: refusal, status: 503, detail: detail)
  }

  /// Judges the opening of a Socket.IO session, by polling or on a WebSocket.
  func judgeSession(_ request: HTTPRequest, isDraining: Bool, nowMs: Int64) throws(Refused) {
    try checkRoom(request, isDraining: isDraining)
    try take(request, isProven: proof(of: request) != nil, nowMs: nowMs)
  }

  /// Judges the opening handshake of the plain WebSocket. The headers of the 101.
  func judge(
    _ request: HTTPRequest, isDraining: Bool, nowMs: Int64
  ) throws(Refused) -> [(name: String, value: String)] {
    try checkRoom(request, isDraining: isDraining)
    guard request.header("Sec-WebSocket-Version") == Handshake.version else {
      throw Refused(reason: .version, status: 426, detail: "WebSocket version 13 is spoken here")
    }
    guard let accept = Handshake.accept(key: request.header("Sec-WebSocket-Key") ?? "") else {
      throw Refused(reason: .key, status: 400, detail: "Sec-WebSocket-Key must be 16 bytes in base64")
    }
    do throws(Refused) {
      let claims = try known(request)
      if let claims { try checkRole(claims) }
      try take(request, isProven: claims != nil, nowMs: nowMs)
    } catch {
      // It is let in to be told, if there is a place for that; whoever has none is told in the answer, which costs less.
      let address = NetworkAddress.limitKey(of: request.remoteAddress)
      guard error.closeCode != nil, census.takeFarewell(address, nowMs: nowMs) else { throw error }
    }
    var headers: [(name: String, value: String)] = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)]
    if Self.token(of: request).answersBearer { headers.append(("Sec-WebSocket-Protocol", "bearer")) }
    return headers
  }

  /// Judges a request for server-sent events, which must bring its token.
  func judgeStream(_ request: HTTPRequest, isDraining: Bool, nowMs: Int64) throws(Refused) {
    try checkRoom(request, descriptors: Census.streamDescriptors, isDraining: isDraining)
    guard let claims = try known(request) else {
      throw Refused(
        reason: .token, status: 401, detail: "a token is needed: Authorization: Bearer, or ?token= from a browser")
    }
    try checkRole(claims)
    if let fault = StreamRequest.fault(in: request) { throw Refused(reason: .query, status: 400, detail: fault) }
    try take(request, isProven: true, nowMs: nowMs)
  }

  private func checkRole(_ claims: TokenClaims) throws(Refused) {
    if let refusal = claims.actor.followRefusal { throw Refused(reason: .role, status: 403, detail: refusal) }
  }

  /// Why the WebSocket of a handshake that `judge` let in is to be closed at once; nil if it is to be served.
  func farewell(to request: HTTPRequest) -> Refused? {
    do throws(TokenRefusal) {
      guard let refusal = try claims(of: request)?.actor.followRefusal else { return nil }
      return Refused(reason: .role, status: 403, detail: refusal)
    } catch {
      return Self.refused(error)
    }
  }

  /// Who asks, if it says so; from a page that is welcome, and with room for one more of that user.
  private func known(_ request: HTTPRequest) throws(Refused) -> TokenClaims? {
    guard crossOrigin.allows(request) else {
      let origin = request.header("Origin")?.start(64) ?? ""
      throw Refused(reason: .origin, status: 403, detail: "the origin \(origin) may not connect")
    }
    let address = NetworkAddress.limitKey(of: request.remoteAddress)
    guard let token = Self.token(of: request).token else { return nil }
    let claims = try verified(token, of: address)
    let person = Census.Person(tenant: claims.actor.tenant, user: claims.actor.user)
    if let refusal = census.refusal(address: address, person: person) {
      throw Refused(reason: refusal, status: 503, detail: "too many connections are open")
    }
    return claims
  }

  /// What a token says, in a handshake or sent later on the connection; at the cost of the address if it is refused.
  func verified(_ token: Text, of address: Text) throws(Refused) -> TokenClaims {
    if let known = verifier.known(token.string, now: clock.now()) { return known }
    let fits = verifier.fits(token.string)
    if !fits { try spend(address) }
    do throws(TokenRefusal) { return try claims(token) } catch {
      if fits { try spend(address) }
      throw Self.refused(error)
    }
  }

  private static func refused(_ why: TokenRefusal) -> Refused {
    Refused(reason: .token, status: 401, detail: "the token is refused: \(why.message)")
  }

  private func spend(_ address: Text) throws(Refused) {
    guard !refusedTokens.take(address) else { return }
    throw Refused(
      reason: .refusedTokens, status: 429,
      detail: "more than \(Self.refusedTokensPerMinute) tokens a minute were refused from this address")
  }

  /// A stream's refusal as an answer: one that passes with time is a stream that ends, and says when to come again.
  func streamReply(_ refused: Refused, to request: HTTPRequest) -> HTTPReply {
    guard refused.status == 503 else { return reply(refused, to: request) }
    let code: CloseCode = if case .draining = refused.reason { .serviceRestart } else { .tryAgainLater }
    return HTTPReply(
      status: 200, contentType: StreamHead.contentType, headers: StreamHead.headers,
      body: SharedBytes(StreamHead.later(retryMs: retries.next(), code, refused.told)))
  }

  /// A refusal as an answer.
  func reply(_ refused: Refused, to request: HTTPRequest) -> HTTPReply {
    var body = Array("{\"type\":\"about:blank\",\"status\":\(refused.status),".utf8)
    body += JSONText.object([
      ("code", "live_\(refused.reason.rawValue)"), ("title", "The connection is refused"),
      ("detail", refused.told), ("requestId", request.requestID),
    ]).dropFirst()
    var headers: [(name: String, value: String)] = []
    if [429, 503].contains(refused.status) { headers.append(("Retry-After", "\(Self.retryAfterSeconds)")) }
    if refused.status == 426 {
      headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", Handshake.version.string)]
    }
    if let allow = refused.allow { headers.append(("Allow", allow)) }
    if refused.status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    return HTTPReply(
      status: refused.status, contentType: "application/problem+json", headers: headers, body: SharedBytes(body))
  }

  /// Whether a request asks for the plain WebSocket.
  static func asksForPlain(_ request: HTTPRequest) -> Bool {
    request.method == .get && request.path == path
      && Handshake.isAsked(upgrade: request.list("Upgrade"), connection: request.list("Connection"))
  }
}
