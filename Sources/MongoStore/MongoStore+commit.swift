public import HubContracts
import HubRuntime

extension MongoStore {
  /// Writes all of it in one transaction, tried again while the server calls its failure transient.
  public func commit(_ writes: WriteSet) async throws(StoreError) -> CommitOutcome {
    do {
      let outcome = try await write { [options, meters, self] worker in
        try worker.commit(writes, deadlineMs: options.commitDeadlineMs, meters: meters, note: note)
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
