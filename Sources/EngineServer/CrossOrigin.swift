public import HubContracts
import Orders

/// What pages of other origins may do, and the headers that tell their browsers.
public struct CrossOrigin: Sendable {
  private let allowed: Set<Text>
  private let allowsAll: Bool
  /// How long a browser may remember the answer to a preflight, in seconds.
  private static let maxAgeSeconds = 600
  /// How many bytes the names of headers may have that a preflight asks for.
  private static let headerLimitBytes = 1_024

  /// Takes origins as `Origin` has them; `*` for all.
  public init(allowedOrigins: [String]) {
    allowed = Set(allowedOrigins.map { Text($0) })
    allowsAll = allowed.contains("*")
  }

  /// Whether a request may be answered: it comes from no page, from one that is welcome, or from one of the very host and
  /// port that the request went to.
  public func allows(_ request: HTTPRequest) -> Bool {
    guard let origin = request.header("Origin") else { return true }
    return allowsAll || allowed.contains(origin) || Self.isOwn(origin, host: request.header("Host"))
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

  /// The headers that let the page read the answer. The origin is named, for with credentials `*` means nothing.
  public func headers(for request: HTTPRequest) -> [(name: String, value: String)] {
    guard let origin = request.header("Origin") else { return [] }
    guard allows(request) else { return [("Vary", "Origin")] }
    return [
      ("Access-Control-Allow-Origin", origin.string), ("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin"),
    ]
  }

  /// The headers that answer a preflight.
  public func preflightHeaders(for request: HTTPRequest) -> [(name: String, value: String)] {
    var headers = headers(for: request)
    headers.append(("Access-Control-Allow-Methods", "GET, POST"))
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
