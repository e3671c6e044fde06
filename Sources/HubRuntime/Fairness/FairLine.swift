import HubContracts

/// What waits for one of a few servers (threads, permits), shared out fairly: turns among those who wait, and a part of
/// the servers at most for each.
struct FairLine<Element> {
  private(set) var queue: FairQueue<Element>
  private var waiting: Places
  private var running: Places
  /// What something is taken to cost until it is known.
  private let usualWork: Int

  /// A line before so many servers, of at most `queueLimit`.
  init(servers: Int, queueLimit: Int, quantum: Int, usualWork: Int) {
    queue = FairQueue(quantum: quantum)
    waiting = Places(limit: queueLimit)
    running = Places(limit: servers)
    self.usualWork = usualWork
  }

  var count: Int { queue.count }

  /// Behind whose work something of a party's would wait, if that is its own: as much of its user or household is in line
  /// as there are servers.
  func ownCrowd(of party: Party) -> Places.Lack? {
    guard count >= running.limit, party.household != .hub else { return nil }
    if waiting.holds(party) >= running.limit { return .user }
    return waiting.holds(party.household) >= running.limit ? .household : nil
  }

  /// Puts something in line; or says why it may not wait.
  mutating func append(_ element: Element, of party: Party) -> Places.Lack? {
    if let lack = waiting.take(party) { return lack }
    queue.append(element, of: party)
    return nil
  }

  /// Takes what is next for a server that is free; `isEnding`: whatever part its party has already.
  mutating func next(isEnding: Bool = false) -> (element: Element, party: Party)? {
    guard
      let next = queue.take(
        where: { [running] in isEnding || running.lack(for: $0) == nil }, work: { _ in usualWork })
    else { return nil }
    waiting.leave(next.party)
    running.keep(next.party)
    return next
  }

  /// A server is free that worked for a party so much.
  mutating func finish(_ party: Party, work: Int) {
    running.leave(party)
    queue.charge(work - usualWork, to: party)
  }
}
