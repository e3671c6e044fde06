/// Where a part of the hub is, as a user writes it: `http://127.0.0.1:3002`, `127.0.0.1:3002`, `localhost:3003`.
struct Address: Sendable, Equatable {
  let host: String
  let port: UInt16

  /// Nil unless it is a host and a port, with nothing but a scheme before it and a slash behind it.
  init?(_ text: String) {
    var rest = text[...]
    for scheme in ["http://", "ws://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let port = UInt16(parts[1]), port > 0,
      parts[0].utf8.allSatisfy(Self.isOfName)
    else { return nil }
    host = String(parts[0])
    self.port = port
  }

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  static let allowed = "http://HOST:PORT, of IPv4 and without TLS"

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e: true
    default: false
    }
  }

  var text: String { "\(host):\(port)" }
}

/// Which servers may be put under load: this machine's, and those that the user names.
struct TargetRule: Sendable {
  let allowedHosts: [String]

  /// Why a target may not be used; nil if it may. `isLoopback` says what its address came to.
  func refusal(of address: Address, isLoopback: Bool) -> String? {
    if isLoopback || allowedHosts.contains(address.host) { return nil }
    return "\(address.host) is not this machine. A load test can take a server down: "
      + "if it is yours, say --target-allow \(address.host)"
  }
}
