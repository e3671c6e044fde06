public import HubContracts
public import HubRuntime
import HubWire
public import OrderDesk
public import Orders

/// Brings up to date what older versions wrote, while everything goes on: rounds what orders under way ask for so that it
/// can be paid, names the status of invoices, and counts the worth of deliveries by currency.
///
/// Each step is one write of its own, and what is done is not found again: it may end anywhere and begin anew.
public struct MoneyBefore: Sendable {
  private let source: any MoneyBeforeSource
  private let desk: OrderDesk
  private let log: Log
  private let user: UserID
  /// How many orders or tallies are looked for at once.
  private static let pageLimit = 100
  /// How often it looks again in a round: what cannot be put right must not be tried for ever.
  private static let pagesLimit = 10_000

  /// `user` stands in the events of orders that it rounds.
  public init(source: any MoneyBeforeSource, desk: OrderDesk, user: UserID, log: Log) {
    self.source = source
    self.desk = desk
    self.user = user
    self.log = log
  }

  /// One round over all tenants; how many orders were rounded and tallies counted anew.
  @discardableResult
  public func round() async throws -> (orders: Int, tallies: Int) {
    var orders = 0
    for tenant in try await source.tenants() {
      do {
        orders += try await roundOrders(of: tenant)
        try await nameInvoices(of: tenant)
      } catch {
        // The others go on; its turn comes again with the next round.
        log.warning("a tenant's money of before is left", [("tenant", tenant.text), ("cause", "\(error)")])
      }
    }
    let tallies = try await countByCurrency()
    if orders + tallies > 0 {
      log.info(
        "what an older version wrote of money is up to date", [("orders", "\(orders)"), ("tallies", "\(tallies)")])
    }
    return (orders, tallies)
  }

  private func roundOrders(of tenant: TenantID) async throws -> Int {
    let actor = Actor(tenant: tenant, user: user, role: .system)
    var rounded = 0
    for _ in 0..<Self.pagesLimit {
      let page = try await source.ordersToRound(tenant: tenant, limit: Self.pageLimit)
      var done = 0
      for id in page {
        switch await desk.submit(.round(id, actor: actor, requestID: "round-\(id)")) {
        case .done: done += 1
        case .refused(let refusal):
          log.warning("an order's dues are not rounded", [("order", "\(id)"), ("cause", refusal.detail)])
        case .replay, .otherBody, .running, .unavailable, .unknown, .contended, .overloaded, .broken:
          log.debug("an order's dues are rounded later", [("order", "\(id)")])
        }
      }
      rounded += done
      // What is left is tried again in the next round.
      if done == 0 || page.count < Self.pageLimit { break }
    }
    return rounded
  }

  /// What is named is not found again; what somebody wrote meanwhile is the next round's.
  private func nameInvoices(of tenant: TenantID) async throws {
    var named = 0
    for _ in 0..<Self.pagesLimit {
      let done = try await source.nameStatus(ofInvoicesOf: tenant, limit: Self.pageLimit)
      named += done
      if done == 0 { break }
    }
    if named > 0 { log.info("invoices have their status for the lists", [("invoices", "\(named)")]) }
  }

  private func countByCurrency() async throws -> Int {
    var counted = 0
    for _ in 0..<Self.pagesLimit {
      let scopes = try await source.talliesWithoutCurrency(limit: Self.pageLimit)
      var done = 0
      for scope in scopes {
        _ = try await source.nameCurrency(ofDeliveriesIn: scope)
        let repair = try await source.repair(scope, counts: Audit.counts)
        // What no order can tell the currency of stays as it is.
        if repair.after[TallyKey.value(nil)] == nil, repair.after[TallyKey.valueFraction(nil)] == nil { done += 1 }
      }
      counted += done
      if done == 0 { break }
    }
    return counted
  }
}
