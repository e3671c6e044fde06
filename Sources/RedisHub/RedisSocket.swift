import CHiredis
import Glibc
import HubRuntime

/// One connection to Redis that never blocks: what is to be sent waits here until the system takes it, what comes is
/// parsed by hiredis. With TLS what waits is encrypted already, so the system's own word says what to wait for.
///
/// Owner: the thread that made it; nobody else touches it.
final class RedisSocket {
  /// The system's descriptor, for poll.
  let descriptor: Int32
  private let reader: UnsafeMutablePointer<redisReader>
  private let buffer: UnsafeMutableRawBufferPointer
  /// What TLS has opened, on its way to the parser.
  private let plain: UnsafeMutableRawBufferPointer
  private let tls: TLSFilter?
  private var output: [UInt8] = []
  private var sent = 0
  /// Whether anything has come.
  private var hasHeard = false

  /// The parser moves what it has not parsed yet after each KiB, so small reads are faster than large ones.
  private static let readBytes = 16 << 10
  /// How many reads follow each other before others have their turn.
  private static let readsAtOnce = 16
  /// A larger output buffer is given back once it is empty.
  private static let outputKeptBytes = 1 << 20

  /// Connects until the deadline, in microseconds of the clock that never jumps; with TLS it knows then who answers.
  /// Looking up a name may take longer.
  init(_ options: RedisOptions, deadline: UInt64) throws(LinkFailure) {
    let address = options.address
    let tls = try options.tls.map { (tls) throws(LinkFailure) in try TLSFilter(host: address.host, tls) }
    let descriptor = try Self.connect(host: address.host, port: address.port, deadline: deadline)
    guard let reader = redisReaderCreate() else {
      close(descriptor)
      throw LinkFailure("no memory for a parser")
    }
    self.descriptor = descriptor
    self.reader = reader
    self.tls = tls
    buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 16)
    plain = UnsafeMutableRawBufferPointer.allocate(byteCount: tls == nil ? 0 : Self.readBytes, alignment: 16)
    // From here on the end of this object closes all.
    if let tls { try shakeHands(tls, deadline: deadline) }
  }

  deinit {
    close(descriptor)
    redisReaderFree(reader)
    buffer.deallocate()
    plain.deallocate()
  }

  /// Whether something waits to be sent.
  var hasOutput: Bool { sent < output.count }

  /// What poll is to wait for.
  var interest: Int16 { Int16(POLLIN) | (hasOutput ? Int16(POLLOUT) : 0) }

  /// Puts commands behind those that wait; `flush` sends them.
  func send(_ bytes: [UInt8]) throws(LinkFailure) {
    guard let tls else { return output.append(contentsOf: bytes) }
    try tls.write(bytes)
    tls.takeOutput(to: &output)
  }

  /// Sends as much as the system takes now.
  func flush() throws(LinkFailure) {
    while sent < output.count {
      let count = output.withUnsafeBytes { bytes in
        Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        throw LinkFailure("sending failed: errno \(errno)")
      }
    }
    sent = 0
    output.removeAll(keepingCapacity: output.capacity <= Self.outputKeptBytes)
  }

  /// Reads what has come and gives each whole reply, which lives only during the call.
  func receive(_ take: (UnsafePointer<redisReply>) -> Void) throws(LinkFailure) {
    for _ in 0..<Self.readsAtOnce {
      let count = recv(descriptor, buffer.baseAddress, Self.readBytes, 0)
      if count == 0 || (count < 0 && errno == ECONNRESET) { throw closed }
      if count < 0 {
        if errno == EAGAIN { return }
        if errno == EINTR { continue }
        throw LinkFailure("receiving failed: errno \(errno)")
      }
      let came = UnsafeRawBufferPointer(start: buffer.baseAddress, count: count)
      if let tls { try open(came, tls, take) } else { try parse(came, take) }
      if count < Self.readBytes { return }
    }
  }

  /// A server that speaks TLS and is spoken to without it goes without a word, or with one that is lost on the way.
  private var closed: LinkFailure {
    LinkFailure(
      tls == nil && !hasHeard
        ? "the server closed the connection without a word: does it want TLS (rediss://)?"
        : "the server closed the connection")
  }

  private func open(
    _ came: UnsafeRawBufferPointer, _ tls: TLSFilter, _ take: (UnsafePointer<redisReply>) -> Void
  ) throws(LinkFailure) {
    tls.feed(came)
    while true {
      let count = try tls.read(into: plain)
      // It may have something to say of its own, such as its new keys.
      tls.takeOutput(to: &output)
      if count == 0 { return }
      try parse(UnsafeRawBufferPointer(start: plain.baseAddress, count: count), take)
    }
  }

  /// The first words of TLS.
  private func shakeHands(_ tls: TLSFilter, deadline: UInt64) throws(LinkFailure) {
    var isDone = false
    while true {
      do throws(LinkFailure) {
        if !isDone { isDone = try tls.shakeHands() }
      } catch {
        // The other side is told why.
        tls.takeOutput(to: &output)
        try? flush()
        throw error
      }
      tls.takeOutput(to: &output)
      try flush()
      if isDone, !hasOutput { return }
      do throws(LinkFailure) {
        try Self.wait(descriptor, isDone ? Int16(POLLOUT) : interest, deadline: deadline)
      } catch {
        throw LinkFailure("TLS: \(error.reason): is this the port for rediss://?", .tls)
      }
      if !isDone { try hear(tls) }
    }
  }

  /// Takes what came of the first words of TLS.
  private func hear(_ tls: TLSFilter) throws(LinkFailure) {
    let count = recv(descriptor, buffer.baseAddress, Self.readBytes, 0)
    if count > 0 { return tls.feed(UnsafeRawBufferPointer(start: buffer.baseAddress, count: count)) }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    throw LinkFailure("TLS: the server closed the connection: is this the port for rediss://?", .tls)
  }

  /// Sends commands and waits for their replies: for the first words of a connection, on a thread that may wait.
  func call(_ pipeline: Pipeline, deadline: UInt64) throws(LinkFailure) -> [RedisReply] {
    try send(pipeline.bytes)
    var replies: [RedisReply] = []
    while replies.count < pipeline.replies {
      try flush()
      try Self.wait(descriptor, interest, deadline: deadline)
      try receive { replies.append(RedisReply($0)) }
    }
    if replies.count > pipeline.replies { throw LinkFailure("more replies than commands") }
    return replies
  }

  /// Sends commands and waits for their replies; an error among them is a failure of the connection.
  func ask(_ pipeline: Pipeline, deadline: UInt64) throws(LinkFailure) -> [RedisReply] {
    let replies = try call(pipeline, deadline: deadline)
    for reply in replies {
      if let error = reply.error { throw LinkFailure(refusal: error) }
    }
    return replies
  }

  private func parse(
    _ bytes: UnsafeRawBufferPointer, _ take: (UnsafePointer<redisReply>) -> Void
  ) throws(LinkFailure) {
    // 21 begins an alert of TLS, and no reply of Redis.
    if !hasHeard, tls == nil, bytes.first == 21 {
      throw LinkFailure("the server speaks TLS: write rediss:// and not redis://", .tls)
    }
    hasHeard = true
    redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    while true {
      var raw: UnsafeMutableRawPointer?
      guard redisReaderGetReply(reader, &raw) == REDIS_OK else { throw LinkFailure("a reply breaks the protocol") }
      guard let raw else { return }
      take(UnsafePointer(raw.assumingMemoryBound(to: redisReply.self)))
      freeReplyObject(raw)
    }
  }

  private static func connect(host: String, port: Int, deadline: UInt64) throws(LinkFailure) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let failure = getaddrinfo(host, String(port), &hints, &list)
    guard failure == 0 else { throw LinkFailure("\(host) is not known: \(failure)") }
    defer { freeaddrinfo(list) }
    var reason = LinkFailure("\(host) has no address")
    var next = list
    while let address = next {
      do {
        return try connect(address.pointee, deadline: deadline)
      } catch {
        reason = error
        next = address.pointee.ai_next
      }
    }
    throw reason
  }

  private static func connect(_ address: addrinfo, deadline: UInt64) throws(LinkFailure) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, kind, 0)
    guard descriptor >= 0 else { throw LinkFailure("no socket: errno \(errno)") }
    do {
      if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
        guard errno == EINPROGRESS else { throw LinkFailure("connecting failed: errno \(errno)") }
        try wait(descriptor, Int16(POLLOUT), deadline: deadline)
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0 else { throw LinkFailure("connecting failed: errno \(failure)") }
      }
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      return descriptor
    } catch {
      close(descriptor)
      throw error as? LinkFailure ?? LinkFailure("connecting failed")
    }
  }

  private static func wait(_ descriptor: Int32, _ events: Int16, deadline: UInt64) throws(LinkFailure) {
    while true {
      let now = monotonicMicros()
      guard now < deadline else { throw LinkFailure("no answer in time") }
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      if poll(&entry, 1, Int32(clamping: (deadline - now) / 1_000 + 1)) > 0 { return }
    }
  }
}
