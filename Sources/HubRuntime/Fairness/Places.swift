public import HubContracts

/// A bounded number of places of which nobody can take all: the more are taken, the fewer may be one household's, and
/// fewer still one user's.
///
/// A household may hold twice as many as are free, a user as many as are free (the dynamic thresholds of A. Choudhury
/// and E. Hahne, 1998). So a household that is alone has two thirds of the places, and one user half of them; two
/// households have two fifths each; and as places are given back, whoever comes has its part soon, however many others
/// want more. The hub itself is bound by nothing but the limit.
public struct Places: Sendable {
  /// Why there is no place.
  public typealias Lack = HubContracts.Lack

  /// How many there are.
  public let limit: Int
  /// How many are taken.
  public private(set) var taken = 0
  private var households: [Party.Household: Int] = [:]
  private var users: [Party: Int] = [:]

  /// So many places, all free.
  public init(limit: Int) { self.limit = limit }

  /// Why a party would get none now; nil if it would get one.
  public func lack(for party: Party) -> Lack? {
    let free = limit - taken
    guard free > 0 else { return .all }
    if party.household == .hub { return nil }
    guard households[party.household, default: 0] < 2 * free else { return .household }
    guard users[party, default: 0] < free else { return .user }
    return nil
  }

  /// How many a party holds; the hub's are not told apart.
  public func holds(_ party: Party) -> Int { users[party, default: 0] }

  /// How many a party's household holds; the hub's are not told apart.
  func holds(_ household: Party.Household) -> Int { households[household, default: 0] }

  /// Takes one for a party; or says why there is none.
  public mutating func take(_ party: Party) -> Lack? {
    if let lack = lack(for: party) { return lack }
    keep(party)
    return nil
  }

  /// Takes one whether there is one or not: for what was let in already.
  public mutating func keep(_ party: Party) {
    taken += 1
    if party.household == .hub { return }
    households[party.household, default: 0] += 1
    users[party, default: 0] += 1
  }

  /// Gives one back.
  public mutating func leave(_ party: Party) {
    taken -= 1
    if party.household == .hub { return }
    Self.decrement(&households, party.household)
    Self.decrement(&users, party)
  }

  private static func decrement<Key: Hashable>(_ counts: inout [Key: Int], _ key: Key) {
    guard let count = counts[key] else { preconditionFailure("a place is given back that was not taken") }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
