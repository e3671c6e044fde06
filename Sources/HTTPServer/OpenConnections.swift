import CMicrohttpd
import Glibc
import HubRuntime
import Synchronization

/// The open connections, and the deadline that their clients have.
///
/// The library's own timeout begins anew with every byte; a client that drips bytes would hold a connection for ever.
/// So once a second those that owe something for too long are shut down.
final class OpenConnections: Sendable {
  private let states = Locked<[ObjectIdentifier: ConnectionState]>([:])
  private let clock = Atomic<Int64>(OpenConnections.now())
  private let limitSeconds: Int64

  /// Clients have `limitSeconds`.
  init(limitSeconds: Int64) { self.limitSeconds = limitSeconds }

  /// The second it is, as of the last sweep.
  var second: Int64 { clock.load(ordering: .relaxed) }

  /// A connection was accepted.
  func add(_ state: ConnectionState) { states.with { $0[ObjectIdentifier(state)] = state } }

  /// A connection is about to be closed: after this the sweep does not touch its socket.
  func remove(_ state: ConnectionState) {
    _ = states.with { $0.removeValue(forKey: ObjectIdentifier(state)) }
  }

  /// Moves the clock, and shuts down what is overdue. The socket cannot be another's: it is closed after `remove`.
  func sweep() {
    let now = Self.now()
    clock.store(now, ordering: .relaxed)
    states.with { states in
      for state in states.values {
        let since = state.since.load(ordering: .relaxed)
        let isOverdue = since != ConnectionState.never && now - since > limitSeconds
        if isOverdue || (state.isBodyAwaited.load(ordering: .relaxed) && isClosedByPeer(state.socket)) {
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

  private static func now() -> Int64 { Int64(monotonicMicros() / 1_000_000) }
}
