import HubContracts
import HubRuntime
import Orders
import Synchronization

/// Response bodies about orders that are at hand in this process, bounded in bytes.
///
/// Looked up on every read, so it is cut into shards with a lock each. What is to go is found by a clock: a copy that
/// was used since the hand last passed stays for another round.
final class OrderCopies: Sendable {
  typealias Ticket = Tickets<OrderID>.Ticket

  /// What an entry costs beside its bodies, about.
  static let entryBytes = 400
  private static let shardCount = 16

  private final class Entry {
    let id: OrderID
    var copies: (document: OrderCopy?, remaining: OrderCopy?, progress: OrderCopy?)
    var bytes = OrderCopies.entryBytes
    var place: Int
    var wasUsed = false

    init(id: OrderID, place: Int) {
      self.id = id
      self.place = place
    }

    subscript(view: OrderView) -> OrderCopy? {
      get {
        switch view {
        case .document: copies.document
        case .remaining: copies.remaining
        case .progress: copies.progress
        }
      }
      set {
        bytes += (newValue?.body.bytes.count ?? 0) - (self[view]?.body.bytes.count ?? 0)
        switch view {
        case .document: copies.document = newValue
        case .remaining: copies.remaining = newValue
        case .progress: copies.progress = newValue
        }
      }
    }
  }

  private struct Shard {
    var isOpen = false
    var entries: [OrderID: Entry] = [:]
    var ring: [Entry] = []
    var hand = 0
    var bytes = 0
    var tickets = Tickets<OrderID>()
  }

  private let shards: [Locked<Shard>]
  private let shardLimitBytes: Int
  private let total = Atomic<Int>(0)

  /// Keeps at most so many bytes.
  init(limitBytes: Int) {
    shards = (0..<Self.shardCount).map { _ in Locked(Shard()) }
    shardLimitBytes = max(0, limitBytes) / Self.shardCount
  }

  /// How many bytes are kept.
  var bytes: Int { total.load(ordering: .relaxed) }

  /// The copy, if it is kept.
  func copy(_ view: OrderView, of id: OrderID) -> OrderCopy? {
    shard(id).with { shard in
      guard let entry = shard.entries[id], let copy = entry[view] else { return nil }
      entry.wasUsed = true
      return copy
    }
  }

  /// Takes a ticket before a copy is fetched; nil while nothing may be kept.
  func begin(_ id: OrderID) -> Ticket? {
    shard(id).with { shard in shard.isOpen ? shard.tickets.begin(id) : nil }
  }

  /// Gives the ticket back, and keeps the copy if it still stands.
  func end(_ ticket: Ticket, _ view: OrderView, _ copy: OrderCopy?) {
    shard(ticket.key).with { shard in
      guard shard.tickets.end(ticket), let copy else { return }
      guard copy.body.bytes.count + Self.entryBytes <= shardLimitBytes else { return }
      let before = shard.bytes
      keep(copy, view, ticket.key, &shard)
      while shard.bytes > shardLimitBytes { evictOne(&shard) }
      total.add(shard.bytes - before, ordering: .relaxed)
    }
  }

  /// The order changed: its copies go, and what is being fetched is not kept.
  func invalidate(_ id: OrderID) {
    shard(id).with { shard in
      shard.tickets.cancel(id)
      guard let entry = shard.entries[id] else { return }
      total.subtract(entry.bytes, ordering: .relaxed)
      remove(entry, &shard)
    }
  }

  /// Keeps copies from now on.
  func open() { for shard in shards { shard.with { $0.isOpen = true } } }

  /// Drops all copies and keeps none until `open`.
  func close() { dropAll(closing: true) }

  /// Drops all copies.
  func dropAll() { dropAll(closing: false) }

  private func dropAll(closing: Bool) {
    for shard in shards {
      shard.with { shard in
        total.subtract(shard.bytes, ordering: .relaxed)
        var empty = Shard()
        empty.isOpen = shard.isOpen && !closing
        // Stamps go on counting, so that no old ticket fits a new fetch.
        empty.tickets = shard.tickets
        empty.tickets.cancelAll()
        shard = empty
      }
    }
  }

  private func shard(_ id: OrderID) -> Locked<Shard> {
    // The count and the random part of an id are in its lower bytes.
    shards[Int((id.low ^ UInt32(truncatingIfNeeded: id.high)) % UInt32(Self.shardCount))]
  }

  private func keep(_ copy: OrderCopy, _ view: OrderView, _ id: OrderID, _ shard: inout Shard) {
    let entry: Entry
    if let known = shard.entries[id] {
      entry = known
    } else {
      entry = Entry(id: id, place: shard.ring.count)
      shard.entries[id] = entry
      shard.ring.append(entry)
      shard.bytes += entry.bytes
    }
    shard.bytes -= entry.bytes
    entry[view] = copy
    shard.bytes += entry.bytes
  }

  private func evictOne(_ shard: inout Shard) {
    // Ends: each step either clears a mark or removes an entry.
    while !shard.ring.isEmpty {
      if shard.hand >= shard.ring.count { shard.hand = 0 }
      let entry = shard.ring[shard.hand]
      // Past it: the newest entry moves into the gap, and is not to be judged at once.
      shard.hand += 1
      guard entry.wasUsed else { return remove(entry, &shard) }
      entry.wasUsed = false
    }
  }

  private func remove(_ entry: Entry, _ shard: inout Shard) {
    shard.bytes -= entry.bytes
    shard.entries[entry.id] = nil
    let last = shard.ring.removeLast()
    if last !== entry {
      shard.ring[entry.place] = last
      last.place = entry.place
    }
  }
}
