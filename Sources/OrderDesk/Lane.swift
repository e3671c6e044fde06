import HubContracts
import HubRuntime
import Orders

/// A loop that takes commands from the queue, a batch at a time, and sees each batch through.
actor Lane {
  /// What all lanes share.
  struct Desk: Sendable {
    let store: any OrderStore
    let cache: any HubCache
    let publisher: Publisher
    let workflows: any WorkflowBook
    let clock: any HubClock
    let ids: any IdentitySource
    let gate: TenantTurns
    let queue: CommandQueue
    let memory: DeskMemory
    let options: DeskOptions
    let log: Log
    let meters: DeskMeters
  }

  /// A command and whoever waits for its outcome.
  struct Pending: Sendable {
    let command: Command
    /// The calendar of its tenant, when it was asked for.
    let calendar: BusinessCalendar
    /// How much is to be done, as far as that is known; see `Command.work`.
    var work: Int
    /// How long it waits yet for another process's lock, in milliseconds.
    var lockPatienceMs: Int
    let continuation: CheckedContinuation<Outcome, Never>
    var party: Party { Party(command.actor) }
  }

  let desk: Desk
  /// The tallies that this lane wrote last, each in its shard; they have no other writer, as a rule.
  var tallies: [TallyScope: TallyShard] = [:]
  /// The publication of the batch before, under way.
  var publishing: Task<Void, Never>?
  /// The shard of each tally that this lane counts in.
  var shard: Int

  init(desk: Desk, shard: Int) {
    self.desk = desk
    self.shard = shard
  }

  /// Serves batches until there are none.
  func run() async {
    // What came together with the command that woke the lane is put in line first, and shares its transaction.
    await Task.yield()
    var last: CommandQueue.Batch?
    while let batch = await desk.queue.next(for: self, after: last) {
      last = batch
      let served = await serve(batch.commands)
      guard served.contains(where: { $0.command.subject.order != nil }) else { continue }
      let (queue, publishing) = (desk.queue, publishing)
      Task {
        await publishing?.value
        queue.release(served)
      }
    }
  }

  /// How often a batch is tried as one.
  private static let sharedAttempts = 2

  /// Serves a batch: together while that works, one by one when it does not. Gives those of it that have their outcomes;
  /// the others are in line again.
  private func serve(_ batch: [Pending]) async -> [Pending] {
    var served = batch
    var left = batch
    var attempt = 0
    while !left.isEmpty {
      attempt += 1
      let isTogether = attempt <= Self.sharedAttempts
      let group = isTogether ? left : [left[0]]
      let result = await attemptOnce(group, isFirst: attempt == 1, mayWaitForLocks: isTogether)
      switch result {
      case .finished:
        left.removeFirst(group.count)
        attempt = min(attempt, Self.sharedAttempts)
      case .stale:
        desk.meters.conflicts.add()
        forget(group)
        if attempt >= desk.options.attemptLimit {
          let loser = left.removeFirst()
          desk.log.warning(
            "a write was given up: others were first each time",
            [("attempts", "\(attempt)"), ("requestIds", Self.requestIDs([loser]))])
          loser.continuation.resume(returning: .contended)
          attempt = Self.sharedAttempts
        } else {
          try? await Task.sleep(for: .milliseconds(Int.random(in: 0...(2 << min(attempt, 5)))))
        }
      case .spoilt:
        attempt = max(attempt, Self.sharedAttempts)
      case .answered(let keys):
        left = await settle(keys, in: left)
      case .tooMuch(let kept, let late):
        // Only a first attempt is weighed, and that is one at all.
        (left, served) = (kept, kept)
        attempt = 0
        desk.queue.putBack(late, held: kept)
      case .locked(let kept, let late):
        // Nothing of the batch is written yet: what is put off takes its orders along.
        (left, served) = (kept, served.filter { !Self.share(an: $0, with: late) })
        attempt -= 1
        postpone(late)
      }
    }
    return served
  }

  /// Ends the commands whose keys have an answer, or one that is being made; gives the others.
  private func settle(_ keys: [AnswerKey], in group: [Pending]) async -> [Pending] {
    var others: [Pending] = []
    for pending in group {
      guard let slot = pending.command.answer, keys.contains(slot.key) else {
        others.append(pending)
        continue
      }
      pending.continuation.resume(returning: await Self.keptOutcome(slot, store: desk.store))
    }
    // A key that nobody here asked for cannot be: but a loop must end.
    if others.count == group.count {
      for pending in others { pending.continuation.resume(returning: .broken("an unknown key is taken: \(keys)")) }
      return []
    }
    return others
  }

  /// What a key that is taken comes to.
  static func keptOutcome(_ slot: AnswerSlot, store: any OrderStore) async -> Outcome {
    do throws(StoreError) {
      guard let kept = try await store.keptAnswer(slot.key, for: slot.fingerprint) else { return .running }
      return slot.fits(kept) ? .replay(kept) : .otherBody
    } catch {
      return Outcome(error)
    }
  }

  private static func share(an pending: Pending, with others: [Pending]) -> Bool {
    guard let order = pending.command.subject.order else { return false }
    return others.contains { $0.command.subject.order == order }
  }

  private func forget(_ group: [Pending]) {
    desk.memory.forget(group.compactMap(\.command.subject.order))
    tallies = [:]
  }
}

extension Outcome {
  /// What a store that fails comes to.
  init(_ error: StoreError) {
    switch error {
    case .unavailable(let reason): self = .unavailable(reason)
    case .overloaded(let lack): self = .overloaded(lack)
    case .outcomeUnknown(let reason): self = .unknown(reason)
    case .broken(let reason): self = .broken(reason)
    }
  }
}
