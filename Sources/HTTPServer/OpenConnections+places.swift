import CMicrohttpd
import Glibc
import HubRuntime
import Synchronization

/// How many connections there may be, and what is kept free.
struct Places: Sendable {
  /// How many may be open for any purpose.
  let limit: Int
  /// The system gives the process no descriptor of this number or above; 0 if that is not known.
  let descriptorLimit: Int

  /// How many connections there may be above the limit, for those who ask how the process does, and for those who come
  /// while others are being closed for them.
  static let reserve = 32
  /// How many descriptors stay for what is no connection: databases, files, duplicates of sockets. Fewer where there are
  /// few at all.
  var descriptorReserve: Int { min(128, descriptorLimit / 16) }

  /// How many connections of one peer may have sent nothing whole: half of the places, so that no one can hold all
  /// with nothing. Whoever sends a request is counted no more.
  var silentLimit: Int { max(limit / 2, 8) }
  /// How many of those that came last are not taken for silent: their requests are on their way.
  var young: UInt64 { UInt64(min(Self.reserve, max(limit / 4, 1))) }
  /// How many are closed at once to make room: to look for them takes a pass over all.
  func batch(of limit: Int) -> Int { max(limit / 64, 1) }

  /// Whether a connection on this socket is one too many, however few there are.
  func isLast(_ socket: Int32) -> Bool {
    descriptorLimit > 0 && Int(socket) >= descriptorLimit - descriptorReserve
  }
}

/// Who has to go when a connection comes that there is no place for.
///
/// First go those that have not sent a whole head, the oldest first; then those between two requests, idle the longest
/// first; last those that came just now. One that sends a body, waits for an answer or reads one is not touched; if all are
/// such, the new one is an extra: it may ask whether the process lives, and anything else is answered 503.
extension OpenConnections {
  /// A connection was accepted; `make` is given its number. How many were closed for it.
  ///
  /// On the server's thread, as all that asks what a connection is doing.
  func admit(_ make: (UInt64) -> ConnectionState) -> (state: ConnectionState, closed: Int) {
    open.with { open in
      open.count += 1
      let new = make(open.count)
      open.states[ObjectIdentifier(new)] = new
      open.silent[new.peer, default: 0] += 1
      var closed = 0
      if open.silent[new.peer] ?? 0 > places.silentLimit {
        let batch = places.batch(of: places.silentLimit)
        closed += close(batch, of: open.states, &open) {
          !$0.hasSpoken && $0.peer == new.peer && $0 !== new
        }
      }
      let excess = open.states.count - open.leaving - places.limit
      let needed = max(excess, places.isLast(new.socket) ? 1 : 0)
      if needed > 0 {
        let room = makeRoom(max(needed, places.batch(of: places.limit)), for: new, &open)
        closed += room
        new.isExtra = room < needed
      }
      if open.busyAt == second { open.late[ObjectIdentifier(new)] = new }
      return (new, closed)
    }
  }

  private func makeRoom(_ count: Int, for new: ConnectionState, _ open: inout Open) -> Int {
    // Where all were busy in this second, to look through thousands again for each that comes would hold up those.
    if open.busyAt == second { return close(count, of: open.late, &open) { $0 !== new } }
    open.late = [:]
    let room = close(count, of: open.states, &open) { $0 !== new }
    open.busyAt = room == 0 ? second : -1
    return room
  }

  /// A connection's first whole head came.
  func hasSpoken(_ state: ConnectionState) {
    guard !state.hasSpoken else { return }
    state.hasSpoken = true
    guard !state.isLeaving else { return }
    open.with { Self.forgetSilent(state.peer, &$0) }
  }

  static func forgetSilent(_ peer: PeerKey, _ open: inout Open) {
    let left = (open.silent[peer] ?? 1) - 1
    open.silent[peer] = left > 0 ? left : nil
  }

  /// Closes so many of the idle ones that fit, or as many as there are; how many.
  private func close(
    _ count: Int, of states: [ObjectIdentifier: ConnectionState], _ open: inout Open,
    where fits: (ConnectionState) -> Bool
  ) -> Int {
    let young = open.count - min(open.count, places.young)
    var idle = states.values.filter { $0.isIdle && !$0.isLeaving && fits($0) }.map { ($0, $0.turn(young: young)) }
    idle.sort { $0.1 < $1.1 }
    var closed = 0
    for (state, _) in idle where closed < count {
      // A request may be on its way to us already.
      if state.hasUnread { continue }
      state.isLeaving = true
      open.leaving += 1
      if !state.hasSpoken { Self.forgetSilent(state.peer, &open) }
      shutdown(state.socket, Int32(SHUT_RDWR))
      closed += 1
    }
    return closed
  }
}

extension ConnectionState {
  /// Whether it has sent nothing yet, or part of a head, or is between two requests.
  fileprivate var isIdle: Bool {
    guard since.load(ordering: .relaxed) < Self.answering else { return false }
    switch phase {
    case .begun, .answered: return true
    case .headRead, .readingBody, .discardingBody, .waiting, .streaming: return false
    }
  }

  /// When its turn to be closed is: the lowest goes first. Those with a number above `young` came just now.
  fileprivate func turn(young: UInt64) -> (Int, Int64, UInt64) {
    if hasSpoken {
      // Whoever has begun a further request goes after those that are idle.
      let isAmidAHead = if case .begun = phase { true } else { false }
      return (isAmidAHead ? 2 : 1, since.load(ordering: .relaxed), number)
    }
    return (number > young ? 2 : 0, 0, number)
  }

  /// Whether bytes of its client are unread.
  fileprivate var hasUnread: Bool {
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
  }
}
