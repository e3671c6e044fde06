/// Which of the two processes of each kind run from the older version while a hub is brought up to the newer one, and back
/// again, and up again: decided by the seed, and by how much was done in a round.
enum Generation: Equatable, Sendable {
  case old
  /// This one of the two is new already, or still.
  case mixed(new: Int)
  case new

  /// For so many operations it stays as it is.
  static let operations = 1_000

  /// The one after so many operations of a round: old, mixed, new, mixed, and over again.
  init(seed: UInt64, after operations: Int) {
    let number = operations / Self.operations
    var random = SeededRandom(seed: seed, 5, UInt64(number))
    switch number % 4 {
    case 0: self = .old
    case 2: self = .new
    default: self = .mixed(new: random.below(2))
    }
  }

  /// Whether one of the two runs from the older version.
  func isOld(_ place: Int) -> Bool {
    switch self {
    case .old: true
    case .mixed(let new): place != new
    case .new: false
    }
  }
}

extension Fault {
  /// One process is replaced as a deployment does it: it is asked to end, and the other version starts in its place.
  init(replacing fleet: Fleet, _ place: Int) {
    kind = .replace(fleet)
    target = place
    lastsMs = 0
    afterOperations = 0
  }

  /// The fault, as far as processes of an older version know of it: they die at no crash point and have no clock of their
  /// own. Then it is done to the other one of the two, or the process is killed.
  func fitting(_ generation: Generation) -> Fault {
    var fault = self
    let places = [place, 1 - place].filter { !generation.isOld($0) }
    switch kind {
    case .crash(let point, _):
      if let place = places.first { fault.target = place } else { fault.kind = .kill(point.fleet) }
    case .wrongClock(let fleet, _):
      if let place = places.first { fault.target = place } else { fault.kind = .kill(fleet) }
    default: break
    }
    return fault
  }
}
