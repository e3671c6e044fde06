import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

extension LiveLoop {
  // MARK: Following

  /// Makes a subscriber a member of rooms of one tenant. It is told by `follows` when it is served, at once or later:
  /// first with what it missed after a place, then with what is new.
  func follow(_ subscriber: Subscriber, _ names: [RoomName], after offset: StreamOffset? = nil) {
    guard let tenant = names.first?.tenant else { return }
    let following = Following(subscriber, tenant: tenant, rooms: names, after: offset)
    let before = rooms.count
    let isFirst = !rooms.hasMembers(of: tenant)
    for name in names { rooms.join(subscriber, name, for: following) }
    metrics.rooms.add(Int64(rooms.count - before))
    if isFirst { feeds.open(tenant, loop: index) }
    serve(following)
  }

  /// Ends a membership.
  func leave(_ subscriber: Subscriber, _ name: RoomName) {
    guard rooms.leave(subscriber, name) else { return }
    metrics.rooms.add(-1)
    if !rooms.hasMembers(of: name.tenant) { feeds.close(name.tenant, loop: index, nowMs: nowMs) }
  }

  /// Ends all memberships.
  func leaveAll(_ subscriber: Subscriber) {
    while let membership = subscriber.memberships.last { leave(subscriber, membership.room.name) }
  }

  /// Brings a wish as far as it comes now.
  func serve(_ following: Following) {
    guard following.isWanted else { return }
    switch feeds.start(following.tenant, after: following.lostReason == nil ? following.place : nil) {
    case .later: waiting[following.tenant, default: []].append(following)
    case .from(let point, let missed):
      begin(following, point, missed: following.read.map { ($0, $0.events.indices) } + missed)
    case .unknown(let point):
      if let readTo = following.readTo, let newest = point.offset, following.hasReadAll, newest < readTo {
        // The stream was read further than the bus has come: the rest comes from there.
        begin(following, point, missed: following.read(upTo: newest))
      } else {
        read(for: following)
      }
    }
  }

  /// Asks for the next page of the stream.
  private func read(for following: Following) {
    guard let place = following.place else { preconditionFailure("a page is read after no place") }
    guard following.pages < Following.pageLimit, following.readBytes < options.queueLimitBytes else {
      return lose(following, reason: "too far behind")
    }
    following.pages += 1
    let (tenant, reader) = (following.tenant, reader)
    ask({ await reader.page(of: tenant, after: place) }, then: { self.take($0, for: following) })
  }

  /// Takes a page of the stream that was read for one client.
  private func take(_ page: StreamReader.Page, for following: Following) {
    guard following.isWanted else { return }
    switch page {
    case .events(let batches, let last, let goesOn):
      following.read += batches
      following.readTo = last
      following.hasReadAll = !goesOn
      serve(following)
    case .gone: lose(following, reason: "too far behind")
    case .unavailable: lose(following, reason: "bus")
    }
  }

  private func lose(_ following: Following, reason: String) {
    following.lostReason = reason
    serve(following)
  }

  private func begin(_ following: Following, _ point: TenantFeed.Point, missed: [Ring.Part]) {
    let subscriber = following.subscriber
    let begun = following.rooms.filter { rooms.begin(subscriber, $0, at: point.serial, for: following) }
    guard !begun.isEmpty else { return }
    let parts = following.lostReason == nil ? wanted(missed, by: subscriber, begun) : []
    let bytes = parts.reduce(0) { $0 + $1.batch.range(of: $1.events, in: .plain).count }
    if following.lostReason == nil, bytes > options.queueLimitBytes / 2 { following.lostReason = "too far behind" }
    if let reason = following.lostReason {
      metrics.recoveriesMissed.add()
      return subscriber.follows(begun, from: point.offset, .lost(reason: reason))
    }
    guard following.after != nil else { return subscriber.follows(begun, from: point.offset, .new) }
    (following.pages == 0 ? metrics.recoveriesFromMemory : metrics.recoveriesFromStream).add()
    let count = parts.reduce(0) { $0 + $1.events.count }
    subscriber.follows(begun, from: point.offset, .recovered(missed: count))
    for part in parts { subscriber.deliver(part.batch, part.events) }
    metrics.deliveries.add(count)
  }

  /// The parts of missed events that rooms take, and that a subscriber may hear.
  private func wanted(_ missed: [Ring.Part], by subscriber: Subscriber, _ names: [RoomName]) -> [Ring.Part] {
    let takesAll = subscriber.onlyCustomer == nil && names.contains { if case .tenant = $0 { true } else { false } }
    if takesAll { return missed }
    return missed.flatMap { part in
      part.events.compactMap { index in
        let event = part.batch.events[index]
        return subscriber.mayHear(event) && names.contains { $0.takes(event) } ? (part.batch, index..<(index + 1)) : nil
      }
    }
  }

  // MARK: Delivering

  /// Hands events to all who are concerned, once: batches of one tenant that came together.
  func deliver(_ run: [EventBatch]) {
    guard let first = run.first, let last = run.last else { return }
    var count = 0
    if let members = rooms[.tenant(first.tenant)]?.members {
      let joined = run.count == 1 ? first : EventBatch(joining: run)
      for member in members {
        if member.from <= first.serial {
          member.subscriber.deliver(joined)
          count += joined.events.count
        } else if member.from <= last.serial {
          for batch in run where member.from <= batch.serial {
            member.subscriber.deliver(batch)
            count += batch.events.count
          }
        }
      }
    }
    if rooms.narrowCount > 0 { for batch in run { count += deliverNarrowly(batch) } }
    metrics.deliveries.add(count)
    justDelivered += run
  }

  private func deliverNarrowly(_ batch: EventBatch) -> Int {
    var count = 0
    for (index, event) in batch.events.enumerated() {
      let customer = event.customer.flatMap { UserID($0) }
      let names = [
        event.order.map { RoomName.order(batch.tenant, $0) }, customer.map { RoomName.user(batch.tenant, $0) },
      ]
      for case .some(let name) in names {
        for member in rooms[name]?.members ?? [] where member.from <= batch.serial {
          let subscriber = member.subscriber
          guard subscriber.tenantFrom > batch.serial, subscriber.mayHear(event),
            subscriber.lastNarrow != (batch.serial, index)
          else { continue }
          subscriber.lastNarrow = (batch.serial, index)
          subscriber.deliver(batch, index..<(index + 1))
          count += 1
        }
      }
    }
    return count
  }

  /// Tells a tenant's members, each once, that events may be missing.
  func resync(_ tenant: TenantID, reason: String, offset: StreamOffset?) {
    var told: Set<ObjectIdentifier> = []
    for room in rooms.rooms(of: tenant) {
      for member in room.members where member.from != .max && told.insert(ObjectIdentifier(member.subscriber)).inserted
      {
        member.subscriber.resync(reason: reason, offset: offset)
      }
    }
    metrics.resyncs.add(told.count)
  }
}
