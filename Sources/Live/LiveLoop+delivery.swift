import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

extension LiveLoop {
  /// Hands events to all who are concerned, once: batches of one tenant that came together.
  func deliver(_ run: [EventBatch]) {
    guard let first = run.first, let last = run.last else { return }
    var count = 0
    if let members = rooms[.tenant(first.tenant)]?.members {
      let joined = run.count == 1 ? first : EventBatch(joining: run)
      let all = joined.events.indices
      for member in members {
        if member.from <= first.serial {
          member.subscriber.deliver(joined, all)
          count += all.count
        } else if member.from <= last.serial {
          for batch in run where member.from <= batch.serial {
            member.subscriber.deliver(batch, batch.events.indices)
            count += batch.events.count
          }
        }
      }
    }
    if rooms.hasNarrow(of: first.tenant) { for batch in run { count += deliverNarrowly(batch) } }
    if let newest = run.reversed().lazy.compactMap(\.newest).first, rooms.hasMembers(of: first.tenant) {
      delivered[first.tenant] = newest
    }
    metrics.deliveries.add(count)
    justDelivered += run
    if !waiting.isEmpty { serveReached(first.tenant) }
  }

  private func deliverNarrowly(_ batch: EventBatch) -> Int {
    var count = 0
    for (index, event) in batch.events.enumerated() {
      for name in RoomName.narrow(event, of: batch.tenant) {
        for member in rooms[name]?.members ?? [] where member.from <= batch.serial {
          let subscriber = member.subscriber
          guard subscriber.tenantFrom > batch.serial, subscriber.mayHear(event),
            subscriber.lastNarrow != (batch.serial, index)
          else { continue }
          subscriber.lastNarrow = (batch.serial, index)
          subscriber.take(batch, index..<(index + 1))
          count += 1
        }
      }
    }
    return count
  }

  /// An event as those see it who see orders of their own. What the last one saw is kept: those who hear an event hear it
  /// one after the other.
  func parts(_ batch: EventBatch, _ index: Int, for sight: Sight) -> EncodedParts? {
    if let lastShown, lastShown.batch === batch, lastShown.index == index, lastShown.sight == sight {
      return lastShown.parts
    }
    let parts = batch.parts(index, for: sight)
    lastShown = (batch, index, sight, parts)
    return parts
  }

  /// Tells a tenant's members, each once, that events may be missing.
  func resync(_ tenant: TenantID, reason: String, offset: StreamOffset?) {
    if rooms.hasMembers(of: tenant) { delivered[tenant] = offset }
    var told: Set<ObjectIdentifier> = []
    for room in rooms.rooms(of: tenant) {
      for member in room.members where member.from != .max && told.insert(ObjectIdentifier(member.subscriber)).inserted
      {
        member.subscriber.resync(reason: reason, offset: offset)
      }
    }
    metrics.resyncs.add(told.count)
    // What was left out may have been all that somebody waited for.
    if !waiting.isEmpty { serveReached(tenant) }
  }
}
