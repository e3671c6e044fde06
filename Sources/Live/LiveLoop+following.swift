import HubContracts
import HubRuntime
import Orders
import SocketLoop

/// How a subscriber that names a place comes from there to what is new: out of the ring, or the stream, as much at a time
/// as may wait for it.
extension LiveLoop {
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

  /// Forgets the wishes that nobody has any more.
  func forgetUnwanted() {
    for tenant in waiting.keys { waiting[tenant]?.removeAll { !$0.isWanted } }
    paced.removeAll { !$0.isWanted }
  }

  /// Gives the next portion to those that have room for it: to some in each turn of the loop, so that many who come back
  /// do not hold up the others.
  func goOnGiving() {
    guard !paced.isEmpty else { return }
    let some = paced.prefix(Self.portionsATurn)
    paced.removeFirst(some.count)
    var isGiving = false
    for following in some where following.isWanted {
      if following.subscriber.queuedBytes <= pacedBytes / 4 {
        serve(following)
        isGiving = true
      } else {
        paced.append(following)
      }
    }
    // What was given waits to be flushed.
    if isGiving { ring() }
  }

  private static let portionsATurn = 64

  /// How many bytes of what was missed are sent at a time.
  private var pacedBytes: Int { options.queueLimitBytes / 2 }

  /// Brings a wish as far as it comes now.
  func serve(_ following: Following) {
    guard following.isWanted else { return }
    let place = following.lostReason == nil ? following.place : nil
    switch feeds.start(following.tenant, after: place) {
    case .later: waiting[following.tenant, default: []].append(following)
    case .from(let point, let missed): give(following, following.takeRead() + missed, thenFrom: point)
    case .unknown(let point):
      if let readTo = following.readTo, let newest = point.offset, following.hasReadAll, newest < readTo {
        // The stream was read further than the bus has come: the rest comes from there.
        give(following, following.takeRead(upTo: newest), thenFrom: point)
      } else if following.readBytes >= pacedBytes {
        give(following, following.takeRead(), thenFrom: nil)
      } else {
        read(for: following)
      }
    }
  }

  // MARK: The stream

  /// Asks for the next page of the stream.
  private func read(for following: Following) {
    guard let place = following.place else { preconditionFailure("a page is read after no place") }
    guard following.pages < Following.pageLimit else { return lose(following, reason: "too far behind") }
    following.pages += 1
    let (tenant, reader) = (following.tenant, reader)
    ask({ await reader.page(of: tenant, after: place) }, then: { self.take($0, for: following) })
  }

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
    following.read = []
    serve(following)
  }

  // MARK: Giving

  /// Gives a subscriber what it missed, and then what comes from a point on; or as much as may wait for it, and later the
  /// rest. Without a point, what it missed is not all.
  private func give(_ following: Following, _ missed: [Ring.Part], thenFrom point: TenantFeed.Point?) {
    let subscriber = following.subscriber
    let names = following.rooms.filter { rooms.awaits(subscriber, $0, for: following) }
    if let reason = following.lostReason, let point {
      metrics.recoveriesMissed.add()
      begin(following, names, at: point)
      return subscriber.follows(names, from: point.offset, .lost(reason: reason))
    }
    let (now, later) = cut(wanted(missed, by: subscriber, names))
    let isAll = later == nil && point != nil
    if isAll, let point { begin(following, names, at: point) }
    tell(following, names, from: point)
    for part in now { subscriber.deliver(part.batch, part.events) }
    metrics.deliveries.add(now.reduce(0) { $0 + $1.events.count })
    guard !isAll else { return }
    following.readTo = later ?? following.readTo
    following.hasReadAll = false
    if now.isEmpty { serve(following) } else { paced.append(following) }
  }

  private func begin(_ following: Following, _ names: [RoomName], at point: TenantFeed.Point) {
    for name in names { rooms.begin(following.subscriber, name, at: point.serial, for: following) }
  }

  /// Tells a subscriber, once, that it is served.
  private func tell(_ following: Following, _ names: [RoomName], from point: TenantFeed.Point?) {
    guard !following.isTold else { return }
    following.isTold = true
    guard following.after != nil else { return following.subscriber.follows(names, from: point?.offset, .new) }
    (following.pages == 0 ? metrics.recoveriesFromMemory : metrics.recoveriesFromStream).add()
    following.subscriber.follows(names, from: point?.offset, .recovered)
  }

  /// The parts that may be sent now, at least one event; and if that is not all, the place that they reach.
  private func cut(_ parts: [Ring.Part]) -> (now: [Ring.Part], reach: StreamOffset?) {
    var now: [Ring.Part] = []
    var room = pacedBytes
    for (batch, events) in parts {
      var end = events.lowerBound
      for index in events {
        let size = batch.range(of: index..<(index + 1), in: .plain).count
        // Only behind an event that has a place it can go on.
        let reach = index > events.lowerBound ? batch.events[index - 1].offset : now.last.flatMap(Self.place)
        if size > room, let reach {
          if end > events.lowerBound { now.append((batch, events.lowerBound..<end)) }
          return (now, reach)
        }
        room -= size
        end = index + 1
      }
      now.append((batch, events))
    }
    return (now, nil)
  }

  private static func place(after part: Ring.Part) -> StreamOffset? {
    part.batch.events[part.events.upperBound - 1].offset
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
}
