public import Orders

/// The answer to one HTTP request of the polling transport. All of them are not to be stored (`Cache-Control: no-store`).
public enum EngineAnswer: Sendable, Equatable {
  /// Packets for the client.
  case payload([UInt8])
  /// A payload of the client was taken.
  case ok
  /// The request is refused, with the protocol's text or another one.
  case refused(EngineRefusal, message: Text? = nil)
  /// The body is longer than `maxPayload`.
  case tooLarge

  /// The body of a payload with nothing for the client.
  public static let noopBody: [UInt8] = {
    var body: [UInt8] = []
    EnginePayload.append(.noop, to: &body)
    return body
  }()

  /// The HTTP status.
  public var status: Int {
    switch self {
    case .payload, .ok: 200
    case .refused(let refusal, _): refusal.status
    case .tooLarge: 413
    }
  }

  /// The media type.
  public var contentType: String {
    switch self {
    case .payload, .ok, .tooLarge: "text/plain; charset=UTF-8"
    case .refused: "application/json"
    }
  }

  /// The body.
  public var body: [UInt8] {
    switch self {
    case .payload(let bytes): bytes
    case .ok: Array("ok".utf8)
    case .refused(let refusal, let message): refusal.body(message: message)
    case .tooLarge: Array("Payload Too Large".utf8)
    }
  }
}
