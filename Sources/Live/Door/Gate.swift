import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// Judges opening handshakes. It changes nothing but the allowance of handshakes a second.
struct Gate: Sendable {
  /// The path of the plain WebSocket.
  static let path = "/ws"
  /// When a refused client may come again, in seconds.
  static let retryAfterSeconds = 2
  /// How long a token may be.
  static let tokenLimitBytes = 8_192

  let options: LiveOptions
  let verifier: any TokenVerifier
  let clock: any HubClock
  let census: Census

  /// The token that a request brings and, in a subprotocol, whether that is to be answered. The query's token comes last
  /// and is never logged.
  static func token(of request: HTTPRequest) -> (token: String?, answersBearer: Bool) {
    let offered = (request.header("Sec-WebSocket-Protocol") ?? "").split(separator: ",").map { trim($0) }
    let offersBearer = offered.first == "bearer"
    if let value = request.header("Authorization"), value.utf8.count > 7, value.prefix(7).lowercased() == "bearer " {
      return (trim(value.dropFirst(7)), offersBearer)
    }
    if offersBearer, offered.count > 1 { return (offered[1], true) }
    return (request.query.first { $0.name == "token" }?.value, offersBearer)
  }

  /// What the token says, nil without a token.
  func claims(of request: HTTPRequest) throws(TokenRefusal) -> TokenClaims? {
    guard let token = Self.token(of: request).token else { return nil }
    guard token.utf8.count <= Self.tokenLimitBytes else { throw .malformed }
    return try verifier.verify(token, now: clock.now())
  }

  /// Decides, and says why not.
  func judge(_ request: HTTPRequest, isDraining: Bool, nowMs: Int64) -> (Admission, HandshakeRefusal?) {
    guard request.method == .get, request.path == Self.path, asksForWebSocket(request) else {
      return (.notAnUpgrade, nil)
    }
    if isDraining { return refuse(.draining, 503, "this process is about to stop", request) }
    guard census.takeHandshake(nowMs: nowMs) else {
      return refuse(.rate, 503, "too many connections are being opened", request)
    }
    guard request.header("Sec-WebSocket-Version") == Handshake.version else {
      return refuse(.version, 426, "WebSocket version 13 is spoken here", request)
    }
    guard let accept = Handshake.accept(key: request.header("Sec-WebSocket-Key") ?? "") else {
      return refuse(.key, 400, "Sec-WebSocket-Key must be 16 bytes in base64", request)
    }
    if let origin = request.header("Origin"), !allows(origin) {
      return refuse(.origin, 403, "this origin may not connect", request)
    }
    let person: Census.Person?
    do {
      person = try claims(of: request).map { Census.Person(tenant: $0.actor.tenant, user: $0.actor.user) }
    } catch {
      return refuse(.token, 401, "the token is refused: \(error)", request)
    }
    if let refusal = census.refusal(address: request.remoteAddress, person: person) {
      return refuse(refusal, 503, "too many connections are open", request)
    }
    var headers: [(name: String, value: String)] = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)]
    if Self.token(of: request).answersBearer { headers.append(("Sec-WebSocket-Protocol", "bearer")) }
    return (.accept(headers: headers), nil)
  }

  private func asksForWebSocket(_ request: HTTPRequest) -> Bool {
    func has(_ name: String, _ word: String) -> Bool {
      (request.header(name) ?? "").split(separator: ",").contains { Self.trim($0).lowercased() == word }
    }
    return has("Upgrade", "websocket") && has("Connection", "upgrade")
  }

  private func allows(_ origin: String) -> Bool {
    options.allowedOrigins.contains { $0 == "*" || $0 == origin }
  }

  private func refuse(
    _ reason: HandshakeRefusal, _ status: Int, _ detail: String, _ request: HTTPRequest
  ) -> (Admission, HandshakeRefusal?) {
    var body = Array("{\"type\":\"about:blank\",\"status\":\(status),\"code\":".utf8)
    JSONText.append("live_\(reason.rawValue)", to: &body)
    body += Array(",\"title\":\"The WebSocket is refused\",\"detail\":".utf8)
    JSONText.append(detail, to: &body)
    body += Array(",\"requestId\":".utf8)
    JSONText.append(request.requestID, to: &body)
    body.append(0x7d)
    var headers: [(name: String, value: String)] = []
    if status == 503 { headers.append(("Retry-After", "\(Self.retryAfterSeconds)")) }
    if status == 426 { headers.append(("Sec-WebSocket-Version", Handshake.version)) }
    if status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    let reply = HTTPReply(
      status: status, contentType: "application/problem+json", headers: headers, body: SharedBytes(body))
    return (.refuse(reply), reason)
  }

  private static func trim(_ text: some StringProtocol) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var rest = Substring(text).drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
  }
}
