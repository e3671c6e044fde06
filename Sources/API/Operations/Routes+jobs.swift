import HubContracts
import Orders

extension OrderAPI {
  /// What is to be done later or elsewhere.
  static let jobRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/operations/queue", access: .roles([.admin]),
      summary: "What is to be done later or elsewhere: how much of each kind, and what waits, by kind and name",
      query: jobParameters, success: (200, "JobQueue"), handler: { try await $0.jobQueue($1) }),
    Route(
      method: .get, pattern: "/api/operations/dead-letters", access: .roles([.admin]),
      summary: "What was given up, by kind and name",
      query: jobParameters + [
        .init(
          name: "state", summary: "dead, or discarded in the last 90 days; dead if absent",
          schema: .words(JobListRequest.deadStates))
      ], success: (200, "DeadLetters"), handler: { try await $0.deadLetters($1) }),
    Route(
      method: .post, pattern: "/api/operations/dead-letters/:id/retry", access: .roles([.admin]),
      summary: "Try a dead letter again, at once", success: (200, "JobAnswer"), isKeyed: true,
      handler: { try await $0.retryDeadLetter($1) }),
    Route(
      method: .post, pattern: "/api/operations/dead-letters/:id/discard", access: .roles([.admin]),
      summary: "Put a dead letter away for good, with the reason", body: "NewDiscard", success: (200, "JobAnswer"),
      isKeyed: true, handler: { try await $0.discardDeadLetter($1) }),
  ]

  private static let jobParameters: [Route.Parameter] = [
    .init(name: "kind", summary: "Only of this kind: timer, notice, call"),
    .init(name: "name", summary: "Only of this name"),
    .init(name: "cursor", summary: "The nextCursor of the page before"),
    .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
  ]
}
