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
    if let wish = subscriber.wish { return extend(wish, by: names, after: offset) }
    var wanted = names
    if offset == nil {
      // What it follows already goes on as it does.
      wanted.removeAll { subscriber.isMember($0) }
      let known = names.filter { subscriber.isMember($0) }
      if !known.isEmpty { subscriber.follows(known, from: place(of: subscriber), .new) }
      guard !wanted.isEmpty else { return }
    }
    let wish = Wish(subscriber, tenant: tenant, after: offset)
    subscriber.wish = wish
    if let offset { goBack(wish, to: offset, in: names) }
    join(subscriber, wanted)
    wish.untold = wanted
    serve(wish)
  }

  /// Takes rooms into what a subscriber waits for already.
  private func extend(_ wish: Wish, by names: [RoomName], after offset: StreamOffset?) {
    let subscriber = wish.subscriber
    var names = names
    if let offset {
      if let givenTo = wish.givenTo, givenTo <= offset {
        for name in names where !subscriber.isMember(name) { wish.add(name, having: offset) }
      } else {
        goBack(wish, to: offset, in: names)
      }
    } else {
      // What it gets already goes on as it does.
      let live = subscriber.liveRooms.filter(names.contains)
      if !live.isEmpty { subscriber.follows(live, from: place(of: subscriber), .new) }
      names.removeAll(where: live.contains)
      guard wish.isWanted, !names.isEmpty else { return }
    }
    join(subscriber, names)
    if wish.isTold {
      subscriber.follows(names, from: wish.givenTo, offset == nil ? .new : .recovered)
    } else {
      wish.untold += names
    }
    // It may have gone back to a place that the bus has reached.
    serveReached(wish.tenant)
  }

  /// Lets a wish want what came in some rooms after a place. What is new in the subscriber's other rooms comes behind that,
  /// so these wait with it, and begin where they are.
  private func goBack(_ wish: Wish, to offset: StreamOffset, in names: [RoomName]) {
    let subscriber = wish.subscriber
    let others = subscriber.liveRooms.filter { !names.contains($0) }
    let reached = others.isEmpty ? nil : subscriber.reached(deliveredTo: delivered[wish.tenant])
    let start = min(offset, reached ?? offset)
    wish.goBack(to: start, keeping: subscriber.memberships.filter(\.isWaiting).map(\.room.name))
    for name in names { wish.add(name, having: start == offset ? nil : offset) }
    for name in others {
      wish.add(name, having: reached)
      rooms.join(subscriber, name)
    }
  }

  private func join(_ subscriber: Subscriber, _ names: [RoomName]) {
    guard let tenant = names.first?.tenant else { return }
    let before = rooms.count
    let isFirst = !rooms.hasMembers(of: tenant)
    for name in names { rooms.join(subscriber, name) }
    metrics.rooms.add(Int64(rooms.count - before))
    if isFirst { feeds.open(tenant, loop: index) }
  }

  /// The place up to which a subscriber has all events; nil if it has no place yet.
  func place(of subscriber: Subscriber) -> StreamOffset? {
    if let wish = subscriber.wish, let givenTo = wish.givenTo { return givenTo }
    return subscriber.reached(deliveredTo: subscriber.memberships.first.flatMap { delivered[$0.room.name.tenant] })
  }

  /// Ends a membership.
  func leave(_ subscriber: Subscriber, _ name: RoomName) {
    guard rooms.leave(subscriber, name) else { return }
    metrics.rooms.add(-1)
    guard !rooms.hasMembers(of: name.tenant) else { return }
    delivered[name.tenant] = nil
    feeds.close(name.tenant, loop: index, nowMs: nowMs)
  }

  /// Ends all memberships.
  func leaveAll(_ subscriber: Subscriber) {
    while let membership = subscriber.memberships.last { leave(subscriber, membership.room.name) }
  }

  /// Forgets the wishes that nobody has any more.
  func forgetUnwanted() {
    waiting = waiting.compactMapValues { wishes in
      let wanted = wishes.filter(\.isWanted)
      return wanted.isEmpty ? nil : wanted
    }
    paced.removeAll { !$0.isWanted }
  }

  /// Gives the next portion to those that have room for it: to some in each turn of the loop, so that many who come back
  /// do not hold up the others.
  func goOnGiving() {
    guard !paced.isEmpty else { return }
    let some = paced.prefix(Self.portionsATurn)
    paced.removeFirst(some.count)
    var isGiving = false
    for wish in some where wish.isWanted {
      if wish.subscriber.queuedBytes <= pacedBytes / 4 {
        serve(wish)
        isGiving = true
      } else {
        paced.append(wish)
      }
    }
    // What was given waits to be flushed.
    if isGiving { ring() }
  }

  private static let portionsATurn = 64

  /// How many bytes of what was missed are sent at a time.
  private var pacedBytes: Int { options.queueLimitBytes / 2 }

  /// Brings a wish as far as it comes now.
  func serve(_ wish: Wish) {
    guard wish.isWanted else { return }
    wish.isAhead = false
    switch feeds.start(wish.tenant, after: wish.place) {
    case .later: waiting[wish.tenant, default: []].append(wish)
    case .from(let point, let missed): give(wish, wish.takeRead() + missed, thenFrom: point)
    case .unknown(let point):
      if let readTo = wish.readTo, let newest = point.offset, wish.hasReadAll, newest < readTo {
        if let givenTo = wish.givenTo, newest < givenTo { return waitForBus(wish, at: point) }
        // The stream was read further than the bus has come: the rest comes from there.
        give(wish, wish.takeRead(upTo: newest), thenFrom: point)
      } else if wish.readBytes >= pacedBytes {
        give(wish, wish.takeRead(), thenFrom: nil)
      } else {
        read(for: wish)
      }
    }
  }

  /// Lets a subscriber wait that has more than the bus has brought here, as when this process stood still for a while and
  /// the subscriber comes from another: what the bus brings up to its place would come twice.
  private func waitForBus(_ wish: Wish, at point: TenantFeed.Point) {
    wish.forgetRead()
    tell(wish, from: point)
    guard wish.isWanted else { return }
    wish.isAhead = true
    waiting[wish.tenant, default: []].append(wish)
  }

  /// Serves those that waited for the bus to come to their places.
  func serveReached(_ tenant: TenantID) {
    guard let wishes = waiting[tenant], let newest = feeds.newest(of: tenant) else { return }
    let reached = wishes.filter { wish in wish.isAhead && wish.givenTo.map { $0 <= newest } ?? false }
    guard !reached.isEmpty else { return }
    waiting[tenant] = wishes.filter { wish in !reached.contains { $0 === wish } }
    for wish in reached { serve(wish) }
  }

  // MARK: The stream

  /// Asks for the next page of the stream.
  private func read(for wish: Wish) {
    guard let place = wish.place else { preconditionFailure("a page is read after no place") }
    guard wish.pages < options.pagesPerRecovery else { return lose(wish, reason: "too far behind") }
    wish.pages += 1
    let (tenant, reader) = (wish.tenant, reader)
    let party = wish.subscriber.reader.map(Party.init) ?? .strangers
    ask({ await reader.page(of: tenant, after: place, for: party) }, then: { self.take($0, after: place, for: wish) })
  }

  private func take(_ page: StreamReader.Page, after place: StreamOffset, for wish: Wish) {
    guard wish.isWanted else { return }
    // It went back to an earlier place meanwhile.
    guard wish.place == place else { return serve(wish) }
    switch page {
    case .events(let batches, let last, let goesOn):
      wish.add(batches, upTo: last, isAll: !goesOn)
      serve(wish)
    case .gone: lose(wish, reason: "too far behind")
    case .unavailable: lose(wish, reason: "bus")
    }
  }

  private func lose(_ wish: Wish, reason: String) {
    wish.lose(reason)
    serve(wish)
  }

  // MARK: Giving

  /// Gives a subscriber what it missed, and then what comes from a point on; or as much as may wait for it, and later the
  /// rest. Without a point, what it missed is not all.
  private func give(_ wish: Wish, _ missed: [Ring.Part], thenFrom point: TenantFeed.Point?) {
    let subscriber = wish.subscriber
    if let reason = wish.lostReason, let point { return giveUp(wish, reason, thenFrom: point) }
    let (now, later) = cut(wanted(missed, for: wish))
    let isAll = later == nil && point != nil
    tell(wish, from: point)
    // Whoever is told may have asked for something else, or left.
    guard wish.isWanted else { return }
    if isAll, let point { begin(subscriber, at: point) } else { wish.gave(upTo: later) }
    for part in now { subscriber.take(part.batch, part.events) }
    metrics.deliveries.add(now.reduce(0) { $0 + $1.events.count })
    guard !isAll else { return }
    if now.isEmpty { serve(wish) } else { paced.append(wish) }
  }

  /// Lets a subscriber whose place is gone go on with what is new, and tells it to load again.
  private func giveUp(_ wish: Wish, _ reason: String, thenFrom point: TenantFeed.Point) {
    metrics.recoveriesMissed.add()
    begin(wish.subscriber, at: point)
    if wish.untold.isEmpty {
      wish.subscriber.resync(reason: reason, offset: point.offset)
    } else {
      wish.subscriber.follows(wish.untold, from: point.offset, .lost(reason: reason))
    }
  }

  private func begin(_ subscriber: Subscriber, at point: TenantFeed.Point) {
    // To the rooms that it has already the newest batches may still be under way: a new one gets those with them.
    if subscriber.liveRooms.isEmpty { (subscriber.reached, subscriber.from) = (point.offset, point.serial) }
    rooms.begin(subscriber, at: subscriber.from)
    subscriber.wish = nil
  }

  /// Tells a subscriber, once, that it is served.
  private func tell(_ wish: Wish, from point: TenantFeed.Point?) {
    guard !wish.isTold else { return }
    wish.isTold = true
    let untold = wish.untold
    wish.untold = []
    guard let place = wish.givenTo else {
      let isFirst = wish.subscriber.liveRooms.isEmpty
      return wish.subscriber.follows(untold, from: isFirst ? point?.offset : self.place(of: wish.subscriber), .new)
    }
    (wish.pages == 0 ? metrics.recoveriesFromMemory : metrics.recoveriesFromStream).add()
    wish.subscriber.follows(untold, from: place, .recovered)
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

  /// The parts of missed events that are new to a subscriber in its rooms, and that it may hear of.
  private func wanted(_ missed: [Ring.Part], for wish: Wish) -> [Ring.Part] {
    let names = wish.subscriber.memberships.filter(\.isWaiting).map(\.room.name)
    if wish.wantsAll(in: names) { return missed }
    return missed.flatMap { part in
      part.events.compactMap { index in
        let event = part.batch.events[index]
        return wish.subscriber.mayHear(event) && wish.wants(event, in: names) ? (part.batch, index..<(index + 1)) : nil
      }
    }
  }
}
