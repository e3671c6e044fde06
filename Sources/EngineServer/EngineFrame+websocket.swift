public import EngineIO
import LiveProtocol

extension EngineFrame {
  /// The WebSocket frame that carries it. Made once, it fits any number of clients: see `EngineTransports.direct`.
  public var webSocketFrame: [UInt8] {
    switch self {
    case .text(let bytes): ServerFrame.text(bytes)
    case .binary(let bytes): ServerFrame.binary(bytes)
    }
  }
}
