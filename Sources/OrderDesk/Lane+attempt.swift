import HubContracts
import HubRuntime
import HubWire
import Orders

extension Lane {
  /// How one attempt at a group ended.
  enum Attempt {
    /// Every command of the group has its outcome.
    case finished
    /// Something was changed by others: nothing is written.
    case stale
    /// These keys have an answer already: nothing is written.
    case answered([AnswerKey])
  }

  /// One command's decision.
  private enum Verdict {
    case taken(Pending, status: Int, body: SharedBytes)
    case refused(Pending, Refusal)
  }

  /// Reads, decides, writes, publishes and answers a group, once.
  func attemptOnce(_ group: [Pending], readsFresh: Bool) async -> Attempt {
    let locks = await lock(group.compactMap { $0.command.subject.order })
    let isShared = group.contains { $0.command.isShared }
    if isShared { await desk.gate.enter() }
    var holdsGate = isShared
    let attempt: Attempt
    do throws(StoreError) {
      var table = try await lay(group, readsFresh: readsFresh)
      // Stock turned out to be involved: the gate first, and what it guards once more. Nothing else: the numbers that
      // were taken for new orders would be lost.
      if !holdsGate, !table.products.isEmpty {
        await desk.gate.enter()
        holdsGate = true
        try await layProducts(group, on: &table)
      }
      attempt = try await finish(group, on: table, readsFresh: readsFresh, locks)
    } catch {
      unlock(locks)
      forgetOutcome(of: error)
      for pending in group { pending.continuation.resume(returning: Outcome(error)) }
      attempt = .finished
    }
    if holdsGate { await desk.gate.leave() }
    return attempt
  }

  private func finish(
    _ group: [Pending], on laid: Desktop, readsFresh: Bool, _ locks: Locks
  ) async throws(StoreError) -> Attempt {
    var table = laid
    var verdicts = decide(group, on: &table)
    // A refusal must not rest on what a lane remembers: read again, decide again.
    if !readsFresh, verdicts.contains(where: { isDoubtful($0, laid) }) {
      table = try await lay(group, readsFresh: true)
      verdicts = decide(group, on: &table)
    }
    var writes = table.writeSet()
    guard writes != WriteSet() else {
      unlock(locks)
      Self.answer(verdicts)
      return .finished
    }
    writes.tallies = try await tallies(table.tallyMoves)
    let publications = table.publications()
    if !publications.isEmpty {
      writes.outbox = OutboxEntry(id: desk.ids.next(OutboxEntry.self), writes: publications.map(\.write))
    }
    let began = monotonicMicros()
    switch try await desk.store.commit(writes) {
    case .committed: break
    case .stale:
      // Another process may count in the same shard: step aside.
      shard = (shard + 7) % TallyShard.limit
      unlock(locks)
      return .stale
    case .answered(let keys):
      unlock(locks)
      return .answered(keys)
    }
    desk.meters.commitTime.record(micros: monotonicMicros() - began)
    desk.meters.transactions.add()
    desk.meters.commands.add(group.count)
    for order in table.writtenOrders { memory.remember(order) }
    for tally in writes.tallies { memory.remember(tally.value) }
    await publish(publications, of: writes, verdicts, locks)
    return .finished
  }

  /// Tells Redis, then the clients, while the lane goes on to its next batch. One publication at a time, so that an
  /// order's events go out in their sequence; the lane is never more than one batch ahead of it.
  private func publish(
    _ publications: [Publication], of writes: WriteSet, _ verdicts: [Verdict], _ locks: Locks
  ) async {
    await publishing?.value
    let desk = desk
    let tallies = writes.tallies.map(\.value)
    let entry = writes.outbox?.id
    publishing = Task {
      let began = monotonicMicros()
      await desk.publisher.publish(publications, tallies: tallies, entry: entry)
      desk.meters.publishTime.record(micros: monotonicMicros() - began)
      Self.answer(verdicts)
      Self.unlock(locks, desk.cache)
    }
  }

  // MARK: Reading

  /// How many products the store is asked for at once.
  private static let productsAtOnce = 500

  /// Lays out everything that the group needs, in as few reads as possible.
  private func lay(_ group: [Pending], readsFresh: Bool) async throws(StoreError) -> Desktop {
    var table = Desktop(now: desk.clock.now())
    try await layOrders(group, readsFresh, on: &table)
    try await layParts(group, on: &table)
    try await layProducts(group, on: &table)
    try await layNumbers(group, on: &table)
    return table
  }

