import HubRuntime
import Orders

/// Tenants that somebody was let in of, in this process: their log-ins share turns with one another. All names that
/// nobody was ever let in under have one tenant's share together, for strangers can make up as many as they like.
final class HeardTenants: Sendable {
  private struct State {
    var names: Set<TenantID> = []
    var order: [TenantID] = []
    var oldest = 0
  }

  private let state = Locked(State())
  private let limit: Int

  /// Remembers at most `limit`; the oldest goes first.
  init(limit: Int = 4_096) { self.limit = limit }

  /// Somebody of it was let in.
  func note(_ tenant: TenantID) {
    state.with { state in
      guard state.names.insert(tenant).inserted else { return }
      if state.order.count < limit { return state.order.append(tenant) }
      state.names.remove(state.order[state.oldest])
      state.order[state.oldest] = tenant
      state.oldest = (state.oldest + 1) % limit
    }
  }

  /// Whether it is one of them.
  func contains(_ tenant: TenantID) -> Bool { state.with { $0.names.contains(tenant) } }
}
