import CMicrohttpd
import Glibc
import HubContracts
import Synchronization
import Orders

/// What the server keeps of a connection, and of the request that it is in.
final class ConnectionState: @unchecked Sendable {
  // Owner: the one server thread that serves the connection; the sweep reads only `socket`, `since` and `isBodyAwaited`.

  /// How far the request is.
  enum Phase {
    /// The request line is read.
    case begun
    /// The head is read and no body follows.
    case headRead
    /// The body is being read.
    case readingBody
    /// More body came than may: the rest is thrown away.
    case discardingBody
    /// The program works on it.
    case waiting
    /// The program writes the answer on the socket itself.
    case streaming
    /// An answer was given.
    case answered
  }

  /// The value of `since` while the client is not the one to act.
  static let never = Int64.max

  /// The socket, owned by the library.
  let socket: Int32
  /// The second since which the client owes something: a head, the rest of a body.
  let since: Atomic<Int64>
  /// Whether the program was told of a body that is not whole yet.
  let isBodyAwaited = Atomic<Bool>(false)

  var phase = Phase.answered
  /// Whether nothing was answered on it yet.
  var isNew = true
  var method: HTTPMethod?
  /// Whether the request is of HTTP/1.0.
  var isOld = false
  /// How many bytes the target has as sent, up to a NUL.
  private(set) var targetCount = 0
  /// Which of them are the path.
  private var pathBytes = 0..<0
  /// The query as sent, copied because the library cuts it up.
  var query: [UInt8]?
  var scan = HeaderScan()
  var body: [UInt8] = []
  var bodyLimit = 0
  var discarded = 0
  var exchange: Exchange?
  var upgrade: HTTPRequest?
  /// The head that the program was told before its body, until the program has the rest or knows that it will not come.
  var begunHead: HTTPRequest? {
    didSet { isBodyAwaited.store(begunHead != nil, ordering: .relaxed) }
  }
  var stream: HTTPStream?
  private var address: Text?

  /// Describes a new connection.
  init(socket: Int32, second: Int64) {
    self.socket = socket
    since = Atomic(second)
  }

  /// The client has from this second on to send a request.
  func owes(since second: Int64) { since.store(second, ordering: .relaxed) }

  /// It is not the client's turn.
  func owesNothing() { since.store(Self.never, ordering: .relaxed) }

  /// A request begins: its target as sent.
  func begin(_ target: UnsafePointer<CChar>) {
    let count = strlen(target)
    phase = .begun
    targetCount = count
    if let mark = memchr(target, 0x3f, count) {
      let end = UnsafeRawPointer(mark) - UnsafeRawPointer(target)
      pathBytes = 0..<end
      query = Array(UnsafeRawBufferPointer(start: mark + 1, count: count - end - 1))
    } else {
      pathBytes = 0..<count
      query = nil
    }
    guard target.pointee != 0x2f else { return }
    let whole = UnsafeRawBufferPointer(start: target, count: pathBytes.upperBound)
    if let inner = RequestTarget.path(inAbsolute: whole) { pathBytes = inner }
  }

  /// The path as sent, within the target that the request began with.
  func path(in target: UnsafePointer<CChar>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: target + pathBytes.lowerBound, count: pathBytes.count)
  }

  /// The request is over: what it held is let go of.
  func end() {
    phase = .answered
    if !body.isEmpty { body = [] }
    discarded = 0
    exchange = nil
    upgrade = nil
    if begunHead != nil { begunHead = nil }
    stream = nil
  }

  /// Whether the client has closed its side, or the connection is broken. Nothing watches a connection while its request
  /// waits, and the first bytes written to one that is gone are taken all the same.
  var isClientGone: Bool {
    var byte: UInt8 = 0
    let count = recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
  }

  /// The peer's address without the port.
  func remoteAddress(_ connection: OpaquePointer) -> Text {
    if let address { return address }
    let text = Self.peer(connection)
    address = text
    return text
  }

  private static func peer(_ connection: OpaquePointer) -> Text {
    guard let peer = hub_mhd_peer(connection) else { return "unknown" }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = Int32(peer.pointee.sa_family)
    let raw = UnsafeRawPointer(peer)
    // Where the address stands in sockaddr_in and sockaddr_in6.
    guard family == AF_INET || family == AF_INET6,
      inet_ntop(family, raw + (family == AF_INET ? 4 : 8), &text, socklen_t(text.count)) != nil
    else { return "unknown" }
    return Text(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)))
  }
}

extension HTTPMethod {
  /// A method by its name; nil for one that the hub does not know.
  init?(_ name: UnsafePointer<CChar>) {
    switch UInt8(bitPattern: name[0]) {
    case UInt8(ascii: "G") where strcmp(name, "GET") == 0: self = .get
    case UInt8(ascii: "H") where strcmp(name, "HEAD") == 0: self = .head
    case UInt8(ascii: "P") where strcmp(name, "POST") == 0: self = .post
    case UInt8(ascii: "P") where strcmp(name, "PUT") == 0: self = .put
    case UInt8(ascii: "P") where strcmp(name, "PATCH") == 0: self = .patch
    case UInt8(ascii: "D") where strcmp(name, "DELETE") == 0: self = .delete
    case UInt8(ascii: "O") where strcmp(name, "OPTIONS") == 0: self = .options
    default: return nil
    }
  }
}
