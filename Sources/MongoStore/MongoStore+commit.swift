public import HubContracts
import HubRuntime
import Orders

extension MongoStore {
  /// Writes all of it in one transaction, tried again while the server calls its failure transient.
  public func commit(_ writes: WriteSet) async throws(StoreError) -> CommitOutcome {
    do {
      let patience: Patience = writes.isLarge ? .large : .ordinary
      let deadlineMs = max(options.commitDeadlineMs, patience.operationTimeoutMs ?? 0)
      let outcome = try await write(with: patience) { [meters, self] worker in
        try worker.commit(writes, deadlineMs: deadlineMs, meters: meters, note: note)
      }
      switch outcome {
      case .committed: meters.committed.add()
      case .stale: meters.stale.add()
      case .answered: meters.answered.add()
      }
      return outcome
    } catch {
      if case .outcomeUnknown = error { meters.unknown.add() }
      throw error
    }
  }

  /// Keeps an answer that changed nothing. False if the key has one already.
  public func keep(_ answer: KeptAnswer) async throws(StoreError) -> Bool {
    var writes = WriteSet()
    writes.answers = [answer]
    return try await commit(writes) == .committed
  }
}

extension WriteSet {
  /// Whether writing it may take a server longer than ordinary calls wait.
  fileprivate var isLarge: Bool {
    let bytes =
      events.reduce(0) { $0 + $1.envelope.count } + answers.reduce(0) { $0 + $1.body.count }
      + insertedJobs.reduce(0) { $0 + $1.payload.count }
    return bytes > 4 << 20
      || changedDeliveries.count + ledger.count + insertedJobs.count + endedJobs.count > 2_000
  }
}
