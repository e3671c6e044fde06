import HubContracts
public import OrderDesk
public import Orders

extension DeskTimers {
  /// The timers that workflows start: each stands for an event of its order, which the order's definition names. `look`
  /// reads the definitions that were written since the last look: a process that has just begun may have read none.
  public static func ofWorkflows(
    desk: OrderDesk, user: UserID, look: @escaping @Sendable () async throws -> Void
  ) -> DeskTimers {
    DeskTimers(desk: desk, look: look) { job in
      guard let order = job.orderID, let name = ParticularName(job.name) else { return nil }
      return .timer(name, of: order, tenant: job.tenantID, by: user, requestID: "timer-\(job.id)")
    }
  }
}
