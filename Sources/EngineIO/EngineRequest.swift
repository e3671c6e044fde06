public import Orders

/// A transport's name in a query.
public enum EngineTransport: String, Sendable, Equatable, CaseIterable {
  /// HTTP long-polling.
  case polling
  /// WebSocket.
  case websocket
}

/// What a request to the Engine.IO path asks for, once it is found to make sense.
public enum EngineRequest: Sendable, Equatable {
  /// A new session over polling: a GET.
  case openPolling
  /// A new session over a WebSocket: a GET that asks for the switch.
  case openWebSocket
  /// The client waits for packets of its session.
  case poll(sid: Text)
  /// The client sends packets of its session.
  case post(sid: Text)
  /// A second transport for a session: a GET that asks for the switch.
  case attachWebSocket(sid: Text)

  /// The one version of the protocol that is spoken.
  public static let version: Text = "4"

  /// Judges a request in the order of the reference server: transport, session, method, version.
  ///
  /// - Parameters:
  ///   - method: as it stands in the request line.
  ///   - query: a parameter's first value, by its name.
  ///   - asksForWebSocket: whether it carries a WebSocket handshake.
  ///   - transport: the main transport of the session with that sid, `nil` if there is none that lives.
  public static func read(
    method: String, query: (Text) -> Text?, asksForWebSocket: Bool, transport: (Text) -> EngineTransport?
  ) throws(EngineRefusal) -> EngineRequest {
    guard let wanted = query("transport").flatMap({ EngineTransport($0) }) else { throw .unknownTransport }
    guard let sid = query("sid"), !sid.isEmpty else {
      guard method == "GET" else { throw .badHandshakeMethod }
      guard query("EIO") == version else { throw .unsupportedVersion }
      guard (wanted == .websocket) == asksForWebSocket else { throw .badRequest }
      return wanted == .websocket ? .openWebSocket : .openPolling
    }
    guard let main = transport(sid) else { throw .unknownSession }
    guard query("EIO") == version else { throw .unsupportedVersion }
    if asksForWebSocket {
      guard wanted == .websocket, method == "GET" else { throw .badRequest }
      return .attachWebSocket(sid: sid)
    }
    guard wanted == .polling, main == .polling else { throw .badRequest }
    switch method {
    case "GET": return .poll(sid: sid)
    case "POST": return .post(sid: sid)
    default: throw .badRequest
    }
  }
}
