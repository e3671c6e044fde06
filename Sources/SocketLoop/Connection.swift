import Glibc
public import HubContracts

/// A socket on its loop, and what waits to be sent on it. Touched only on the loop's thread.
public final class Connection {
  /// Who is told.
  public internal(set) var owner: (any ConnectionOwner)?
  /// The loop that it belongs to for life.
  ///
  /// Unchecked, for it is asked with every chunk: the loop holds its connections, and ends each of them before it goes;
  /// one that has ended asks it nothing.
  public unowned(unsafe) let loop: SocketLoop
  let descriptor: Int32
  let slot: Int32
  let serial: UInt32
  private var queue = OutQueue()
  private var phase = Phase.open
  private var isWatchedForRoom = false
  private var isDirty = false
  private var reminderMs = Int64.max
  /// When the socket is closed, come what may, once it is finishing.
  private var finishByMs = Int64.max

  private enum Phase {
    case open
    /// The last bytes are queued; nothing is taken any more.
    case finishing
    /// The last bytes are out and the peer was told; its end is awaited.
    case finished
    case ended
  }

  init(loop: SocketLoop, descriptor: Int32, slot: Int32, serial: UInt32, owner: any ConnectionOwner) {
    self.loop = loop
    self.descriptor = descriptor
    self.slot = slot
    self.serial = serial
    self.owner = owner
  }

  /// Whether bytes may still be sent.
  public var isOpen: Bool { phase == .open }
  /// How many bytes wait to be sent.
  public var queuedBytes: Int { queue.count }

  /// Queues a chunk. It goes out when the loop has done all that is at hand, with whatever else is queued by then.
  public func send(_ chunk: SharedBytes) {
    guard phase == .open else { return }
    if queue.count + chunk.bytes.count > loop.queueLimitBytes, !queue.isEmpty {
      // A burst is not slowness: what the socket takes now does not count.
      flush()
      guard phase == .open else { return }
      if queue.count + chunk.bytes.count > loop.queueLimitBytes, !queue.isEmpty {
        owner?.overflowed(self)
        return
      }
    }
    queue.append(chunk)
    loop.queuedBytes += chunk.bytes.count
    markDirty()
  }

  /// Sends what is queued and then `last`, tells the peer that nothing follows, and closes when the peer does or after
  /// `timeoutMs`. With `cut`, what is queued is dropped but for the rest of a frame that is out in part: `cut` gives where
  /// in a chunk that frame ends, from how much of the chunk is out.
  public func finish(
    _ last: SharedBytes?, timeoutMs: Int64, cut: ((_ sent: Int, _ bytes: [UInt8]) -> Int)? = nil
  ) {
    guard phase == .open else { return }
    let before = queue.count
    if let cut { queue.cut(cut) }
    if let last { queue.append(last) }
    loop.queuedBytes += queue.count - before
    phase = .finishing
    finishByMs = loop.nowMs + timeoutMs
    remind(atMs: finishByMs)
    markDirty()
  }

  /// Closes the socket at once.
  public func end() {
    guard phase != .ended else { return }
    phase = .ended
    loop.queuedBytes -= queue.count
    queue = OutQueue()
    close(descriptor)
    loop.forget(self)
    let told = owner
    owner = nil
    told?.ended(self)
  }

  /// Asks for a reminder at a moment of the loop's clock. An earlier one that was asked for before may come too.
  public func remind(atMs: Int64) {
    let moment = min(atMs, finishByMs)
    guard phase != .ended, moment < reminderMs else { return }
    reminderMs = loop.schedule(self, atMs: moment)
  }

  /// Reads what has come, without waiting for the loop to find it: what a letter says may have happened after it. Never
  /// while the owner is being told of something that was received.
  public func readNow() {
    guard phase == .open else { return }
    loop.readAhead(self)
  }

  // MARK: What the loop calls

  func reminded(nowMs: Int64) {
    guard nowMs >= reminderMs else { return }
    reminderMs = Int64.max
    if nowMs >= finishByMs { return end() }
    if finishByMs != Int64.max { remind(atMs: finishByMs) }
    if phase == .open { owner?.reminded(nowMs: nowMs, on: self) }
  }

  func readable(into buffer: UnsafeMutableRawBufferPointer) {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count > 0 {
      // What a peer still sends after the end is read and dropped, so that the close frame is not lost to a reset.
      guard phase == .open else { return }
      owner?.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]), on: self)
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      end()
    }
  }

  /// Sends what the socket takes, in one call where it takes all.
  func flush() {
    isDirty = false
    while phase != .ended, !queue.isEmpty {
      let offered = offer()
      let count = offered.outcome
      if count < 0 {
        if errno == EINTR { continue }
        if errno != EAGAIN { return end() }
        return watchForRoom(true)
      }
      queue.drop(count)
      loop.queuedBytes -= count
      if count < offered.bytes { return watchForRoom(true) }
    }
    guard phase != .ended else { return }
    watchForRoom(false)
    if phase == .finishing {
      phase = .finished
      shutdown(descriptor, Int32(SHUT_WR))
    }
  }

  private func offer() -> (outcome: Int, bytes: Int) {
    guard let head = queue.head else { return (0, 0) }
    if queue.chunkCount == 1 {
      let rest = head.bytes.count - queue.sent
      return head.bytes.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return (0, 0) }
        return (Glibc.send(descriptor, start + queue.sent, rest, Int32(MSG_NOSIGNAL)), rest)
      }
    }
    return loop.gather(queue, descriptor)
  }

  private func watchForRoom(_ wanted: Bool) {
    guard wanted != isWatchedForRoom else { return }
    isWatchedForRoom = wanted
    loop.watchForRoom(self, wanted)
  }

  private func markDirty() {
    // A socket that is full is flushed when the system says that it has room.
    guard !isDirty, !isWatchedForRoom else { return }
    isDirty = true
    loop.noteDirty(self)
  }
}
