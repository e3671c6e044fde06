/// What a follower saw. An event that does not say which of its order it is waits, in the order in which it came, until it
/// is known what is stored: then it is given its number, and the sightings tell whether it is out of order.
struct Transcript {
  private enum Entry {
    case came(Sightings.Seen)
    case loaded(order: String, upTo: Int)
  }

  private(set) var sightings = Sightings()
  private var entries: [Entry] = []
  /// The number that was last given to an event of each order.
  private var cursors: [String: Int] = [:]

  /// An event came; what is wrong with it, if that can be told at once.
  mutating func take(_ event: EventText) -> Violation? {
    guard let number = event.number else {
      entries.append(.came(event.seen))
      return nil
    }
    return sightings.take(order: number.order, seq: number.seq, event.seen)
  }

  /// An order was loaded: all its events up to its version are in it.
  mutating func load(order: String, upTo version: Int) { entries.append(.loaded(order: order, upTo: version)) }

  /// Numbers what came since the last time; what is wrong with it.
  mutating func number(by numbers: EventNumbers) -> [Violation] {
    defer { entries = [] }
    return entries.flatMap { entry in
      switch entry {
      case .came(let seen): number(seen, numbers).map { [$0] } ?? []
      case .loaded(let order, let version): fill(order, upTo: version, numbers)
      }
    }
  }

  private mutating func number(_ seen: Sightings.Seen, _ numbers: EventNumbers) -> Violation? {
    guard let place = numbers[seen] else {
      return Violation("an event is sent as it is stored", "\(seen) is no event of any order")
    }
    let seq = choose(among: place.seqs, of: place.order)
    cursors[place.order] = seq
    return sightings.take(order: place.order, seq: seq, seen)
  }

  /// Which of several events that say the same it is: the one that follows what came before; else the first that is new
  /// without a gap; else one that comes again; else there is a gap.
  private func choose(among seqs: [Int], of order: String) -> Int {
    let last = sightings.last(of: order)
    for wanted in [(cursors[order] ?? last) + 1, last + 1] where seqs.contains(wanted) { return wanted }
    return seqs.last { $0 <= last } ?? seqs[0]
  }

  private mutating func fill(_ order: String, upTo version: Int, _ numbers: EventNumbers) -> [Violation] {
    var wrong: [Violation] = []
    while sightings.last(of: order) < version {
      let seq = sightings.last(of: order) + 1
      guard let type = numbers.type(of: order, seq: seq) else {
        wrong.append(
          Violation(
            "what is shown is stored", "order \(order) was shown at \(version), \(seq) is not there", about: [order]))
        break
      }
      if let violation = sightings.take(order: order, seq: seq, Sightings.Seen(type: type)) { wrong.append(violation) }
      cursors[order] = seq
    }
    return wrong
  }
}

/// Which events are stored, found by what they say.
struct EventNumbers {
  private var places: [Sightings.Seen: (order: String, seqs: [Int])] = [:]
  private var types: [String: [String]] = [:]

  /// The stored events of each order, from the first on.
  init(_ orders: [String: [Sightings.Seen]]) {
    for (order, events) in orders {
      types[order] = events.map(\.type)
      for (index, seen) in events.enumerated() { places[seen, default: (order, [])].seqs.append(index + 1) }
    }
  }

  /// The order that an event is of, and all of its events that say the same, the first first.
  subscript(seen: Sightings.Seen) -> (order: String, seqs: [Int])? { places[seen] }

  func type(of order: String, seq: Int) -> String? {
    guard let types = types[order], types.indices.contains(seq - 1) else { return nil }
    return types[seq - 1]
  }
}
