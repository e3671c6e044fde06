/// Lets a few through at a time, in fair turns: for work that would else hold Swift's few threads, or memory, for one
/// user while others wait behind it.
public final class Turnstile: Sendable {
  private typealias Waiter = CheckedContinuation<Places.Lack?, Never>
  private let line: Locked<FairLine<Waiter>>

  /// Lets `places` through at a time; at most `queueLimit` wait. A turn is `quantum` of work, in the caller's unit.
  public init(places: Int, queueLimit: Int, quantum: Int) {
    line = Locked(FairLine(servers: places, queueLimit: queueLimit, quantum: quantum, usualWork: quantum))
  }

  /// How many wait.
  public var waiting: Int { line.with { $0.count } }

  /// Does `body` when it is `party`'s turn; `work` says afterwards how much it was. Throws `Places.Lack` if as many wait
  /// as may.
  public func pass<Success>(
    _ party: Party, work: (Success) -> Int, _ body: () async throws -> Success
  ) async throws -> Success {
    try await enter(party)
    do {
      let success = try await body()
      leave(party, work: work(success))
      return success
    } catch {
      leave(party, work: 0)
      throw error
    }
  }

  private func enter(_ party: Party) async throws(Places.Lack) {
    let lack: Places.Lack? = await withCheckedContinuation { continuation in
      let (lack, next): (Places.Lack?, [Waiter]) = line.with { line in
        // It waits in any case, perhaps for no time: so whoever came before goes before.
        let lack = line.append(continuation, of: party)
        return (lack, Self.next(&line))
      }
      if let lack { continuation.resume(returning: lack) }
      for waiter in next { waiter.resume(returning: nil) }
    }
    if let lack { throw lack }
  }

  private func leave(_ party: Party, work: Int) {
    let next = line.with { line in
      line.finish(party, work: work)
      return Self.next(&line)
    }
    for waiter in next { waiter.resume(returning: nil) }
  }

  private static func next(_ line: inout FairLine<Waiter>) -> [Waiter] {
    var next: [Waiter] = []
    while let waiter = line.next() { next.append(waiter.element) }
    return next
  }
}
