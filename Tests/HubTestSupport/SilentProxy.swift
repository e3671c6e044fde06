import Glibc
import HubRuntime

/// Stands before a server of 127.0.0.1 and carries bytes both ways, until it is told to fall silent: connections stay
/// open then, and nothing passes, as when a switch on the way dies. It can lose single replies too, and send new
/// connections to another server, as an address does that moves.
public final class SilentProxy: Sendable {
  private struct Orders {
    var target: Int
    var mutesAll = false
    var mutesOpen = false
    var cutsMuted = false
    var isEnding = false
    /// The requests whose replies are to be lost hold this word; nil if none are.
    var requests: PassingWord?
    /// How many replies are still to be lost.
    var repliesToLose = 0
    var repliesLost = 0
  }

  /// Two sockets that carry each other's bytes. Owner: the proxy's thread.
  private struct Pair {
    var client: Int32
    var server: Int32
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    var isMute = false
    /// What looks for requests whose replies are to be lost.
    var requests: PassingWord?
    /// A reply is lost, if it comes before this time.
    var losesReplyUntil: UInt64?
  }

  /// Where it listens.
  public let port: Int
  private let listener: Int32
  private let orders: Locked<Orders>
  private let thread = Locked<HubRuntime.Thread?>(nil)
  /// What one side may leave unread before the other is no longer read.
  private static let bufferLimit = 1 << 20
  /// How long a reply that is to be lost is waited for: only what came is known to have been done.
  private static let replyWaitMicros: UInt64 = 1_000_000

  /// Stands before a port of 127.0.0.1.
  public init(target: Int) throws {
    orders = Locked(Orders(target: target))
    (listener, port) = try Self.listen()
    thread.with { $0 = Thread.start(name: "proxy") { [self] in run() } }
  }

  /// New connections go to another port; those that are open stay where they are.
  public func lead(to target: Int) { orders.with { $0.target = target } }
  /// Nothing passes any more, on connections old or new.
  public func mute() { orders.with { $0.mutesAll = true } }
  /// Nothing passes any more on the connections that are open now; new ones work.
  public func muteOpen() { orders.with { $0.mutesOpen = true } }
  /// All passes again, on new connections; those that were mute are cut.
  public func speak() {
    orders.with {
      $0.mutesAll = false
      $0.cutsMuted = true
    }
  }

  /// Loses the replies to the next so many requests that hold this word: the server does what it is asked, its reply
  /// goes nowhere, and the connection ends.
  public func loseReplies(to word: String, times: Int) {
    orders.with {
      $0.requests = PassingWord(word)
      $0.repliesToLose = times
      $0.repliesLost = 0
    }
  }
  /// Loses no more replies; how many it has lost since it was told to.
  public func keepReplies() -> Int {
    orders.with {
      $0.requests = nil
      $0.repliesToLose = 0
      return $0.repliesLost
    }
  }

  /// Cuts all connections and listens no more.
  public func end() {
    orders.with { $0.isEnding = true }
    thread.with { thread in
      thread?.join()
      thread = nil
    }
    Glibc.close(listener)
  }

