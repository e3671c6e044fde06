public import HubContracts
import HubRuntime

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
  /// Too many clients wait that have not said who they are, or too many of this address.
  case unproven
  /// Too many tokens were refused that came from this address.
  case refusedTokens = "refused_tokens"
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

  /// The setting that decides it; nil if none does.
  var setting: SettingKey? {
    switch self {
    case .origin: .corsOrigins
    case .rate, .unproven: .liveHandshakes
    case .processLimit: .liveConnectionLimit
    case .addressLimit: .httpAddressLimit
    case .userLimit: .liveUserLimit
    case .draining, .refusedTokens, .version, .key, .token, .role, .query, .overloaded: nil
    }
  }
}
