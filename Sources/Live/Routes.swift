import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// Which loops have members of which tenant, and what is on its way to them.
final class Routes: Sendable {
  private struct Route {
    /// A bit a loop.
    var loops: UInt64 = 0
    var batch = GrowingBatch()
    /// Whether the bus has confirmed the subscription.
    var isStanding = false
    /// Since when no loop has members.
    var emptySinceMs: Int64?
  }

  private struct Table {
    var routes: [TenantID: Route] = [:]
    /// Tenants whose batch is not empty.
    var touched: [TenantID] = []
  }

  /// A batch, and the loops it is for.
  typealias Outgoing = (batch: EventBatch, loops: UInt64)

  private let table = Locked(Table())
  /// Held while the bus is told, so that it hears of changes in their order. The bus's own thread never takes it, so it
  /// may call back under a lock of its own.
  private let changing = Locked(())
  private let bus: any EventBus

  init(bus: any EventBus) { self.bus = bus }

  /// A loop got its first member of a tenant.
  func open(_ tenant: TenantID, loop: Int) {
    changing.with { _ in
      let isNew = table.with { table in
        let isNew = table.routes[tenant] == nil
        table.routes[tenant, default: Route()].loops |= 1 << UInt64(loop)
        table.routes[tenant]?.emptySinceMs = nil
        return isNew
      }
      if isNew { bus.subscribe(tenant) }
    }
  }

  /// A loop lost its last member of a tenant. The subscription stays for a while: members often come back.
  func close(_ tenant: TenantID, loop: Int, nowMs: Int64) {
    table.with { table in
      guard var route = table.routes[tenant] else { return }
      route.loops &= ~(1 << UInt64(loop))
      if route.loops == 0 { route.emptySinceMs = nowMs }
      table.routes[tenant] = route
    }
  }

  /// Whether everything that is published for the tenant comes now.
  func isStanding(_ tenant: TenantID) -> Bool { table.with { $0.routes[tenant]?.isStanding ?? false } }

  /// The bus has confirmed a subscription. Gives the loops that have members.
  func stand(_ tenant: TenantID) -> UInt64 {
    table.with { table in
      table.routes[tenant]?.isStanding = true
      return table.routes[tenant]?.loops ?? 0
    }
  }

  /// The bus is lost, and every subscription with it.
  func fall() {
    table.with { table in
      for tenant in table.routes.keys { table.routes[tenant]?.isStanding = false }
    }
  }

  /// Ends the subscriptions that nobody has needed since `ms`.
  func sweep(emptyBeforeMs ms: Int64) {
    changing.with { _ in
      let gone = table.with { table in
        let gone = table.routes.filter { ($0.value.emptySinceMs ?? Int64.max) < ms }.map(\.key)
        for tenant in gone { table.routes[tenant] = nil }
        return gone
      }
      for tenant in gone { bus.unsubscribe(tenant) }
    }
  }

  /// Encodes an event into its tenant's batch. Gives the batch if it must not grow further; nil while it waits, or if
  /// nobody wants it.
  func add(_ envelope: Envelope, of message: UnsafeRawBufferPointer, tenant: TenantID) -> Outgoing? {
    table.with { table in
      guard let at = table.routes.index(forKey: tenant), table.routes.values[at].loops != 0 else { return nil }
      if table.routes.values[at].batch.isEmpty { table.touched.append(tenant) }
      table.routes.values[at].batch.append(envelope, of: message)
      guard table.routes.values[at].batch.isFull else { return nil }
      return (table.routes.values[at].batch.take(tenant: tenant), table.routes.values[at].loops)
    }
  }

  /// All batches that wait.
  func takeAll() -> [Outgoing] {
    table.with { table in
      var outgoing: [Outgoing] = []
      for tenant in table.touched {
        guard let at = table.routes.index(forKey: tenant), !table.routes.values[at].batch.isEmpty else { continue }
        outgoing.append((table.routes.values[at].batch.take(tenant: tenant), table.routes.values[at].loops))
      }
      table.touched.removeAll(keepingCapacity: true)
      return outgoing
    }
  }
}
