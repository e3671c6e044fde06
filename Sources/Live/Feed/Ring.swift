import HubContracts

/// A tenant's latest events, from which most clients that come back are served.
struct Ring {
  private var batches: [EventBatch] = []
  private var start = 0
  private var byteCount = 0
  /// The place right before the first event: who has it misses all of these and no other.
  private var beforeFirst: StreamOffset?
  private let limitBytes: Int

  /// Holds about `limitBytes`, and always the newest batch.
  init(limitBytes: Int) { self.limitBytes = limitBytes }

  /// Part of a batch.
  typealias Part = (batch: EventBatch, events: Range<Int>)

  /// Forgets all; what comes next follows `offset`.
  mutating func reset(to offset: StreamOffset?) {
    batches = []
    start = 0
    byteCount = 0
    beforeFirst = offset
  }

  /// Appends the newest batch and lets go of the oldest.
  mutating func append(_ batch: EventBatch) {
    batches.append(batch)
    byteCount += batch.byteCount
    while byteCount > limitBytes, start < batches.count - 1 {
      byteCount -= batches[start].byteCount
      // Without a place at its end nobody can say that the rest follows it.
      beforeFirst = batches[start].events.last?.offset
      start += 1
    }
    if start >= 64 {
      batches.removeFirst(start)
      start = 0
    }
  }

  /// The events after `offset`, oldest first; nil if that place is not known here.
  func events(after offset: StreamOffset) -> [Part]? {
    // Most who come back were gone for a moment.
    for at in batches.indices.dropFirst(start).reversed() {
      let events = batches[at].events
      guard let found = events.lastIndex(where: { $0.offset == offset }) else { continue }
      let rest = (found + 1)..<events.count
      return (rest.isEmpty ? [] : [(batches[at], rest)]) + whole(from: at + 1)
    }
    return offset == beforeFirst ? whole(from: start) : nil
  }

  private func whole(from index: Int) -> [Part] { batches[index...].map { ($0, $0.events.indices) } }
}
