/// What one follower has seen of each order, in the order in which it came. Pure: it is told, and says what is wrong.
struct Sightings {
  /// What an event said: its type, and a digest of its data if it came by the socket.
  struct Seen: Hashable, Sendable {
    var type: String
    var digest: UInt64?

    /// Whether both may be the same event.
    func agrees(with other: Seen) -> Bool {
      type == other.type && (digest == nil || other.digest == nil || digest == other.digest)
    }
  }

  private(set) var orders: [String: [Seen]] = [:]
  /// How often an event came that had come before.
  private(set) var repeats = 0

  /// The number of the last event seen of an order; 0 if none.
  func last(of order: String) -> Int { orders[order]?.count ?? 0 }

  /// Takes an event; what is wrong with it, or nil.
  mutating func take(order: String, seq: Int, _ seen: Seen) -> Violation? {
    let last = last(of: order)
    if seq == last + 1 {
      orders[order, default: []].append(seen)
      return nil
    }
    guard seq >= 1, seq <= last else {
      return Violation(
        "events come without a gap", "order \(order): \(seq) \(seen.type) after \(last), and no resync", about: [order])
    }
    repeats += 1
    guard let first = orders[order]?[seq - 1], !first.agrees(with: seen) else { return nil }
    return Violation(
      "an event that comes again is the same", "order \(order): \(seq) was \(first), is \(seen)", about: [order])
  }

  /// FNV-1a: short, and the same in every process.
  static func digest(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
