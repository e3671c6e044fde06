import CMicrohttpd
import Glibc
import HubRuntime

/// Sockets that are closed a little later than their connections, so that an answer arrives that was given before the
/// body was read: where unread bytes are in a socket that is closed, the system resets it, and what the client has not
/// read yet is lost to most.
///
/// Nothing more is sent on them; what still comes is thrown away.
final class Lingering: Sendable {
  private struct Entry {
    let socket: Int32
    var turnsLeft: Int
  }
  private let entries = Locked<[Entry]>([])
  /// How many there may be; a further one is closed at once.
  private static let limit = 64
  /// How many turns of the sweep, a second each, a client has to read its answer and to close.
  private static let turns = 3
  /// How many bytes are thrown away a turn.
  private static let bytesPerTurn = 4 * 1_048_576
  private static let stepBytes = 65_536

  /// A connection is about to be closed: keeps a duplicate of its socket.
  func keep(_ socket: Int32) {
    entries.with { entries in
      guard entries.count < Self.limit else { return }
      let duplicate = TakenSocket.duplicate(socket)
      guard duplicate >= 0 else { return }
      Self.discard(duplicate)
      entries.append(Entry(socket: duplicate, turnsLeft: Self.turns))
    }
  }

  /// Reads on, and closes what has ended or had its time.
  func sweep() {
    entries.with { entries in
      for index in entries.indices.reversed() {
        entries[index].turnsLeft -= 1
        guard Self.discard(entries[index].socket), entries[index].turnsLeft > 0 else {
          close(entries.remove(at: index).socket)
          continue
        }
      }
    }
  }

  /// Closes all.
  func end() {
    entries.with { entries in
      for entry in entries { close(entry.socket) }
      entries = []
    }
  }

  /// Whether more may come.
  @discardableResult private static func discard(_ socket: Int32) -> Bool {
    for _ in 0..<(bytesPerTurn / stepBytes) {
      // The bytes go nowhere.
      let count = recv(socket, nil, stepBytes, Int32(MSG_DONTWAIT | MSG_TRUNC))
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      if count == 0 { return false }
    }
    return true
  }
}
