import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// The feeds of all tenants that somebody listens to.
///
/// What a feed gives out is posted to the loops while the lock is held, so every loop gets a tenant's batches in the
/// order of their numbers, and a member that asks for its start gets each batch either with that or after it.
final class Feeds: Sendable {
  private struct Table {
    var feeds: [TenantID: TenantFeed] = [:]
    /// How many feeds there were.
    var opened: UInt64 = 0
    /// Tenants of which events wait to be taken.
    var touched: [TenantID] = []
  }

  private let table = Locked(Table())
  /// Held while the bus is told, so that it hears of changes in their order. The bus's own thread never takes it, so it
  /// may call back under a lock of its own.
  private let changing = Locked(())
  private let bus: any EventBus
  private let ringBytes: Int
  private let post: @Sendable (TenantFeed.Output, TenantID, _ loops: UInt64) -> Void

  /// `post` hands something to the loops whose bits are set; it must not wait, nor call back.
  init(
    bus: any EventBus, ringBytes: Int,
    post: @escaping @Sendable (TenantFeed.Output, TenantID, _ loops: UInt64) -> Void
  ) {
    self.bus = bus
    self.ringBytes = ringBytes
    self.post = post
  }

  /// How many tenants are listened to, or were a moment ago.
  var count: Int { table.with { $0.feeds.count } }

  // MARK: What the loops say

  /// A loop got its first member of a tenant.
  func open(_ tenant: TenantID, loop: Int) {
    changing.with { _ in
      let isNew = table.with { table in
        let isNew = table.feeds[tenant] == nil
        if isNew {
          table.opened += 1
          table.feeds[tenant] = TenantFeed(tenant: tenant, ringBytes: ringBytes, number: table.opened)
        }
        table.feeds[tenant]?.loops |= 1 << UInt64(loop)
        table.feeds[tenant]?.emptySinceMs = nil
        return isNew
      }
      if isNew { bus.subscribe(tenant) }
    }
  }

  /// A loop lost its last member of a tenant. The subscription stays for a while: members often come back.
  func close(_ tenant: TenantID, loop: Int, nowMs: Int64) {
    table.with { table in
      guard let at = table.feeds.index(forKey: tenant) else { return }
      table.feeds.values[at].loops &= ~(1 << UInt64(loop))
      if table.feeds.values[at].loops == 0 { table.feeds.values[at].emptySinceMs = nowMs }
    }
  }

  /// Ends the subscriptions that nobody has needed since `ms`.
  func sweep(emptyBeforeMs ms: Int64) {
    changing.with { _ in
      let gone = table.with { table in
        let gone = table.feeds.filter { ($0.value.emptySinceMs ?? Int64.max) < ms }.map(\.key)
        for tenant in gone { table.feeds[tenant] = nil }
        return gone
      }
      for tenant in gone { bus.unsubscribe(tenant) }
    }
  }

  /// From where on a new member of a tenant is served.
  func start(_ tenant: TenantID, after offset: StreamOffset?) -> TenantFeed.Start {
    table.with { $0.feeds[tenant]?.start(after: offset) ?? .later }
  }

  /// The place of the newest event that the loops were given, whether the bus is there now or not.
  func newest(of tenant: TenantID) -> StreamOffset? { table.with { $0.feeds[tenant]?.newest } }

  /// The tenants that are listened to.
  var tenants: [TenantID] { table.with { Array($0.feeds.keys) } }

  /// Whether a tenant's members miss what stands at a place in its stream.
  func lags(_ tenant: TenantID, behind head: StreamOffset) -> Bool {
    table.with { $0.feeds[tenant]?.lags(behind: head) ?? false }
  }

  // MARK: What the bus and the reader say

  /// The bus has confirmed a subscription. Gives what is to be read; nil if nobody wants the tenant any more.
  func subscribed(_ tenant: TenantID) -> TenantFeed.Fill? { table.with { $0.feeds[tenant]?.subscribed() } }

  /// The bus is lost, and every subscription with it.
  func fall() {
    table.with { table in
      for tenant in table.feeds.keys { table.feeds[tenant]?.fall() }
      table.touched.removeAll()
    }
  }

  /// Whether what a fill would bring is still waited for.
  func awaits(_ fill: TenantFeed.Fill) -> Bool {
    table.with { $0.feeds[fill.tenant]?.awaits(round: fill.round) ?? false }
  }

  /// What a reader found.
  func filled(_ filled: TenantFeed.Filled, _ fill: TenantFeed.Fill) {
    table.with { table in
      guard let at = table.feeds.index(forKey: fill.tenant) else { return }
      for output in table.feeds.values[at].filled(filled, round: fill.round) {
        post(output, fill.tenant, table.feeds.values[at].loops)
      }
    }
  }

  /// Encodes an event into its tenant's batch; nothing if nobody wants it.
  func add(_ envelope: Envelope, of message: UnsafeRawBufferPointer, tenant: TenantID) {
    table.with { table in
      guard let at = table.feeds.index(forKey: tenant) else { return }
      let waited = table.feeds.values[at].hasWaiting
      if let full = table.feeds.values[at].add(envelope, of: message) {
        post(.batch(full), tenant, table.feeds.values[at].loops)
      } else if !waited, table.feeds.values[at].hasWaiting {
        table.touched.append(tenant)
      }
    }
  }

  /// Gives out all that waits.
  func flush() {
    table.with { table in
      for tenant in table.touched {
        guard let at = table.feeds.index(forKey: tenant), let batch = table.feeds.values[at].take() else { continue }
        post(.batch(batch), tenant, table.feeds.values[at].loops)
      }
      table.touched.removeAll(keepingCapacity: true)
    }
  }
}
