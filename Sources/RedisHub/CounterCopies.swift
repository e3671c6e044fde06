import HubContracts
import HubRuntime
import Orders

/// Sums that are at hand in this process, one answer a tenant.
final class CounterCopies: Sendable {
  typealias Ticket = Tickets<TenantID>.Ticket

  /// The most tenants whose sums are kept; past it all are dropped and gathered anew.
  static let limit = 10_000

  /// Nothing is kept longer, in milliseconds.
  private static let lifetimeLimitMs: Int64 = 86_400_000

  private struct Entry {
    let copy: CounterCopy
    let until: UInt64
  }

  private struct State {
    var isOpen = false
    var entries: [TenantID: Entry] = [:]
    var tickets = Tickets<TenantID>()
  }

  private let state = Locked(State())

  /// The sums, if they are kept and have not run out.
  func copy(of tenant: TenantID) -> CounterCopy? {
    let entry = state.with { $0.entries[tenant] }
    guard let entry, monotonicMicros() < entry.until else { return nil }
    return entry.copy
  }

  /// Takes a ticket before sums are fetched; nil while nothing may be kept.
  func begin(_ tenant: TenantID) -> Ticket? {
    state.with { $0.isOpen ? $0.tickets.begin(tenant) : nil }
  }

  /// Gives the ticket back, and keeps the sums for so many milliseconds if it still stands.
  func end(_ ticket: Ticket, _ copy: CounterCopy?, lifetimeMs: Int64) {
    let until = monotonicMicros() + UInt64(min(max(0, lifetimeMs), Self.lifetimeLimitMs)) * 1_000
    state.with { state in
      guard state.tickets.end(ticket), let copy, lifetimeMs > 0 else { return }
      if state.entries.count >= Self.limit { state.entries = [:] }
      state.entries[ticket.key] = Entry(copy: copy, until: until)
    }
  }

  /// A tenant's sums changed.
  func invalidate(_ tenant: TenantID) {
    state.with { state in
      state.tickets.cancel(tenant)
      state.entries[tenant] = nil
    }
  }

  /// Keeps sums from now on.
  func open() { state.with { $0.isOpen = true } }

  /// Drops all sums, and keeps none until `open` if it is closing.
  func dropAll(closing: Bool) {
    state.with { state in
      if closing { state.isOpen = false }
      state.entries = [:]
      state.tickets.cancelAll()
    }
  }
}
