import CEpoll
import Glibc
import HubContracts
import HubRuntime

/// A thread with its own sockets: it reads what comes, sends what is queued, and reminds of what is due.
///
/// Subclass it for what the sockets have in common; `Connection` and `ConnectionOwner` are one socket. Other threads may
/// call only `start`, `ring` and `stop`.
open class SocketLoop: @unchecked Sendable {
  // Owner: the loop's own thread; before `start` the one that makes it. `stopping` and `bell` are read by others.
  /// Which loop it is, from 0.
  public final let index: Int
  /// How many bytes may wait on one connection.
  public final let queueLimitBytes: Int
  /// The loop's clock as of this turn: milliseconds that never jump.
  public final private(set) var nowMs: Int64
  /// How many bytes wait on all connections.
  public final internal(set) var queuedBytes = 0
  /// How many sockets it has.
  public final private(set) var connectionCount = 0

  /// How far apart `ticked` and the reminders are, in milliseconds.
  public final let tickMs: Int64

  private let name: String
  private let clock: @Sendable () -> UInt64
  private let bell: Int32
  private let poller: Poller
  private let ended = Locked<(isOver: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))
  private let stopping = Locked(false)
  private let thread = Locked<HubRuntime.Thread?>(nil)
  private var connections: [Connection?] = []
  private var freeSlots: [Int32] = []
  private var nextSerial: UInt32 = 0
  private var dirty: [Connection] = []
  private var wheel: TimerWheel
  private var nextTickMs: Int64
  private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketLoop.readBytes, alignment: 16)
  private let vectors = UnsafeMutablePointer<iovec>.allocate(capacity: SocketLoop.vectorLimit)

  private static let readBytes = 64 * 1024
  private static let vectorLimit = 64
  private static let wheelSlots = 512
  private static let bellKey = UInt64.max

  /// Makes a loop that waits to be started. Nil if the system has no descriptor left for it.
  ///
  /// Reminders come within `tickMs` milliseconds, at least 1; an idle loop wakes that often. `clock` gives microseconds
  /// that never go back.
  public init?(
    index: Int, name: String, queueLimitBytes: Int, tickMs: Int64 = 250,
    clock: @escaping @Sendable () -> UInt64 = monotonicMicros
  ) {
    let tickMs = max(tickMs, 1)
    guard let poller = Poller() else { return nil }
    let bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard bell >= 0, poller.add(bell, key: Self.bellKey) else { return nil }
    self.poller = poller
    self.bell = bell
    self.index = index
    self.name = name
    self.queueLimitBytes = queueLimitBytes
    self.tickMs = tickMs
    self.clock = clock
    let now = Int64(clock() / 1_000)
    nowMs = now
    nextTickMs = now + tickMs
    wheel = TimerWheel(tickMs: tickMs, slotCount: Self.wheelSlots, nowMs: now)
  }

  deinit {
    close(bell)
    readBuffer.deallocate()
    vectors.deallocate()
  }

  // MARK: What a subclass adds

  /// The bell was rung: letters may wait.
  open func rung() {}
  /// All that was at hand is done and sent.
  open func settled() {}
  /// Once a tick.
  open func ticked() {}
  /// The loop ends: its sockets are closed, and nothing comes after this.
  open func ending() {}

  // MARK: From any thread

  /// Starts the thread. Once.
  public final func start() {
    thread.with { $0 = HubRuntime.Thread.start(name: name) { self.run() } }
  }

  /// Wakes the loop, so that it calls `rung`.
  public final func ring() {
    var one: UInt64 = 1
    _ = write(bell, &one, 8)
  }

  /// Closes every socket and ends the thread; nothing if it was not started.
  public final func stop() async {
    guard let thread = thread.with({ $0.take() }) else { return }
    stopping.with { $0 = true }
    ring()
    await withCheckedContinuation { continuation in
      let isOver = ended.with { ended in
        if !ended.isOver { ended.waiter = continuation }
        return ended.isOver
      }
      if isOver { continuation.resume() }
    }
    // The thread has said that it is done: this returns at once.
    thread.join()
  }

  // MARK: On the loop's thread

  /// Takes a socket over: from now on the loop reads, writes and closes it. Nil, and the socket closed, if the system
  /// refuses.
  public final func adopt(_ descriptor: Int32, owner: any ConnectionOwner) -> Connection? {
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      close(descriptor)
      return nil
    }
    var one: Int32 = 1
    // Refused for sockets that are not TCP, where there is nothing to turn off.
    _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    let slot = freeSlots.popLast() ?? Int32(connections.count)
    if Int(slot) == connections.count { connections.append(nil) }
    nextSerial &+= 1
    let connection = Connection(loop: self, descriptor: descriptor, slot: slot, serial: nextSerial, owner: owner)
    guard poller.add(descriptor, key: key(connection)) else {
      freeSlots.append(slot)
      close(descriptor)
      return nil
    }
    connections[Int(slot)] = connection
    connectionCount += 1
    return connection
  }

  /// Calls `body` with each connection; it may end them.
  public final func forEachConnection(_ body: (Connection) -> Void) {
    for case .some(let connection) in connections { body(connection) }
  }

  private func run() {
    while !stopping.with({ $0 }) {
      poller.wait(timeoutMs: Int32(clamping: max(0, nextTickMs - nowMs))) { ready in handle(ready) }
      flush()
      settled()
      tickIfDue()
    }
    forEachConnection { $0.end() }
    ending()
    let waiter = ended.with { ended in
      ended.isOver = true
      return ended.waiter
    }
    waiter?.resume()
  }

  private func handle(_ ready: Poller.Readiness) {
    readClock()
    if ready.key == Self.bellKey {
      var count: UInt64 = 0
      _ = read(bell, &count, 8)
      return rung()
    }
    let slot = Int(ready.key >> 32)
    guard slot < connections.count, let connection = connections[slot], key(connection) == ready.key else { return }
    if ready.canWrite { connection.flush() }
    if ready.canRead { connection.readable(into: readBuffer) }
  }

  private func tickIfDue() {
    readClock()
    guard nowMs >= nextTickMs else { return }
    nextTickMs = nowMs + tickMs
    for entry in wheel.advance(nowMs: nowMs) {
      guard let connection = connections[Int(entry.slot)], connection.serial == entry.serial else { continue }
      connection.reminded(nowMs: nowMs)
    }
    ticked()
    flush()
    settled()
  }

  private func readClock() { nowMs = Int64(clock() / 1_000) }

  private func key(_ connection: Connection) -> UInt64 {
    UInt64(UInt32(bitPattern: connection.slot)) << 32 | UInt64(connection.serial)
  }

  /// Sends what is queued on each connection that got something since.
  private func flush() {
    while !dirty.isEmpty {
      let batch = dirty
      dirty.removeAll(keepingCapacity: true)
      for connection in batch { connection.flush() }
    }
  }

  // MARK: What a connection calls

  final func readAhead(_ connection: Connection) { connection.readable(into: readBuffer) }

  final func noteDirty(_ connection: Connection) { dirty.append(connection) }

  final func watchForRoom(_ connection: Connection, _ wanted: Bool) {
    poller.change(connection.descriptor, key: key(connection), writing: wanted)
  }

  final func schedule(_ connection: Connection, atMs: Int64) -> Int64 {
    wheel.schedule(TimerWheel.Entry(slot: connection.slot, serial: connection.serial), deadlineMs: atMs)
  }

  final func forget(_ connection: Connection) {
    connections[Int(connection.slot)] = nil
    freeSlots.append(connection.slot)
    connectionCount -= 1
  }

  /// Offers the first chunks of a queue to a socket in one call.
  final func gather(_ queue: OutQueue, _ descriptor: Int32) -> (outcome: Int, bytes: Int) {
    let count = min(queue.chunkCount, Self.vectorLimit)
    var total = 0
    for index in 0..<count {
      guard let chunk = queue[index] else { break }
      // The queue holds each chunk until the call is over, and an array's storage does not move while it is held.
      chunk.bytes.withUnsafeBytes { bytes in
        let skip = index == 0 ? queue.sent : 0
        let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + skip) }
        vectors[index] = iovec(iov_base: start, iov_len: bytes.count - skip)
        total += bytes.count - skip
      }
    }
    var message = msghdr()
    message.msg_iov = vectors
    message.msg_iovlen = count
    return (sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL)), total)
  }
}
