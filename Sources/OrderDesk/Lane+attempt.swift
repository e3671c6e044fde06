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
    /// One of several cannot be written, for what is not known: nothing is written.
    case spoilt
    /// These keys have an answer already: nothing is written.
    case answered([AnswerKey])
    /// Read, it is more than a transaction shall hold: nothing is written. These are few enough, and those too many.
    case tooMuch(kept: [Pending], late: [Pending])
    /// Another process holds the locks of these: nothing is written.
    case locked(kept: [Pending], late: [Pending])
  }

  /// One command's decision.
  private enum Verdict: Sendable {
    case taken(Pending, status: Int, body: SharedBytes)
    case refused(Pending, Refusal)
  }

  /// Reads, decides, writes, publishes and answers a group, once.
  func attemptOnce(_ group: [Pending], isFirst: Bool, mayWaitForLocks: Bool) async -> Attempt {
    let readsFresh = !isFirst
    crashPoint(.beforeLocks)
    let locks = await lock(group)
    if mayWaitForLocks, let (kept, late) = locks.divide(group) {
      // Those that are kept are locked again at once, and must not find their own lock.
      try? await desk.cache.unlock(locks.orders, token: locks.token)
      return .locked(kept: kept, late: late)
    }
    var passed = Set(group.lazy.filter(\.command.isShared).map(\.command.actor.tenant))
    if !passed.isEmpty { await desk.gate.enter(passed) }
    let attempt: Attempt
    do throws(StoreError) {
      crashPoint(.beforeRead)
      var table = try await lay(group, readsFresh: readsFresh)
      let stocked = Set(table.products.keys.lazy.map(\.tenant))
      if isFirst, let excess = weigh(group, on: table) {
        // As above: what is kept is locked again at once.
        try? await desk.cache.unlock(locks.orders, token: locks.token)
        attempt = excess
      } else {
        // Stock turned out to be involved: the gate first, and what it guards once more. Nothing else: the numbers that
        // were taken for new orders would be lost.
        if !stocked.isSubset(of: passed) {
          if !passed.isEmpty { await desk.gate.leave(passed) }
          passed.formUnion(stocked)
          await desk.gate.enter(passed)
          try await layProducts(group, on: &table)
        }
        attempt = try await finish(group, on: table, readsFresh: readsFresh, locks)
      }
    } catch {
      unlock(locks)
      forgetOutcome(of: error, group)
      // Whether it is written is not known: what Redis shows of these orders may be old.
      if case .outcomeUnknown = error { desk.cache.distrust(locks.orders) }
      if case .broken = error, group.count > 1 {
        // A bug in one command must not cost the others, which only came at the same time.
        attempt = .spoilt
      } else {
        for pending in group { pending.continuation.resume(returning: Outcome(error)) }
        attempt = .finished
      }
    }
    if !passed.isEmpty { await desk.gate.leave(passed) }
    return attempt
  }

  /// Counts what was read beyond what was expected. If it is more than a transaction shall hold: what to do instead.
  private func weigh(_ group: [Pending], on table: borrowing Desktop) -> Attempt? {
    var weighed = group
    for index in weighed.indices { weighed[index].work = weighed[index].command.work(on: table) }
    let limit = desk.options.workLimit
    var room = limit
    var kept = 0
    while kept < weighed.count, kept == 0 || weighed[kept].work <= room {
      room -= weighed[kept].work
      kept += 1
    }
    for (index, pending) in weighed.enumerated() {
      // Who is in line again is counted when it is taken again.
      let extra = index < kept ? pending.work - group[index].work : -group[index].work
      if extra != 0 { desk.queue.charge(extra, to: pending.party) }
    }
    if kept == weighed.count { return nil }
    return .tooMuch(kept: Array(weighed[..<kept]), late: Array(weighed[kept...]))
  }

  private func finish(
    _ group: [Pending], on laid: Desktop, readsFresh: Bool, _ locks: Locks
  ) async throws(StoreError) -> Attempt {
    var table = laid
    crashPoint(.beforeDecision)
    var verdicts: [Verdict]
    (verdicts, table) = await decide(group, on: table)
    crashPoint(.afterDecision)
    // A refusal must not rest on what a lane remembers: read again, decide again.
    if !readsFresh, verdicts.contains(where: { isDoubtful($0, laid) }) {
      (verdicts, table) = await decide(group, on: try await lay(group, readsFresh: true))
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
    crashPoint(.beforeTransaction)
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
    desk.queue.written(group.count)
    desk.memory.remember(table.writtenOrders)
    if tallies.count >= Self.talliesLimit { tallies = [:] }
    for tally in writes.tallies { tallies[tally.value.scope] = tally.value }
    await publish(publications, of: writes, verdicts, locks)
    return .finished
  }

  /// How many tallies a lane remembers: it writes few tenants' few days at a time.
  private static let talliesLimit = 1_000

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
      crashPoint(.beforePublish)
      await desk.publisher.publish(publications, tallies: tallies, entry: entry)
      desk.meters.publishTime.record(micros: monotonicMicros() - began)
      crashPoint(.beforeAnswer)
      Self.answer(verdicts)
      crashPoint(.beforeUnlock)
      // Within the publication, so that whoever waited for it finds the locks free.
      if !locks.orders.isEmpty { try? await desk.cache.unlock(locks.orders, token: locks.token) }
    }
  }

  // MARK: Deciding

  /// Decides; where that is long work, as such.
  private func decide(_ group: [Pending], on laid: Desktop) async -> ([Verdict], Desktop) {
    let desk = desk
    // Many small ones are not: whoever waits for a thread would wait for each of them anyway.
    let isLong = group.contains { $0.work > Self.longWork }
    if isLong, let decided = try? await LongWork.run(as: .hub, { Self.decide(group, on: laid, desk) }) {
      return decided
    }
    return Self.decide(group, on: laid, desk)
  }

  /// So many items take a millisecond to decide and encode, about.
  private static let longWork = 200

  private static func decide(_ group: [Pending], on laid: Desktop, _ desk: Desk) -> ([Verdict], Desktop) {
    var table = laid
    let verdicts = decide(group, on: &table, desk)
    return (verdicts, table)
  }

  private static func decide(_ group: [Pending], on table: inout Desktop, _ desk: Desk) -> [Verdict] {
    group.map { pending in
      let command = pending.command
      let context = RuleContext(
        actor: command.actor, now: table.now, workflows: desk.workflows, ids: desk.ids, day: pending.calendar.day)
      do throws(Refusal) {
        let decision = try command.decide(table, context)
        let body: [UInt8]
        switch decision.effect {
        case .order(let change): body = decision.render(table.take(change, by: command.actor.user))
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
  private func forgetOutcome(of error: StoreError, _ group: [Pending]) {
    desk.memory.forget(group.compactMap(\.command.subject.order))
    tallies = [:]
    desk.log.warning("a batch of writes failed", [("cause", "\(error)"), ("requestIds", Self.requestIDs(group))])
  }

  /// The ids of a group's requests, of so many that a line stays readable.
  static func requestIDs(_ group: [Pending]) -> String {
    group.prefix(requestIDsLimit).map(\.command.requestID).joined(separator: " ")
  }

  private static let requestIDsLimit = 10
}

extension Publication {
  /// Which of the order's events it publishes.
  fileprivate var write: UnpublishedWrite {
    UnpublishedWrite(
      orderID: state.id, tenant: state.owner.tenant, firstSeq: events.first?.seq ?? state.version,
      lastSeq: events.last?.seq ?? state.version)
  }
}