  private static func listen() throws -> (Int32, Int) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isOpen = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && Glibc.listen(socket, 128) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard isOpen else { throw TestServerError("the proxy cannot listen: errno \(errno)") }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }

  private func run() {
    var pairs: [Pair] = []
    while true {
      let told = orders.with { orders in
        let told = orders
        orders.mutesOpen = false
        orders.cutsMuted = false
        return told
      }
      if told.mutesAll || told.mutesOpen { for place in pairs.indices { pairs[place].isMute = true } }
      if told.cutsMuted || told.isEnding {
        for pair in pairs where pair.isMute || told.isEnding { Self.close(pair) }
        pairs.removeAll { $0.isMute || told.isEnding }
      }
      if told.isEnding { return }
      endSilent(&pairs)
      step(&pairs, told)
    }
  }

  /// Ends connections whose reply was to be lost and did not come.
  private func endSilent(_ pairs: inout [Pair]) {
    let now = monotonicMicros()
    for place in pairs.indices.reversed() {
      guard !pairs[place].isMute, let deadline = pairs[place].losesReplyUntil, deadline < now else { continue }
      Self.close(pairs.remove(at: place))
    }
  }

  /// Waits a moment for bytes or a new connection, and carries what is there.
  private func step(_ pairs: inout [Pair], _ told: Orders) {
    var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
    for pair in pairs {
      watched.append(Self.watch(pair.client, reads: pair.toServer, writes: pair.toClient, pair.isMute))
      watched.append(Self.watch(pair.server, reads: pair.toClient, writes: pair.toServer, pair.isMute))
    }
    guard poll(&watched, nfds_t(watched.count), 10) > 0 else { return }
    for place in pairs.indices.reversed() where !pairs[place].isMute {
      let (client, server) = (watched[1 + 2 * place].revents, watched[2 + 2 * place].revents)
      var goesOn = true
      if client & ~Int16(POLLOUT) != 0 {
        let known = pairs[place].toServer.count
        goesOn = Self.read(pairs[place].client, &pairs[place].toServer)
        look(at: &pairs[place], from: known, told.requests)
      }
      if goesOn, server & ~Int16(POLLOUT) != 0 { goesOn = Self.read(pairs[place].server, &pairs[place].toClient) }
      goesOn = goesOn && !loses(pairs[place])
      goesOn = goesOn && Self.write(pairs[place].server, &pairs[place].toServer)
      goesOn = goesOn && Self.write(pairs[place].client, &pairs[place].toClient)
      if !goesOn { Self.close(pairs.remove(at: place)) }
    }
    if watched[0].revents != 0 { accept(&pairs, told) }
  }

  /// Looks whether what a client sent since holds a request whose reply is to be lost.
  private func look(at pair: inout Pair, from known: Int, _ requests: PassingWord?) {
    guard let requests else { return pair.requests = nil }
    guard pair.losesReplyUntil == nil else { return }
    var seen = pair.requests ?? requests
    let isFound = seen.ends(in: pair.toServer[known...])
    pair.requests = seen
    guard isFound else { return }
    let isWanted = orders.with { orders in
      guard orders.repliesToLose > 0 else { return false }
      orders.repliesToLose -= 1
      return true
    }
    if isWanted { pair.losesReplyUntil = monotonicMicros() + Self.replyWaitMicros }
  }

  /// Whether a connection loses its reply now, and ends.
  private func loses(_ pair: Pair) -> Bool {
    guard pair.losesReplyUntil != nil, !pair.toClient.isEmpty else { return false }
    orders.with { $0.repliesLost += 1 }
    return true
  }

  private func accept(_ pairs: inout [Pair], _ told: Orders) {
    let client = Glibc.accept(listener, nil, nil)
    guard client >= 0 else { return }
    guard let (server, _) = try? RawClient(port: told.target).release() else {
      Glibc.close(client)
      return
    }
    for socket in [client, server] {
      _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL, 0) | O_NONBLOCK)
      _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
      var one: Int32 = 1
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }
    pairs.append(Pair(client: client, server: server, isMute: told.mutesAll))
  }

  private static func watch(_ socket: Int32, reads: [UInt8], writes: [UInt8], _ isMute: Bool) -> pollfd {
    // A negative descriptor is passed over: a mute connection does not even notice its end.
    guard !isMute else { return pollfd(fd: -1, events: 0, revents: 0) }
    let events = (reads.count < bufferLimit ? POLLIN : 0) | (writes.isEmpty ? 0 : POLLOUT)
    return pollfd(fd: socket, events: Int16(events), revents: 0)
  }

  /// Reads what is there; false at the end.
  private static func read(_ socket: Int32, _ bytes: inout [UInt8]) -> Bool {
    guard bytes.count < bufferLimit else { return true }
    var count = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, filled in
      count = recv(socket, buffer.baseAddress, buffer.count, 0)
      filled = max(0, count)
    }
    bytes += chunk
    return count > 0 || (count < 0 && errno == EAGAIN)
  }

  /// Writes what it can; false if the connection is broken.
  private static func write(_ socket: Int32, _ bytes: inout [UInt8]) -> Bool {
    guard !bytes.isEmpty else { return true }
    let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if count > 0 { bytes.removeFirst(count) }
    return count > 0 || errno == EAGAIN
  }

  private static func close(_ pair: Pair) {
    Glibc.close(pair.client)
    Glibc.close(pair.server)
  }
}
