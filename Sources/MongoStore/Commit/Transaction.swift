import Glibc
import HubContracts
import HubRuntime
import Orders

/// How one try of a transaction ended.
enum Attempt {
  case done(CommitOutcome)
  /// Nothing is written, and trying again may help.
  case again(MongoFailure)
  /// It is over; the failure that ended it, where the server or the way to it is the reason.
  case failed(StoreError, MongoFailure?)
}

extension MongoWorker {
  /// The most tries of one transaction.
  static let tryLimit = 12
  /// The longest wait between two tries; they begin at `firstWaitMicros` and double.
  static let longestWaitMicros: UInt64 = 200_000
  static let firstWaitMicros: UInt64 = 1_000

  /// Writes all of it or nothing.
  func commit(_ writes: WriteSet, deadlineMs: Int, meters: StoreMeters, note: (MongoFailure) -> Void) throws
    -> CommitOutcome
  {
    let plan = try CommitPlan(writes, to: &writer)
    guard !plan.commands.isEmpty else { return .committed }
    let deadline = monotonicMicros() &+ UInt64(deadlineMs) * 1000
    var wait = Self.firstWaitMicros
    var tries = 0
    while true {
      tries += 1
      let attempt = plan.statementCount == 1 ? alone(plan, writes) : together(plan, writes, deadline)
      switch attempt {
      case .done(let outcome): return outcome
      case .failed(let error, let failure):
        if let failure { note(failure) }
        throw error
      case .again(let failure):
        note(failure)
        guard tries < Self.tryLimit, monotonicMicros() &+ wait < deadline else { throw failure.asStoreError }
        // Away is for the circuit to wait out: a second try is for an election that is over at once.
        if failure.isAway, tries >= 2 { throw failure.asStoreError }
        meters.retried.add()
        pause(&wait)
      }
    }
  }

  /// A single document needs no transaction: it is written whole or not at all.
  private func alone(_ plan: CommitPlan, _ writes: WriteSet) -> Attempt {
    do {
      for command in plan.commands {
        if let outcome = try judge(run(command.place, .write), command, writes) { return .done(outcome) }
      }
      return .done(.committed)
    } catch let failure as MongoFailure {
      return failure.isTransient || failure.isWriteConflict ? .again(failure) : .failed(failure.asWriteError, failure)
    } catch let error as BSONError {
      return .failed(.outcomeUnknown("an answer that cannot be read: \(error)"), nil)
    } catch {
      return .failed(.broken("\(error)"), nil)
    }
  }

  private func together(_ plan: CommitPlan, _ writes: WriteSet, _ deadline: UInt64) -> Attempt {
    do {
      try beginTransaction()
      crashPoint(.transactionBegun)
      for command in plan.commands {
        if let outcome = try send(command, writes) {
          abortTransaction()
          return .done(outcome)
        }
        if let point = command.collection.crashPoint { crashPoint(point) }
      }
    } catch let failure as MongoFailure {
      giveUpTransaction(after: failure)
      return failure.isTransient || failure.isAway || failure.isWriteConflict
        ? .again(failure) : .failed(failure.asStoreError, failure)
    } catch {
      abortTransaction()
      return .failed(.broken("\(error)"), nil)
    }
    return finish(deadline)
  }

  /// Sends one command; nil if it did what it should.
  private func send(_ command: PlannedCommand, _ writes: WriteSet) throws -> CommitOutcome? {
    do {
      return try judge(run(command.place, .write), command, writes)
    } catch let failure as MongoFailure {
      // Somebody else is writing a guarded document: what was read of it is old, or is about to be.
      if command.rule == .guarded, failure.isWriteConflict || failure.isDuplicate { return .stale }
      if command.rule == .insert, failure.isDuplicate { return .stale }
      throw failure
    }
  }

  /// Reads what became of a command's statements.
  private func judge(
    _ answer: BSONReader, _ command: PlannedCommand, _ writes: WriteSet
  ) throws -> CommitOutcome? {
    var reply = answer
    let written = try reply.integer("n")
    guard let error = try WriteError.first(of: &reply) else {
      return written == Int64(command.count) || command.rule == .removal ? nil : .stale
    }
    guard
      error.code == ServerCode.duplicateKey || (error.code == ServerCode.writeConflict && command.rule == .guarded)
    else { throw error.failure }
    guard command.rule == .answers else { return .stale }
    guard writes.answers.indices.contains(error.index) else { throw BSONError.wrong("index") }
    return .answered([writes.answers[error.index].key])
  }

  /// Asks for the commit until it is known what became of it, or the deadline passes.
  func finish(_ deadline: UInt64) -> Attempt {
    var wait = Self.firstWaitMicros
    while true {
      do {
        crashPoint(.beforeCommit)
        try commitTransaction()
        crashPoint(.afterCommit)
        return .done(.committed)
      } catch {
        if error.isTransient {
          // The server says that it did not commit and holds nothing any more.
          endSession()
          return .again(error)
        }
        let mayHaveHappened = error.isUnknownCommit || error.isAway
        guard mayHaveHappened else {
          endSession()
          return .failed(error.asStoreError, error)
        }
        guard monotonicMicros() &+ wait < deadline else {
          endSession()
          return .failed(.outcomeUnknown(error.message), error)
        }
        pause(&wait)
      }
    }
  }
}

extension MongoWorker {
  /// Waits between two tries, by chance up to half less than `micros`, and doubles them.
  func pause(_ micros: inout UInt64) {
    usleep(UInt32(UInt64.random(in: micros / 2...micros, using: &jitter)))
    micros = min(micros * 2, Self.longestWaitMicros)
  }
}

extension Collection {
  /// The place after a transaction's command on this collection; nil if no transaction of several writes it,
  /// or only one of a workflow that fault runs have no orders of.
  fileprivate var crashPoint: CrashPoint? {
    switch self {
    case .orders: .afterOrders
    case .deliveries: .afterDeliveries
    case .invoices: .afterInvoices
    case .products: .afterProducts
    case .numbers: .afterNumbers
    case .tallies: .afterTallies
    case .ledger: .afterLedger
    case .events: .afterEvents
    case .outbox: .afterOutbox
    case .answers: .afterAnswers
    case .jobs: .afterJobs
    case .users, .sessions, .migrations, .workflows, .parts, .tenants, .tenantChanges: nil
    }
  }
}
