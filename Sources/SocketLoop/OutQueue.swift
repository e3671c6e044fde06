import HubContracts

/// What a socket has still to send: shared chunks in order, the first perhaps sent in part.
struct OutQueue {
  /// The chunk that is being sent. Most sockets never hold more than this one.
  private(set) var head: SharedBytes?
  /// How many bytes of `head` are sent.
  private(set) var sent = 0
  private var tail: [SharedBytes] = []
  private var tailStart = 0
  /// How many bytes are still to be sent.
  private(set) var count = 0

  var isEmpty: Bool { head == nil }

  /// How many chunks there are, `head` included.
  var chunkCount: Int { (head == nil ? 0 : 1) + tail.count - tailStart }

  mutating func append(_ chunk: SharedBytes) {
    guard !chunk.bytes.isEmpty else { return }
    count += chunk.bytes.count
    if head == nil { head = chunk } else { tail.append(chunk) }
  }

  /// The chunk at a place, 0 for `head`.
  subscript(_ index: Int) -> SharedBytes? {
    index == 0 ? head : tailStart + index - 1 < tail.count ? tail[tailStart + index - 1] : nil
  }

  /// Notes that so many bytes went out.
  mutating func drop(_ bytes: Int) {
    var left = bytes
    count -= bytes
    while let chunk = head {
      let rest = chunk.bytes.count - sent
      if left < rest {
        sent += left
        return
      }
      left -= rest
      advance()
    }
  }

  /// Forgets all but what `end` says must follow the bytes of `head` that are out: `end(sent, head)` is where a frame
  /// ends that was sent in part.
  mutating func cut(_ end: (_ sent: Int, _ bytes: [UInt8]) -> Int) {
    tail = []
    tailStart = 0
    guard let chunk = head else { return }
    let stop = min(max(end(sent, chunk.bytes), sent), chunk.bytes.count)
    count = stop - sent
    head = count == 0 ? nil : SharedBytes(Array(chunk.bytes[sent..<stop]))
    sent = 0
  }

  private mutating func advance() {
    sent = 0
    guard tailStart < tail.count else {
      head = nil
      tail = []
      tailStart = 0
      return
    }
    head = tail[tailStart]
    tailStart += 1
    // What was passed is let go of in strides, so that a queue that never empties does not grow.
    if tailStart >= 64 {
      tail.removeFirst(tailStart)
      tailStart = 0
    }
  }
}
