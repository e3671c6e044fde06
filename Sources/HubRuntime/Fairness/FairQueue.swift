import Orders

/// A queue that gives tenants their turns, and each tenant's users theirs, by the work of what they want done and not by
/// how much of it they ask for. What one user wants is done in the order in which it came.
///
/// It belongs to whoever holds the lock around it.
public struct FairQueue<Element> {
  private final class User: TurnTaker {
    let party: Party
    var credit = 0
    var waiting = Fifo<Element>()
    var isIdle: Bool { waiting.isEmpty }
    init(_ party: Party) { self.party = party }
  }

  private final class Household: TurnTaker {
    var credit = 0
    var count = 0
    var users: [UserID?: User] = [:]
    var rota: Rota<User>
    var isIdle: Bool { count == 0 }
    let key: Party.Household
    init(_ key: Party.Household, quantum: Int) {
      self.key = key
      rota = Rota(quantum: quantum)
    }

    func current(where isEligible: (Party) -> Bool) -> User? {
      rota.current(where: { isEligible($0.party) }, leave: { users[$0.party.user] = nil })
    }
  }

  /// How many wait.
  public private(set) var count = 0
  /// Whether none waits.
  public var isEmpty: Bool { count == 0 }
  private var households: [Party.Household: Household] = [:]
  private var rota: Rota<Household>
  private let quantum: Int

  /// An empty queue. A turn is `quantum` of work, in the caller's unit: about what one ordinary thing takes, or a few.
  public init(quantum: Int) {
    self.quantum = quantum
    rota = Rota(quantum: quantum)
  }

  /// Puts something in line.
  public mutating func append(_ element: Element, of party: Party) { enter(party).waiting.append(element) }

  /// Puts something before all else that its owner wants.
  public mutating func prepend(_ element: Element, of party: Party) { enter(party).waiting.prepend(element) }

  private mutating func enter(_ party: Party) -> User {
    let household: Household
    if let known = households[party.household] {
      household = known
    } else {
      household = Household(party.household, quantum: quantum)
      households[party.household] = household
      rota.enter(household)
    }
    household.count += 1
    count += 1
    if let user = household.users[party.user] { return user }
    let user = User(party)
    household.users[party.user] = user
    household.rota.enter(user)
    return user
  }

  /// Takes what is next, of those parties that are eligible, and counts its work. `work` may leave it where it is, with
  /// nil: then it is what is next the next time too, and nothing is taken.
  public mutating func take(
    where isEligible: (Party) -> Bool = { _ in true }, work: (Element) -> Int?
  ) -> (element: Element, party: Party)? {
    guard count > 0 else { return nil }
    var chosen: User?
    var left: [Party.Household] = []
    let household = rota.current(
      where: { household in
        chosen = household.current(where: isEligible)
        return chosen != nil
      }, leave: { left.append($0.key) })
    for key in left { households[key] = nil }
    guard let household, let user = chosen, let first = user.waiting.first, let work = work(first) else { return nil }
    _ = user.waiting.popFirst()
    household.count -= 1
    count -= 1
    if count == 0 {
      // Nobody had to wait for anybody: there is nothing to make up for.
      households = [:]
      rota = Rota(quantum: quantum)
    } else {
      charge(work, household, user)
    }
    return (first, user.party)
  }

  /// Counts work that was not known when it was taken; less than zero gives back.
  public func charge(_ work: Int, to party: Party) {
    guard work != 0, let household = households[party.household] else { return }
    if let user = household.users[party.user] {
      charge(work, household, user)
    } else {
      rota.charge(work, to: household)
    }
  }

  private func charge(_ work: Int, _ household: Household, _ user: User) {
    // What the hub itself does is done for all.
    if household.key == .hub { return }
    rota.charge(work, to: household)
    household.rota.charge(work, to: user)
  }
}
