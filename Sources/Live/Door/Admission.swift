public import HubContracts

/// What is to become of a request that may be a WebSocket's opening handshake.
public enum Admission: Sendable {
  /// Answer 101 with these headers (`Upgrade`, `Sec-WebSocket-Accept` and, if asked for, `Sec-WebSocket-Protocol`; the
  /// server adds `Connection: Upgrade`), then hand the socket to `adopt`.
  case accept(headers: [(name: String, value: String)])
  /// Answer this.
  case refuse(HTTPReply)
  /// It is an ordinary request, or for another path.
  case notAnUpgrade
}

/// Why a handshake is refused; the label of a metric.
enum HandshakeRefusal: String, CaseIterable, Sendable {
  case draining
  case rate
  case version
  case key
  case origin
  case token
  case role
  case query
  case processLimit = "process_limit"
  case addressLimit = "address_limit"
  case userLimit = "user_limit"
  case overloaded
}
