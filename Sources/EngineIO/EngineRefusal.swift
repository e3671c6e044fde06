import LiveProtocol
public import Orders

/// Why a request is refused: the codes and texts of Engine.IO's reference server, which clients show to their users.
public enum EngineRefusal: Int, Error, Sendable, CaseIterable {
  /// `transport` is missing, or neither `polling` nor `websocket`.
  case unknownTransport = 0
  /// No session has that `sid`, or it is over.
  case unknownSession = 1
  /// A session is begun with another method than GET.
  case badHandshakeMethod = 2
  /// Anything else that the protocol does not allow at that moment.
  case badRequest = 3
  /// The owner turned the client away: its origin, for one.
  case forbidden = 4
  /// `EIO` is missing or is not 4.
  case unsupportedVersion = 5

  /// The text that goes with the code.
  public var message: String {
    switch self {
    case .unknownTransport: "Transport unknown"
    case .unknownSession: "Session ID unknown"
    case .badHandshakeMethod: "Bad handshake method"
    case .badRequest: "Bad request"
    case .forbidden: "Forbidden"
    case .unsupportedVersion: "Unsupported protocol version"
    }
  }

  /// The HTTP status.
  public var status: Int { self == .forbidden ? 403 : 400 }

  /// The JSON that answers an HTTP request; a refused WebSocket gets it too, with 400 whatever the code. The protocol
  /// leaves it to the server to say more than the usual text.
  public func body(message: Text? = nil) -> [UInt8] {
    var json = Array("{\"code\":\(rawValue),\"message\":".utf8)
    JSONText.append(message?.string ?? self.message, to: &json)
    return json + [0x7d]
  }
}
