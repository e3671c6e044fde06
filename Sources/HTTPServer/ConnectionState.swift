import CMicrohttpd
import Glibc
import HubContracts
import Synchronization
import Orders

/// What the server keeps of a connection, and of the request that it is in.
final class ConnectionState: @unchecked Sendable {
  // Owner: the one server thread that serves the connection; the sweep reads only `socket`, `since`, `isBodyAwaited` and
  // `intake`, and `untaken` is its own.

  /// How far the request is.
  enum Phase {
    /// The request line is read.
    case begun
    /// The head is read and no body follows.
    case headRead
    /// The body is being read.
    case readingBody
    /// The body is refused, and an answer cannot be given before its end: the rest is thrown away.
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
  /// The value of `since` while an answer goes out.
  static let answering = Int64.max - 1

  /// The library's connection, which lives until the server is told that it is closed.
  let connection: OpaquePointer?
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
  /// The target of the request whose head is being read, in the library's buffer.
  private(set) var target: UnsafePointer<CChar>?
  /// How many bytes the target has as sent, up to a NUL.
  private(set) var targetCount = 0
  /// Which of them are the path.
  private var pathBytes = 0..<0
  /// The query as sent, copied because the library cuts it up.
  var query: [UInt8]?
  var scan = HeaderScan()
  var body: [UInt8] = []
  /// How the body comes, for the sweep.
  let intake = BodyIntake()
  /// What the ledger counts for this request, and which part of that is the body's array.
  var heldBytes = 0
  var roomBytes = 0
  /// For whom that is counted.
  var holder: BodyLedger.Holder?
  var bodyLimit = 0
  var chunks: ChunkScan?
  /// Why the body is thrown away.
  var bodyFault: BodyFault?
  var discarded = 0
  /// Whether an answer was given before the body was read.
  var leavesBody = false
  /// Whether its head comes in parts, and another request began meanwhile.
  var isSlowHead = false
  /// The large answer that it has not taken yet.
  var answer: AnswerLedger.Entry?
  var exchange: Exchange?
  var upgrade: HTTPRequest?
  /// The head that the program was told before its body, until the program has the rest or knows that it will not come.
  var begunHead: HTTPRequest? {
    didSet { isBodyAwaited.store(begunHead != nil, ordering: .relaxed) }
  }
  var stream: HTTPStream?
  private var address: Text?

  // MARK: Its place among the open connections

  /// How many connections came before it.
  let number: UInt64
  /// Whose it is.
  let peer: PeerKey
  /// Whether a whole head has come.
  var hasSpoken = false
  /// Whether it came when all places were taken: it may ask how the process does, and nothing else.
  var isExtra = false
  /// Whether it was closed to make room.
  var isLeaving = false

  /// Describes a new connection.
  init(_ connection: OpaquePointer?, socket: Int32, number: UInt64, peer: PeerKey, second: Int64) {
    self.connection = connection
    self.socket = socket
    self.number = number
    self.peer = peer
    since = Atomic(second)
  }

  /// The client has from this second on to send a request.
  func owes(since second: Int64) { since.store(second, ordering: .relaxed) }

  /// A further request begins on a connection: it has its own time from this second on.
  func owesRest(since second: Int64) { if hasSpoken { owes(since: second) } }

  /// The client has to read.
  func owesReading() { since.store(Self.answering, ordering: .relaxed) }

  /// It is not the client's turn.
  func owesNothing() { since.store(Self.never, ordering: .relaxed) }

  /// A request begins: its target as sent.
  ///
  /// The query is cut off. libmicrohttpd 0.9.75 takes it apart next, into records for which the connection's memory may
  /// have no room, and a client that it finds that out about has no answer, ever (`parse_initial_message_line` in its
  /// connection.c); nothing here looks at what it makes of it. The target is in the library's buffer, which is not constant.
  func begin(_ target: UnsafePointer<CChar>) {
    let count = strlen(target)
    phase = .begun
    self.target = target
    targetCount = count
    if let mark = memchr(target, 0x3f, count) {
      let end = UnsafeRawPointer(mark) - UnsafeRawPointer(target)
      pathBytes = 0..<end
      query = Array(UnsafeRawBufferPointer(start: mark + 1, count: count - end - 1))
      mark.storeBytes(of: 0, toByteOffset: 1, as: UInt8.self)
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
    target = nil
    if !body.isEmpty { body = [] }
    if chunks != nil { chunks = nil }
    bodyFault = nil
    intake.end()
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

  /// What the client had not taken of an answer when the sweep last saw it take something, and when that was; the sweep's.
  private var untaken: (bytes: Int32, second: Int64)?

  /// Whether nothing of an answer has been taken for longer than `limit` seconds. For the sweep alone.
  func isStalled(isAnswering: Bool, at second: Int64, limit: Int64) -> Bool {
    var bytes: Int32 = 0
    guard isAnswering, ioctl(socket, UInt(TIOCOUTQ), &bytes) == 0, bytes > 0 else {
      if untaken != nil { untaken = nil }
      return false
    }
    guard let untaken, untaken.bytes == bytes else {
      self.untaken = (bytes, second)
      return false
    }
    return second - untaken.second > limit
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

/// Why a body is not taken though its head was.
enum BodyFault {
  /// It is longer than it may be.
  case tooLarge
  /// Other bodies hold what there is for them.
  case noRoom
  /// Its chunks are none.
  case malformed(String)
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
