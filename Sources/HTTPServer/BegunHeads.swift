import CMicrohttpd

/// The requests whose line was read and whose head is not whole, so that the one is found that the library has read to
/// its end and refuses by itself.
final class BegunHeads: @unchecked Sendable {
  // Owner: the server's thread, and `Daemon.stop` when that has ended.
  /// The last that began, whole by now or not: nearly every head comes in one part, and costs no more than this.
  private var latest: ConnectionState?
  /// Those whose heads come in parts; never more than connections.
  private var others: [ObjectIdentifier: ConnectionState] = [:]

  /// A request's line was read.
  func begin(_ state: ConnectionState) {
    if let before = latest, before !== state, before.phase == .begun {
      before.isSlowHead = true
      others[ObjectIdentifier(before)] = before
    }
    latest = state
  }

  /// The head is whole.
  func end(_ state: ConnectionState) {
    guard state.isSlowHead else { return }
    state.isSlowHead = false
    others[ObjectIdentifier(state)] = nil
  }

  /// The connection is about to be closed.
  func forget(_ state: ConnectionState) {
    end(state)
    if latest === state { latest = nil }
  }

  /// The one that the library has read to its end, and that is neither answered nor known to the program; nil if there is
  /// none. The library works on one at a time, so there are never two.
  func refused() -> ConnectionState? {
    if let latest, Self.isRefused(latest) { return latest }
    return others.values.first(where: Self.isRefused)
  }

  private static func isRefused(_ state: ConnectionState) -> Bool {
    guard state.phase == .begun, let connection = state.connection else { return false }
    return hub_mhd_head_bytes(connection) > 0 && hub_mhd_is_unanswered(connection)
  }
}
