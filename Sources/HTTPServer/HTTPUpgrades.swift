public import HubContracts

/// A program that takes connections over from HTTP (WebSocket).
public protocol HTTPUpgrades: Sendable {
  /// Decides about a request with an `Upgrade` header, on the server's thread: it must not wait.
  func decide(_ request: HTTPRequest) -> UpgradeDecision
  /// Takes the socket after the 101: a duplicate that does not block and that the taker closes, and the bytes that were
  /// read past the request. Called on the server's thread.
  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8])
}

/// What becomes of an upgrade request.
public enum UpgradeDecision: Sendable {
  /// 101 with these headers; the server itself adds `Connection: Upgrade`.
  case accept(headers: [(name: String, value: String)])
  /// Another answer.
  case refuse(HTTPReply)
  /// It goes to the application like any other request.
  case notAnUpgrade
}
