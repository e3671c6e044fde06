import EngineIO
import HubContracts
import Orders

/// What the HTTP server's threads tell a loop.
enum EngineLetter: Sendable {
  /// A session is to be opened over polling.
  case openPolling(HTTPRequest, HeldRequest)
  /// A session is to be opened over this WebSocket, of which some bytes are read already.
  case openWebSocket(HTTPRequest, socket: Int32, leftover: [UInt8])
  /// A WebSocket for a session that there is.
  case attach(sid: Text, socket: Int32, leftover: [UInt8])
  case poll(sid: Text, HeldRequest)
  /// The answer to a poll did not go out whole.
  case undelivered(sid: Text)
  /// A whole POST, its head not told before.
  case post(sid: Text, contentType: Text?, body: [UInt8], HeldRequest)
  /// A POST's head; `finishPost`, `refusePost` or `abandonPost` follows with the same id.
  case beginPost(sid: Text, EngineRequestID, contentType: Text?)
  case finishPost(sid: Text, EngineRequestID, body: [UInt8], HeldRequest)
  case refusePost(sid: Text, EngineRequestID)
  case abandonPost(sid: Text, EngineRequestID)

  /// What it weighs.
  var byteCount: Int {
    switch self {
    case .openWebSocket(_, _, let bytes), .attach(_, _, let bytes), .post(_, _, let bytes, _),
      .finishPost(_, _, let bytes, _):
      bytes.count
    case .openPolling, .poll, .undelivered, .beginPost, .refusePost, .abandonPost: 0
    }
  }
}
