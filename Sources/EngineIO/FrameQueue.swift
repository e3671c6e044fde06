/// The packets that wait for a polling client.
struct FrameQueue: Sendable {
  private var frames: [EngineFrame] = []
  private var head = 0
  /// How many bytes they take in payloads, without separators.
  private(set) var byteCount = 0

  var isEmpty: Bool { head == frames.count }

  mutating func append(_ frame: EngineFrame) {
    frames.append(frame)
    byteCount += EnginePayload.byteCount(of: frame)
  }

  /// Takes packets for one answer: at most `packetLimit`, and `limitBytes` unless the first alone has more.
  mutating func takePayload(packetLimit: Int, limitBytes: Int) -> [UInt8] {
    var body: [UInt8] = []
    var count = 0
    while head < frames.count, count < packetLimit {
      let size = EnginePayload.byteCount(of: frames[head])
      if count > 0, body.count + 1 + size > limitBytes { break }
      EnginePayload.append(frames[head], to: &body)
      byteCount -= size
      head += 1
      count += 1
    }
    forgetTaken()
    return body
  }

  mutating func takeAll() -> ArraySlice<EngineFrame> {
    let all = frames[head...]
    self = FrameQueue()
    return all
  }

  /// What was taken is let go when it is half of all, so that a packet is moved once on average.
  private mutating func forgetTaken() {
    if head == frames.count {
      frames = []
      head = 0
    } else if head * 2 > frames.count {
      frames.removeFirst(head)
      head = 0
    }
  }
}
