/// Who is fetching what: a fetch whose key changed meanwhile must not be kept.
///
/// A ticket is taken before the question is sent. Whatever cancels the key makes all its tickets void; a ticket taken
/// later stands again. There are never more than there are fetches in flight.
struct Tickets<Key: Hashable & Sendable> {
  /// A right to keep what is fetched.
  struct Ticket: Sendable {
    let key: Key
    fileprivate let stamp: UInt64
  }

  private struct Fetch {
    let stamp: UInt64
    var holders: Int
  }

  private var fetches: [Key: Fetch] = [:]
  private var lastStamp: UInt64 = 0

  /// Takes a ticket.
  mutating func begin(_ key: Key) -> Ticket {
    if let fetch = fetches[key] {
      fetches[key] = Fetch(stamp: fetch.stamp, holders: fetch.holders + 1)
      return Ticket(key: key, stamp: fetch.stamp)
    }
    lastStamp += 1
    fetches[key] = Fetch(stamp: lastStamp, holders: 1)
    return Ticket(key: key, stamp: lastStamp)
  }

  /// Gives a ticket back; true if it still stood.
  mutating func end(_ ticket: Ticket) -> Bool {
    guard let fetch = fetches[ticket.key], fetch.stamp == ticket.stamp else { return false }
    if fetch.holders == 1 {
      fetches[ticket.key] = nil
    } else {
      fetches[ticket.key] = Fetch(stamp: fetch.stamp, holders: fetch.holders - 1)
    }
    return true
  }

  /// Makes the tickets of a key void.
  mutating func cancel(_ key: Key) {
    if !fetches.isEmpty { fetches[key] = nil }
  }

  /// Makes all tickets void.
  mutating func cancelAll() { fetches = [:] }
}
