import HubContracts
import Orders

extension OpenAPISchemas {
  /// What is to be done later or elsewhere.
  static let jobs: [Row] = [
    (
      "Job",
      .object([
        .always("id", .id), .always("tenantId", .text), .always("kind", jobKind), .always("name", .text),
        .always("orderId", .id.orNull), .always("state", .named("JobState")), .always("due", .time),
        .always("attempts", .count), .always("lastError", .text.orNull), .always("createdAt", .time),
        .always("diedAt", .time.orNull),
        .always(
          "discard",
          .object([.always("reason", .text), .always("by", .text), .always("at", .time)]).orNull),
      ])
    ),
    (
      "JobQueue",
      .object([
        .always(
          "counts",
          .list(
            .object([
              .always("kind", jobKind), .always("state", .named("JobState")), .always("count", .count),
              .always("isCapped", .bool.meaning("whether there may be more than were counted")),
              .always("oldestDue", .time.orNull),
            ]))), .always("jobs", .list(.named("Job"))), .always("pagination", jobPages),
      ])
    ),
    (
      "DeadLetters",
      .object([.always("deadLetters", .list(.named("Job"))), .always("pagination", jobPages)])
    ),
    ("JobAnswer", .object([.always("success", .yes), .always("job", .named("Job"))])),
    ("JobState", .words(of: JobState.self)),
    ("NewDiscard", .object([.always("reason", .text.meaning("why, 1 to 500 characters"))])),
  ]

  private static let jobKind = Schema.text.pattern("^[a-z0-9_-]{1,40}$").meaning("timer, notice, call, or another one")
  private static let jobPages = Schema.object([.always("limit", .count), .always("nextCursor", .text.orNull)])
}
