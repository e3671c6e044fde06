import CHiredis
import Glibc
import HubRuntime
import Orders

/// Which tenants are to be listened for; between those who wish and the bus's thread. Bounded by how many tenants there
/// are: a tenant stands in it once.
final class BusWishes: Sendable {
  private struct State {
    var wanted: Set<TenantID> = []
    var changed: Set<TenantID> = []
    var stopping = false
  }

  private let state = Locked(State())
  /// Readable when there is something to do.
  let descriptor: Int32

  init() {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    precondition(descriptor >= 0, "no eventfd: errno \(errno)")
  }

  deinit { close(descriptor) }

  var isStopping: Bool { state.with { $0.stopping } }

  func wish(_ tenant: TenantID, wanted: Bool) {
    let changes = state.with { state in
      guard state.wanted.contains(tenant) != wanted else { return false }
      if wanted { state.wanted.insert(tenant) } else { state.wanted.remove(tenant) }
      state.changed.insert(tenant)
      return true
    }
    if changes { eventfd_write(descriptor, 1) }
  }

  /// All that are wanted; what changed up to now is in it.
  func all() -> Set<TenantID> {
    state.with { state in
      state.changed = []
      return state.wanted
    }
  }

  /// What changed since it was asked last.
  func changes() -> [(tenant: TenantID, wanted: Bool)] {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
    return state.with { state in
      defer { state.changed = [] }
      return state.changed.map { ($0, state.wanted.contains($0)) }
    }
  }

  /// Has the thread look for something to do.
  func wake() { eventfd_write(descriptor, 1) }

  func stop() {
    state.with { $0.stopping = true }
    eventfd_write(descriptor, 1)
  }
}
