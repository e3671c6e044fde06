import Glibc
public import HubContracts
public import Orders

/// A program that takes connections over from HTTP: for another protocol (WebSocket), or to write an answer itself for as
/// long as it likes (Server-Sent Events).
public protocol HTTPUpgrades: Sendable {
  /// Decides about a request with an `Upgrade` header, on the server's thread: it must not wait.
  func decide(_ request: HTTPRequest) -> UpgradeDecision
  /// Takes the socket after the 101: a duplicate that does not block and that the taker closes, and the bytes that were
  /// read past the request. Called on the server's thread.
  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8])

  /// The path, as sent and without a query, whose requests may be streamed; nil for none. Read once, at the server's start.
  var streamingPath: Text? { get }
  /// Decides about a GET of `streamingPath` in HTTP/1.1 and without a body, on the server's thread: it must not wait.
  func streams(_ request: HTTPRequest) -> HTTPStreamDecision
  /// Takes the socket to write the whole response: a duplicate that does not block and that the taker closes. Afterwards
  /// it calls `finished`, from any thread, and the server closes the connection; only the first call counts.
  ///
  /// Called on the server's thread: it must not wait. The connection counts as open until then, but not as a request that
  /// waits. What the client sent behind the request may be lost, and is answered by nobody. Whoever closes while bytes of
  /// the client are unread may cut off the end of the answer. When the server ends it shuts the socket down, and closes
  /// the connection half a second later whether `finished` was called or not.
  func stream(_ request: HTTPRequest, socket: Int32, finished: @escaping @Sendable () -> Void)
}

/// Nothing is streamed.
extension HTTPUpgrades {
  /// None.
  public var streamingPath: Text? { nil }
  /// Nobody's.
  public func streams(_ request: HTTPRequest) -> HTTPStreamDecision { .notMine }
  /// Closes it.
  public func stream(_ request: HTTPRequest, socket: Int32, finished: @escaping @Sendable () -> Void) {
    close(socket)
    finished()
  }
}

/// What becomes of a request that may be streamed.
public enum HTTPStreamDecision: Sendable {
  /// The program writes the response; `HTTPUpgrades.stream` is called next.
  case stream
  /// Another answer, after which the connection is closed.
  case refuse(HTTPReply)
  /// It goes to the application like any other request.
  case notMine
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
