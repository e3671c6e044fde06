import CMicrohttpd
import Glibc
import HubRuntime
import Synchronization

/// The open connections: the deadline that their clients have, and who makes room when there are too many.
///
/// The library's own timeout begins anew with every byte; a client that drips bytes would hold a connection for ever.
/// So once a second those that owe something for too long are shut down.
final class OpenConnections: Sendable {
  struct Open {
    var states: [ObjectIdentifier: ConnectionState] = [:]
    /// How many connections there were.
    var count: UInt64 = 0
    /// How many of the open ones were closed to make room, and are not gone yet.
    var leaving = 0
    /// The second in which all were busy, and those that came in it from then on.
    var busyAt: Int64 = -1
    var late: [ObjectIdentifier: ConnectionState] = [:]
    /// How many of a peer's have sent nothing whole; none with 0.
    var silent: [PeerKey: Int] = [:]
  }

  let open = Locked(Open())
  let places: Places
  private let clock: Atomic<Int64>
  private let now: @Sendable () -> Int64
  private let limitSeconds: Int64
  private let keepAliveSeconds: Int64
  /// How long an extra one may take to ask what it came for.
  private static let extraSeconds: Int64 = 2

  /// Clients have `limitSeconds` of `now` for what they owe, and `keepAliveSeconds` to begin a further request.
  init(limitSeconds: Int64, keepAliveSeconds: Int64, places: Places, now: @escaping @Sendable () -> Int64) {
    self.limitSeconds = limitSeconds
    self.keepAliveSeconds = keepAliveSeconds
    self.places = places
    self.now = now
    clock = Atomic(now())
  }

  /// The second it is, as of the last sweep.
  var second: Int64 { clock.load(ordering: .relaxed) }

  /// The second from which on a client owes its next request, if it has just been answered.
  var nextRequestSecond: Int64 { second + keepAliveSeconds - limitSeconds }

  /// How many there are.
  var count: Int { open.with { $0.states.count } }

  /// A connection is about to be closed: after this the sweep does not touch its socket.
  func remove(_ state: ConnectionState) {
    open.with { open in
      guard open.states.removeValue(forKey: ObjectIdentifier(state)) != nil else { return }
      open.late[ObjectIdentifier(state)] = nil
      if state.isLeaving {
        open.leaving -= 1
      } else if !state.hasSpoken {
        Self.forgetSilent(state.peer, &open)
      }
    }
  }

  /// Moves the clock, and shuts down what is overdue. The socket cannot be another's: it is closed after `remove`.
  func sweep() {
    let now = now()
    clock.store(now, ordering: .relaxed)
    open.with { open in
      for state in open.states.values {
        let since = state.since.load(ordering: .relaxed)
        let limit = state.isExtra ? min(limitSeconds, Self.extraSeconds) : limitSeconds
        let isOverdue = since < ConnectionState.answering && now - since > limit
        let isStalled = state.isStalled(isAnswering: since == ConnectionState.answering, at: now, limit: limitSeconds)
        if isOverdue || isStalled || state.intake.isTooSlow(at: now)
          || (state.isBodyAwaited.load(ordering: .relaxed) && isClosedByPeer(state.socket))
        {
          shutdown(state.socket, Int32(SHUT_RDWR))
          state.since.store(ConnectionState.never, ordering: .relaxed)
        }
      }
    }
  }

  /// Whether the client has closed, and all that it sent is read. The library misses a close that comes right behind a
  /// part of a body: it reads the part and waits for more.
  private func isClosedByPeer(_ socket: Int32) -> Bool {
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
  }
}
