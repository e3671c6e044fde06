import HubContracts
import HubRuntime
import Orders

/// Which of what is due is taken next: tenants by turns, and none has all the places.
enum JobTurns {
  /// One of each line, then the next one of each, as long as there are places. A tenant that holds as many places as are
  /// free gets no more: what it waits for, as a partner that does not answer, holds nobody else up.
  static func take(_ lines: [[JobPlace]], _ places: inout Places, as user: UserID) -> [JobPlace] {
    var taken: [JobPlace] = []
    let longest = lines.reduce(0) { max($0, $1.count) }
    for turn in 0..<longest {
      for line in lines where turn < line.count {
        if places.take(party(line[turn].tenant, user)) == nil { taken.append(line[turn]) }
      }
    }
    return taken
  }

  /// The places of a tenant.
  static func party(_ tenant: TenantID, _ user: UserID) -> Party {
    Party(Actor(tenant: tenant, user: user, role: .system))
  }

  /// What is due, a line each tenant, in the order in which they come.
  static func lines(_ due: some Sequence<JobPlace>) -> [[JobPlace]] {
    var lines: [[JobPlace]] = []
    var indices: [TenantID: Int] = [:]
    for place in due {
      if let index = indices[place.tenant] {
        lines[index].append(place)
      } else {
        indices[place.tenant] = lines.count
        lines.append([place])
      }
    }
    return lines
  }
}
