import Orders

/// Lets one batch at a time through to what writers of a tenant's different orders share: stock and invoice numbers.
///
/// It only spares conflicts within the process; versions decide in the database. First come, first served; nobody waits
/// for a batch of other tenants.
actor TenantTurns {
  private typealias Waiter = (tenants: Set<TenantID>, continuation: CheckedContinuation<Void, Never>)
  private var taken: Set<TenantID> = []
  private var waiting: [Waiter] = []

  /// Waits until nobody else is with any of these tenants. Ask for all at once: whoever holds some and asks for more may
  /// wait for ever.
  func enter(_ tenants: Set<TenantID>) async {
    if taken.isDisjoint(with: tenants), !waiting.contains(where: { !$0.tenants.isDisjoint(with: tenants) }) {
      taken.formUnion(tenants)
      return
    }
    await withCheckedContinuation { waiting.append((tenants, $0)) }
  }

  /// Lets the next ones in. As many wait as there are lanes, at most.
  func leave(_ tenants: Set<TenantID>) {
    taken.subtract(tenants)
    var wanted = taken
    var left: [Waiter] = []
    for waiter in waiting {
      if wanted.isDisjoint(with: waiter.tenants) {
        taken.formUnion(waiter.tenants)
        waiter.continuation.resume()
      } else {
        left.append(waiter)
      }
      // Who waits longer goes before.
      wanted.formUnion(waiter.tenants)
    }
    waiting = left
  }
}
