import Orders

/// Who wants a turn, and at whose cost.
struct TurnFlow: Sendable, Equatable {
  /// Those who have proved something go before those who have not.
  enum Rank: Int, Sendable, CaseIterable {
    case known, stranger
  }
  var rank: Rank
  /// Shares its turns evenly with other groups.
  var group: Text
  /// Shares its group's turns evenly with its other members.
  var member: Text

  /// Of a user who has proved to be it.
  static func known(_ tenant: TenantID, _ user: UserID) -> TurnFlow {
    TurnFlow(rank: .known, group: Text(tenant.text), member: Text(user.text))
  }

  /// Of whoever holds a token.
  static func known(_ actor: Actor) -> TurnFlow { known(actor.tenant, actor.user) }
}

/// Who waits for one of few turns, and who is next: by turns among groups, and within a group among its members.
///
/// As many may wait as there are places of their rank. When those are taken, the newest of whoever has most waiting gives
/// its place up, unless the newcomer has as many: so many of one group cost that group alone.
struct TurnRow {
  /// How many have a turn at once.
  let turnCount: Int
  /// How many of a rank may wait.
  let limit: Int
  /// How long one may wait, in microseconds.
  let patienceMicros: UInt64
  /// After so many turns of those who are known, a stranger's comes.
  static let knownInARow = 3

  private var running = 0
  private var knownSince = 0
  private var rings: [TurnFlow.Rank: Ring] = [:]

  /// One who waits.
  struct Ticket: Equatable {
    var id: UInt64
    var deadline: UInt64
  }

  fileprivate struct Member {
    var name: Text
    var tickets: [Ticket]
  }

  fileprivate struct Group {
    var name: Text
    var members: [Member]
    var count: Int { members.reduce(0) { $0 + $1.tickets.count } }
  }

  fileprivate struct Ring {
    var groups: [Group] = []
    var count: Int { groups.reduce(0) { $0 + $1.count } }
  }

  /// What became of one who came.
  enum Entry: Equatable {
    /// It has a turn.
    case turn
    case waits
    /// It took the place of another, who is to be told that there is none.
    case waitsFor(UInt64)
    case refused
  }

  init(turnCount: Int, limit: Int, patienceMicros: UInt64) {
    self.turnCount = turnCount
    self.limit = limit
    self.patienceMicros = patienceMicros
  }

  /// How many wait.
  var waiting: Int { rings.values.reduce(0) { $0 + $1.count } }
  /// Whether there is nobody.
  var isEmpty: Bool { running == 0 && waiting == 0 }
  /// When the first of those who wait has waited too long.
  var firstDeadline: UInt64? { tickets.map(\.deadline).min() }

  private var tickets: [Ticket] { rings.values.flatMap { $0.groups.flatMap { $0.members.flatMap(\.tickets) } } }

  /// One comes.
  mutating func enter(_ flow: TurnFlow, id: UInt64, now: UInt64) -> Entry {
    if running < turnCount {
      running += 1
      return .turn
    }
    var ring = rings[flow.rank] ?? Ring()
    var entry = Entry.waits
    if ring.count >= limit {
      guard let loser = ring.giveUp(for: flow) else { return .refused }
      entry = .waitsFor(loser)
    }
    ring.append(Ticket(id: id, deadline: now &+ patienceMicros), flow)
    rings[flow.rank] = ring
    return entry
  }

  /// One's turn is over: who has it next, if anybody waits.
  mutating func leave() -> UInt64? {
    guard let rank = nextRank, let next = rings[rank]?.next() else {
      running -= 1
      return nil
    }
    knownSince = rank == .known ? knownSince + 1 : 0
    return next
  }

  /// Those who have waited too long go; who they are.
  mutating func expire(now: UInt64) -> [UInt64] {
    let overdue = tickets.filter { $0.deadline <= now }.map(\.id)
    if overdue.isEmpty { return [] }
    let gone = Set(overdue)
    for rank in TurnFlow.Rank.allCases { rings[rank]?.remove(gone) }
    return overdue
  }

  private var nextRank: TurnFlow.Rank? {
    let (hasKnown, hasStrangers) = ((rings[.known]?.count ?? 0) > 0, (rings[.stranger]?.count ?? 0) > 0)
    if hasKnown, !hasStrangers || knownSince < Self.knownInARow { return .known }
    return hasStrangers ? .stranger : nil
  }
}

extension TurnRow.Ring {
  fileprivate mutating func append(_ ticket: TurnRow.Ticket, _ flow: TurnFlow) {
    guard let group = groups.firstIndex(where: { $0.name == flow.group }) else {
      return groups.append(.init(name: flow.group, members: [.init(name: flow.member, tickets: [ticket])]))
    }
    guard let member = groups[group].members.firstIndex(where: { $0.name == flow.member }) else {
      return groups[group].members.append(.init(name: flow.member, tickets: [ticket]))
    }
    groups[group].members[member].tickets.append(ticket)
  }

  /// The one whose turn it is; its member and its group go to the end of the line.
  fileprivate mutating func next() -> UInt64? {
    guard !groups.isEmpty else { return nil }
    var group = groups.removeFirst()
    var member = group.members.removeFirst()
    let ticket = member.tickets.removeFirst()
    if !member.tickets.isEmpty { group.members.append(member) }
    if !group.members.isEmpty { groups.append(group) }
    return ticket.id
  }

  /// The one that gives its place up for a newcomer; nil if the newcomer has as many as anybody.
  fileprivate mutating func giveUp(for flow: TurnFlow) -> UInt64? {
    guard let largest = groups.indices.max(by: { groups[$0].count < groups[$1].count }) else { return nil }
    let own = groups.first { $0.name == flow.group }
    if groups[largest].name != flow.group, (own?.count ?? 0) + 1 < groups[largest].count {
      return removeNewest(of: largest)
    }
    // Its own group's matter.
    guard let own, let group = groups.firstIndex(where: { $0.name == own.name }) else { return nil }
    let most = own.members.map(\.tickets.count).max() ?? 0
    let mine = own.members.first { $0.name == flow.member }?.tickets.count ?? 0
    return mine + 1 < most ? removeNewest(of: group) : nil
  }

  /// The newest ticket of a group's member that has most.
  private mutating func removeNewest(of group: Int) -> UInt64? {
    let members = groups[group].members
    // Of those that have as many, whoever came last.
    guard
      let most = members.indices.max(by: {
        (members[$0].tickets.count, members[$0].tickets.last?.id ?? 0)
          < (members[$1].tickets.count, members[$1].tickets.last?.id ?? 0)
      })
    else { return nil }
    let ticket = groups[group].members[most].tickets.removeLast()
    clear()
    return ticket.id
  }

  fileprivate mutating func remove(_ gone: Set<UInt64>) {
    for group in groups.indices {
      for member in groups[group].members.indices {
        groups[group].members[member].tickets.removeAll { gone.contains($0.id) }
      }
    }
    clear()
  }

  private mutating func clear() {
    for group in groups.indices { groups[group].members.removeAll { $0.tickets.isEmpty } }
    groups.removeAll { $0.members.isEmpty }
  }
}
