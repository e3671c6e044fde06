import Glibc

/// Threads for work of a millisecond or more that only computes: reading a body of many items, writing an answer of
/// many. On Swift's own threads, of which there are as many as processors, everybody's short steps would wait behind it.
/// They are half as many as processors and give way to the others.
public enum LongWork {
  private static let pool = BlockingPool<Void>(
    name: "long", threads: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2), queueLimit: 4_000
  ) { _ in
    // Of the calling thread alone, as Linux has it. Without it the work is done all the same.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
  }

  /// Does `body` in a party's turn. Throws what it throws, or `Places.Lack` if as much waits as may.
  public static func run<Success: Sendable>(
    as party: Party, _ body: @escaping @Sendable () throws -> Success
  ) async throws -> Success {
    let outcome: Result<Success, any Error>
    do throws(PoolError) {
      outcome = try await pool.run(as: party) { _ in Result { try body() } }
    } catch {
      switch error {
      case .full(let lack): throw lack
      case .closed: preconditionFailure("these threads live as long as the process")
      }
    }
    return try outcome.get()
  }
}
