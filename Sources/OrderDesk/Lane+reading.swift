import HubContracts
import Orders

extension Lane {
  /// Lays out everything that the group needs, in as few reads as possible.
  func lay(_ group: [Pending], readsFresh: Bool) async throws(StoreError) -> Desktop {
    var table = Desktop(now: desk.clock.now())
    try await layOrders(group, readsFresh, on: &table)
    try await layParts(group, on: &table)
    try await layHoldings(group, on: &table)
    try await layPartsByTable(group, on: &table)
    try await layProducts(group, on: &table)
    try await layNumbers(group, on: &table)
    return table
  }

  private func layOrders(_ group: [Pending], _ readsFresh: Bool, on table: inout Desktop) async throws(StoreError) {
    var missing: Set<OrderID> = []
    for pending in group {
      guard let id = pending.command.subject.order, table.orders[id] == nil else { continue }
      if !readsFresh, let remembered = desk.memory.order(id) {
        table.lay(remembered, isFresh: false)
      } else {
        missing.insert(id)
      }
    }
    if missing.isEmpty { return }
    for order in try await desk.store.orders(Array(missing)) { table.lay(order, isFresh: true) }
  }

  private func layParts(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    for pending in group {
      let command = pending.command
      if let id = command.needs.delivery, let delivery = try await desk.store.delivery(id, tenant: command.actor.tenant)
      {
        table.lay(delivery)
        // The invoice of a delivery, so that a second one can be answered with the first.
        if let invoice = delivery.invoiceID,
          let found = try await desk.store.invoice(invoice, tenant: delivery.tenantID)
        {
          table.lay(found)
        }
      }
      if let id = command.needs.invoice, let invoice = try await desk.store.invoice(id, tenant: command.actor.tenant) {
        table.lay(invoice)
      }
      if command.needs.dues, let id = command.subject.order, let order = table.orders[id]?.value {
        for invoice in try await desk.store.dues(of: order) { table.lay(invoice) }
      }
      if command.needs.allDeliveries, let order = command.subject.order {
        for delivery in try await desk.store.deliveries(of: order, tenant: command.actor.tenant) { table.lay(delivery) }
      }
    }
  }

  /// What orders hold, read after them: it fits an order as long as that has the version which was read.
  private func layHoldings(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    var wanted: Set<OrderID> = []
    for pending in group where pending.command.needs.holdings {
      guard let id = pending.command.subject.order, let order = table.orders[id]?.value,
        order.items.contains(where: \.tracked)
      else { continue }
      wanted.insert(id)
    }
    if wanted.isEmpty { return }
    for (id, holdings) in try await desk.store.holdings(of: Array(wanted)) { table.lay(holdings, of: id) }
  }

  /// The parts of orders whose workflow's table knows any: of no others there are such.
  private func layPartsByTable(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    var read: Set<OrderID> = []
    for pending in group where pending.command.needs.parts {
      guard let id = pending.command.subject.order, let order = table.orders[id]?.value,
        order.tenantID == pending.command.actor.tenant,
        desk.workflows.workflow(of: order)?.hasParts ?? false,
        read.insert(id).inserted
      else { continue }
      let parts = try await desk.store.parts(
        of: id, tenant: order.tenantID, kind: nil, after: nil, limit: Part.limit)
      for part in parts { table.lay(part) }
    }
  }

  func layProducts(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    var wanted: [TenantID: Set<Text>] = [:]
    for pending in group {
      let command = pending.command
      switch command.subject {
      case .newOrder(let products): wanted[command.actor.tenant, default: []].formUnion(products)
      case .product(let id): wanted[command.actor.tenant, default: []].insert(id)
      case .order(let id):
        let needs = command.needs
        guard needs.stock, let order = table.orders[id]?.value else { continue }
        wanted[order.tenantID, default: []].formUnion(
          order.items.lazy.filter { $0.tracked || needs.itemProducts }.map(\.productID))
        wanted[order.tenantID, default: []].formUnion(needs.products)
      }
    }
    for (tenant, ids) in wanted {
      // A batch may name more products than one question may.
      let ids = Array(ids)
      for start in stride(from: 0, to: ids.count, by: StoreCall.limit) {
        let part = Array(ids[start..<min(start + StoreCall.limit, ids.count)])
        for product in try await desk.store.products(part, tenant: tenant) { table.lay(product) }
      }
    }
  }

  private func layNumbers(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    var newOrders: [Desktop.NumberKey: Int] = [:]
    for pending in group {
      let command = pending.command
      let isNew = if case .newOrder = command.subject { true } else { false }
      guard isNew || command.needs.invoiceNumber || command.needs.creditNumber else { continue }
      let tenant = command.actor.tenant
      table.lay(year: pending.calendar.year(table.now), of: tenant)
      let key = table.numberKey(of: tenant)
      if isNew { newOrders[key, default: 0] += 1 }
      if command.needs.invoiceNumber, table.invoiceNumbers[key] == nil {
        let last = try await desk.store.lastNumber(.invoice, tenant: key.tenant, year: key.year)
        table.lay(.invoice, last: last, key)
      }
      if command.needs.creditNumber, table.creditNumbers[key] == nil {
        let last = try await desk.store.lastNumber(.credit, tenant: key.tenant, year: key.year)
        table.lay(.credit, last: last, key)
      }
    }
    for (key, count) in newOrders {
      if let numbers = desk.memory.takeNumbers(count, key) {
        table.lay(orderNumbers: numbers, key)
        continue
      }
      // Who writes many at once will write more: a few batches' numbers in one question. What is left when the process
      // ends is a gap, as the numbers of a failed write are.
      let taken = count < 4 ? count : count * 4
      let first = try await desk.store.takeOrderNumbers(tenant: key.tenant, year: key.year, count: taken)
      table.lay(orderNumbers: first..<first + Int64(count), key)
      desk.memory.keepNumbers(first + Int64(count)..<first + Int64(taken), key)
    }
  }

  func tallies(_ moves: [TallyScope: [Text: Int64]]) async throws(StoreError) -> [Guarded<TallyShard>] {
    var moved: [Guarded<TallyShard>] = []
    for (scope, counts) in moves where scope.kind == .orders || counts.values.contains(where: { $0 != 0 }) {
      var tally: TallyShard
      if let remembered = tallies[scope], remembered.shard == shard {
        tally = remembered
      } else {
        tally = try await desk.store.tally(scope, shard: shard)
      }
      let expected = tally.revision
      tally.revision += 1
      for (key, count) in counts where count != 0 { tally.counts[key, default: 0] &+= count }
      moved.append(Guarded(tally, expectedVersion: expected))
    }
    return moved
  }
}

extension Command.Subject {
  /// The existing order, if it is about one.
  var order: OrderID? {
    if case .order(let id) = self { id } else { nil }
  }
}
