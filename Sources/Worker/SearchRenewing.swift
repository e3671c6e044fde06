public import HubContracts
public import HubRuntime

/// Has the search words of stored orders renewed, a few orders at a time, beside the hub's work.
public actor SearchRenewing {
  private let store: any SearchRenewer
  private let clock: any HubClock
  private let log: Log
  private let limit: Int
  private var isDone = false
  private var hasBegun = false

  /// How long it leaves the store to others between two steps.
  private static let pause = Duration.milliseconds(50)

  /// Looks at `limit` orders a step.
  public init(_ store: any SearchRenewer, clock: any HubClock, log: Log, limit: Int = 500) {
    self.store = store
    self.clock = clock
    self.log = log
    self.limit = limit
  }

  /// Goes on until there is nothing more to do for now, or until the task is cancelled.
  public func round() async throws {
    while !isDone, !Task.isCancelled {
      switch try await store.renewSearch(now: clock.now(), limit: limit) {
      case .underWay(let renewed):
        if renewed > 0, !hasBegun {
          hasBegun = true
          log.info("orders get new search words; until all have them, a search asks by both rules")
        }
        // Cancelled or not: the loop looks.
        try? await Task.sleep(for: Self.pause)
      case .looked(let renewed):
        log.info("orders have new search words", [("count", "\(renewed)")])
        return
      case .waits: return
      case .done:
        isDone = true
        if hasBegun { log.info("all orders have the search words of this version") }
      }
    }
  }
}
