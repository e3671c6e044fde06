public import Orders

/// What the hub's HTTP servers and the programs behind them say to each other. No sockets here: a test may call an
/// application directly.

/// The methods that the hub knows; any other is answered 501 by the server.
public enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
}

/// The head of a request as the server's own thread sees it, for answers that need no waiting.
///
/// The buffers belong to the server and live only during the call: copy what must outlast it.
public struct HTTPHead: ~Copyable {
  /// The method; `head` is presented as `get`, and the server drops the body.
  public let method: HTTPMethod
  /// The path as sent, without the query, still percent-encoded.
  public let path: UnsafeRawBufferPointer
  /// Whether there is a query.
  public let hasQuery: Bool
  /// The value of `Authorization`, if sent.
  public let authorization: UnsafeRawBufferPointer?
  /// Borrows a head.
  public init(
    method: HTTPMethod, path: UnsafeRawBufferPointer, hasQuery: Bool, authorization: UnsafeRawBufferPointer?
  ) {
    self.method = method
    self.path = path
    self.hasQuery = hasQuery
    self.authorization = authorization
  }
}

/// A whole request, its body read.
public struct HTTPRequest: Sendable {
  /// The method; `head` is presented as `get`.
  public var method: HTTPMethod
  /// The path, without the query, still percent-encoded.
  public var path: Text
  /// The query's pairs in order, percent-decoded; a name without `=` has the value "".
  public var query: [(name: Text, value: Text)]
  /// The headers in order; names as sent.
  public var headers: [(name: Text, value: Text)]
  /// The body; at most the route's limit.
  public var body: [UInt8]
  /// The peer's address without the port, for limits and logs.
  public var remoteAddress: Text
  /// The id that stands on every line of the log about this request: the client's `X-Request-Id` if it is 1 to 64 of
  /// `A–Z a–z 0–9 . _ -`, a fresh one otherwise.
  public var requestID: String
  /// Whether it was a HEAD, which `method` presents as `get`.
  public var isHead = false
  /// Ties `HTTPApplication.bodyBegins` to what follows it: no other request to the same server that was told of in that
  /// way has it. 0 for a request that was not.
  public var bodyNumber: UInt64 = 0
  /// Describes a request.
  public init(
    method: HTTPMethod, path: Text, query: [(name: Text, value: Text)] = [],
    headers: [(name: Text, value: Text)] = [], body: [UInt8] = [], remoteAddress: Text = "127.0.0.1",
    requestID: String = "test"
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
    self.requestID = requestID
  }
  /// The first value of a header, its name compared without regard to ASCII case.
  public func header(_ name: StaticString) -> Text? { headers.first { $0.name.isWord(name) }?.value }
  /// All values of a header that is a list, as one (RFC 9110 §5.3); nil if there is none.
  public func list(_ name: StaticString) -> Text? {
    let values = headers.filter { $0.name.isWord(name) }.map(\.value.string)
    return values.isEmpty ? nil : Text(values.joined(separator: ", "))
  }
}

/// Bytes that many hold and nobody changes.
public final class SharedBytes: Sendable {
  /// The bytes.
  public let bytes: [UInt8]
  /// Takes the bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// An answer.
public struct HTTPReply: Sendable {
  /// 200…599.
  public var status: Int
  /// The media type; nil with an empty body.
  public var contentType: String?
  /// Further headers; the server adds Date, Content-Length, Connection, X-Request-Id and those that tell browsers which
  /// pages may read the answer itself.
  public var headers: [(name: String, value: String)]
  /// The body.
  public var body: SharedBytes
  /// Called at most once, on the server's thread, if the answer to a request that waited could not be sent whole; it must
  /// not wait. What was sent may still not arrive.
  public var undelivered: (@Sendable () -> Void)?
  /// Describes an answer.
  public init(
    status: Int, contentType: String? = "application/json", headers: [(name: String, value: String)] = [],
    body: SharedBytes
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }
}

/// A program behind an HTTP server.
public protocol HTTPApplication: Sendable {
  /// An answer that is at hand, or nil. Called on the server's thread for a request without a body: it must neither
  /// wait nor take long.
  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply?
  /// The answer, when it takes waiting. It never throws: a failure is an answer too.
  func reply(to request: HTTPRequest) async -> HTTPReply
  /// How many bytes of body a request may have; above it the server answers `refusal(.bodyTooLarge…)`.
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int
  /// The answer to what the server itself refuses, in the program's own form.
  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply
  /// Whether `bodyBegins` and `bodyFailed` are to be called. Asked once, when the server starts.
  var wantsBodyHeads: Bool { get }
  /// Whether a request whose head was told goes to `reply(to:)` in any case once its body is whole, though too many wait:
  /// who has begun something at its head must be able to end it. Asked once, when the server starts.
  var followsBodies: Bool { get }
  /// The head of a request is read and its body follows; `reply(to:)` or `bodyFailed` comes later with the same
  /// `bodyNumber`, unless it is refused: then nothing comes later. Called on the server's thread: it must not wait.
  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict
  /// The body that had begun will not be whole, because the client is gone or, with `isTooLarge`, because it is longer
  /// than the limit. The answer to a body that is too large; nil for `refusal(.bodyTooLarge…)`.
  func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply?
}

extension HTTPApplication {
  /// Most programs want a request whole.
  public var wantsBodyHeads: Bool { false }
  /// Whoever is told begins something.
  public var followsBodies: Bool { wantsBodyHeads }
  /// Lets it come.
  public func bodyBegins(_ head: HTTPRequest) -> BodyVerdict { .take(isKnown: true) }
  /// Does nothing.
  public func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? { nil }
}

/// What becomes of a request whose body is about to come.
public enum BodyVerdict: Sendable {
  /// The body may come, of at most so many bytes; nil for `bodyLimitBytes(method:path:)`. Known is whose token was
  /// verified, or who was let in before: of what there is for bodies, all others have a small part of their own.
  case take(isKnown: Bool, limitBytes: Int? = nil)
  /// This is answered in its place.
  case refuse(HTTPReply)
}

/// What a server refuses before the program sees it.
public enum HTTPRefusal: Sendable, Equatable {
  /// 413: more than the limit, in bytes.
  case bodyTooLarge(limitBytes: Int)
  /// 431: the head takes more memory than a connection has.
  case headTooLarge
  /// 501: a method that the hub does not know.
  case unknownMethod(String)
  /// 503 with Retry-After: too many requests wait already.
  case overloaded(retryAfterSeconds: Int)
  /// 503 with Retry-After: the process is on its way down.
  case draining(retryAfterSeconds: Int)
  /// 400: the request breaks HTTP (both Content-Length and Transfer-Encoding, a NUL in the path, …).
  case malformed(String)
}
