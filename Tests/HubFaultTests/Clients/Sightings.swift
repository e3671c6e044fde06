import Foundation
import HubTestSupport

/// What one follower has seen of each order, in the order in which it came. Pure: it is told, and says what is wrong.
struct Sightings {
  /// What an event said: its type, and a digest of its data if it came by the socket.
  struct Seen: Equatable, Sendable {
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

/// The parts of an event's JSON, cut out of its text as it came: what is compared is what was sent.
struct EventText {
  var order: String
  var seq: Int
  var seen: Sightings.Seen
  var offset: String?

  /// An event that REST gave: its data is not looked at.
  init(loaded event: Document, of order: String) {
    self.order = order
    seq = event["seq"].whole
    seen = Sightings.Seen(type: event["type"].text)
  }

  /// `{"type","data","id","seq","offset"}`, as the plain WebSocket sends it.
  init?(frame text: String) {
    guard let data = text.range(of: #","data":"#), let id = text.range(of: #","id":"#, options: .backwards),
      data.upperBound <= id.lowerBound
    else { return nil }
    let rest = Document(parsing: "{" + text[text.index(after: id.lowerBound)...])
    let head = Document(parsing: text[..<data.lowerBound] + "}")
    self.init(id: rest["id"].text, type: head["type"].text, data: text[data.upperBound..<id.lowerBound])
    offset = rest["offset"] == .missing ? nil : rest["offset"].text
  }

  /// `{"id","seq","tenant","type","orderId","customer","at","data"}`, as it is stored.
  init?(envelope text: String) {
    guard let data = text.range(of: #","data":"#) else { return nil }
    let head = Document(parsing: text[..<data.lowerBound] + "}")
    self.init(id: head["id"].text, type: head["type"].text, data: text[data.upperBound...].dropLast())
  }

  private init?(id: String, type: String, data: Substring) {
    let parts = id.split(separator: ":")
    guard parts.count == 2, let seq = Int(parts[1]) else { return nil }
    order = String(parts[0])
    self.seq = seq
    seen = Sightings.Seen(type: type, digest: Sightings.digest(data.utf8))
  }
}
