public import HubContracts
public import Orders

/// What pages of other origins may do, and the headers that tell their browsers.
///
/// The HTTP server adds these to every answer, its own refusals too: what only some answers have a page cannot read when
/// it needs it, and a cache may give to a page of another origin.
public struct CrossOrigin: Sendable {
  private let allowed: Set<Text>
  private let allowsAll: Bool
  private let allowsOwnHost: Bool
  /// Whether an answer's headers depend on who asks. If not, no page of another origin is welcome, and none is told so.
  public let varies: Bool
  /// How long a browser may remember the answer to a preflight, in seconds.
  private static let maxAgeSeconds = 600
  /// How many bytes the names of headers may have that a preflight asks for.
  private static let headerLimitBytes = 1_024

  /// Takes origins as `Origin` has them; `*` for all. With `allowsOwnHost`, pages of the host and port that they ask are
  /// welcome too, which matters where a browser asks nobody else whether they may: before a WebSocket.
  public init(allowedOrigins: [String], allowsOwnHost: Bool = true) {
    allowed = Set(allowedOrigins.map { Text($0) })
    allowsAll = allowed.contains("*")
    self.allowsOwnHost = allowsOwnHost
    varies = allowsOwnHost || !allowed.isEmpty
  }

  /// No page is welcome.
  public static let none = CrossOrigin(allowedOrigins: [], allowsOwnHost: false)

  /// Whether a request may be answered: it comes from no page, or from one that is welcome.
  public func allows(_ request: HTTPRequest) -> Bool {
    allows(origin: request.header("Origin"), host: request.header("Host"))
  }

  private func allows(origin: Text?, host: Text?) -> Bool {
    guard let origin else { return true }
    return allowsAll || allowed.contains(origin) || allowsOwnHost && Self.isOwn(origin, host: host)
  }

  /// Whether an origin has the authority that `Host` names. Its scheme is not judged: behind a proxy that ends TLS, pages
  /// are of https and requests of http.
  private static func isOwn(_ origin: Text, host: Text?) -> Bool {
    guard let host, !host.isEmpty else { return false }
    let (text, own) = (origin.asciiLowercased, host.asciiLowercased)
    for (scheme, port) in [("http://", ":80"), ("https://", ":443")] as [(Text, Text)] where text.hasPrefix(scheme) {
      let name = bare(Text(Substring(text.utf8.dropFirst(scheme.utf8.count))), port)
      return !name.isEmpty && name == bare(own, port)
    }
    return false
  }

  /// An authority without its scheme's own port.
  private static func bare(_ authority: Text, _ port: Text) -> Text {
    authority.hasSuffix(port) ? Text(Substring(authority.utf8.dropLast(port.utf8.count))) : authority
  }

  /// The headers that let the page read the answer. The origin is named, for with credentials `*` means nothing. `Vary`
  /// stands in each answer whoever asks, so that no cache gives one to a page that another one was for.
  public func headers(origin: Text?, host: Text?) -> [(name: String, value: String)] {
    guard varies else { return [] }
    guard let origin, allows(origin: origin, host: host) else { return [("Vary", "Origin")] }
    return [
      ("Access-Control-Allow-Origin", origin.string), ("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin"),
      ("Access-Control-Expose-Headers", "Idempotent-Replayed, Retry-After, X-Request-Id"),
    ]
  }

  /// The same for a request whose answer the server does not write.
  public func headers(for request: HTTPRequest) -> [(name: String, value: String)] {
    headers(origin: request.header("Origin"), host: request.header("Host"))
  }

  /// The headers that answer a preflight, beside those of every answer.
  public func preflightHeaders(for request: HTTPRequest) -> [(name: String, value: String)] {
    var headers = [(name: "Access-Control-Allow-Methods", value: "GET, POST")]
    if let wanted = request.header("Access-Control-Request-Headers"), Self.isList(wanted) {
      headers.append(("Access-Control-Allow-Headers", wanted.string))
    }
    headers.append(("Access-Control-Max-Age", String(Self.maxAgeSeconds)))
    return headers
  }

  /// Whether a value is nothing but names and commas, and not too long: it goes out again.
  private static func isList(_ value: Text) -> Bool {
    value.utf8.count <= headerLimitBytes
      && value.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x20, 0x2c, 0x2d, 0x5f: true
        default: false
        }
      }
  }
}