  private func layOrders(_ group: [Pending], _ readsFresh: Bool, on table: inout Desktop) async throws(StoreError) {
    var missing: Set<OrderID> = []
    for pending in group {
      guard let id = pending.command.subject.order, table.orders[id] == nil else { continue }
      if !readsFresh, let remembered = memory.order(id) {
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
      if command.needs.allDeliveries, let order = command.subject.order {
        for delivery in try await desk.store.deliveries(of: order, tenant: command.actor.tenant) { table.lay(delivery) }
      }
    }
  }

  private func layProducts(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    var wanted: [TenantID: Set<String>] = [:]
    for pending in group {
      let command = pending.command
      switch command.subject {
      case .newOrder(let products): wanted[command.actor.tenant, default: []].formUnion(products)
      case .product(let id): wanted[command.actor.tenant, default: []].insert(id)
      case .order(let id):
        guard command.needs.stock, let order = table.orders[id]?.value else { continue }
        wanted[order.tenantID, default: []].formUnion(order.items.lazy.filter(\.tracked).map(\.productID))
      }
    }
    for (tenant, ids) in wanted {
      // A batch may name more products than one question may.
      let ids = Array(ids)
      for start in stride(from: 0, to: ids.count, by: Self.productsAtOnce) {
        let part = Array(ids[start..<min(start + Self.productsAtOnce, ids.count)])
        for product in try await desk.store.products(part, tenant: tenant) { table.lay(product) }
      }
    }
  }

  private func layNumbers(_ group: [Pending], on table: inout Desktop) async throws(StoreError) {
    let year = desk.calendar.year(table.now)
    var newOrders: [Desktop.NumberKey: Int] = [:]
    for pending in group {
      let key = Desktop.NumberKey(tenant: pending.command.actor.tenant, year: year)
      if case .newOrder = pending.command.subject { newOrders[key, default: 0] += 1 }
      if pending.command.needs.invoiceNumber, table.invoiceNumbers[key] == nil {
        let last = try await desk.store.lastInvoiceNumber(tenant: key.tenant, year: year)
        table.lay(lastInvoiceNumber: last, key)
      }
    }
    for (key, count) in newOrders {
      if memory.numbersLeft(key) < count {
        // Who writes many at once will write more: a few batches' numbers in one question. What is left when the process
        // ends is a gap, as the numbers of a failed write are.
        let taken = count == 1 ? 1 : count * 4
        let first = try await desk.store.takeOrderNumbers(tenant: key.tenant, year: year, count: taken)
        memory.remember(numbers: first..<first + Int64(taken), key)
      }
      table.lay(orderNumbers: memory.takeNumbers(count, key), key)
    }
  }

  private func tallies(_ moves: [TallyScope: [String: Int64]]) async throws(StoreError) -> [Guarded<TallyShard>] {
    var moved: [Guarded<TallyShard>] = []
    for (scope, counts) in moves where counts.values.contains(where: { $0 != 0 }) {
      var tally: TallyShard
      if let remembered = memory.tally(scope), remembered.shard == shard {
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

  // MARK: Deciding

  private func decide(_ group: [Pending], on table: inout Desktop) -> [Verdict] {
    let year = desk.calendar.year(table.now)
    return group.map { pending in
      let command = pending.command
      let context = RuleContext(
        actor: command.actor, now: table.now, ids: desk.ids, day: desk.calendar.day)
      do throws(Refusal) {
        let decision = try command.decide(table, context)
        let body: [UInt8]
        switch decision.effect {
        case .order(let change): body = decision.render(table.take(change, by: command.actor.user, year: year))
        case .product(let product, let isNew, let row):
          table.take(product, isNew: isNew, row: row)
          body = decision.render([])
        }
        if let slot = command.answer {
          table.keep(
            KeptAnswer(
              key: slot.key, fingerprint: slot.fingerprint, status: decision.status, contentType: "application/json",
              body: body, at: table.now))
        }
        return .taken(pending, status: decision.status, body: SharedBytes(body))
      } catch {
        return .refused(pending, error)
      }
    }
  }

  /// Whether a refusal rests on an order that was remembered, not read.
  private func isDoubtful(_ verdict: Verdict, _ laid: Desktop) -> Bool {
    guard case .refused(let pending, _) = verdict, let id = pending.command.subject.order else { return false }
    return laid.orders[id].map { !$0.isFresh } ?? false
  }

  private static func answer(_ verdicts: [Verdict]) {
    for verdict in verdicts {
      switch verdict {
      case .taken(let pending, let status, let body):
        pending.continuation.resume(returning: .done(status: status, body: body))
      case .refused(let pending, let refusal): pending.continuation.resume(returning: .refused(refusal))
      }
    }
  }

  /// After a failure nothing that was remembered is sure.
  private func forgetOutcome(of error: StoreError) {
    memory = LaneMemory(itemsLimit: desk.options.rememberedItemsLimit)
    desk.log.warning("a batch of writes failed", [("cause", "\(error)")])
  }

  // MARK: Locks

  /// The locks that a batch holds, or tried to.
  struct Locks: Sendable {
    let orders: [OrderID]
    let token: String
  }

  /// Takes the orders' locks in Redis, for a while; then goes on without. They spare other processes a conflict.
  private func lock(_ orders: [OrderID]) async -> Locks {
    let locks = Locks(orders: Array(Set(orders)), token: desk.ids.token(bytes: 12))
    var missing = locks.orders
    var patience = desk.options.lockPatienceMs
    while !missing.isEmpty {
      do throws(CacheUnavailable) {
        let taken = Set(try await desk.cache.lock(missing, token: locks.token))
        missing.removeAll { taken.contains($0) }
      } catch {
        return locks
      }
      // The lane itself may hold them, for a batch that is being published.
      if !missing.isEmpty, let publishing { await publishing.value }
      if missing.isEmpty { return locks }
      guard patience > 0 else {
        desk.meters.lockMisses.add()
        return locks
      }
      let pause = Int.random(in: 5...25)
      patience -= pause
      try? await Task.sleep(for: .milliseconds(pause))
    }
    return locks
  }

  private func unlock(_ locks: Locks) { Self.unlock(locks, desk.cache) }

  private static func unlock(_ locks: Locks, _ cache: any HubCache) {
    if locks.orders.isEmpty { return }
    // Nobody waits for it: a lock that is not let go of runs out by itself.
    Task { try? await cache.unlock(locks.orders, token: locks.token) }
  }
}

extension Publication {
  /// Which of the order's events it publishes.
  fileprivate var write: UnpublishedWrite {
    UnpublishedWrite(
      orderID: state.id, firstSeq: events.first?.seq ?? state.version, lastSeq: events.last?.seq ?? state.version)
  }
}

extension Command.Subject {
  /// The existing order, if it is about one.
  var order: OrderID? {
    if case .order(let id) = self { id } else { nil }
  }
}
