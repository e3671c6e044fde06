/// What a metric is and says.
struct MetricRule {
  let kind: MetricName.Kind
  let meaning: String

  init(_ kind: MetricName.Kind, _ meaning: String) {
    self.kind = kind
    self.meaning = meaning
  }
}

extension MetricName {
  var rule: MetricRule {
    switch self {
    case .httpRequests:
      MetricRule(
        .counter,
        "requests of the HTTP server, by `answer`: `at_hand`, `waited`, `streamed`, `refused`")
    case .httpRequestSeconds: MetricRule(.histogram, "from the whole request to its answer, for those that waited")
    case .httpServerErrors: MetricRule(.counter, "answers of 500 or more, but for 501: should not grow")
    case .httpConnections: MetricRule(.gauge, "open connections")
    case .httpIdleCloses:
      MetricRule(
        .counter,
        "idle connections closed to make room for others: if it grows, raise `HTTP_CONNECTION_LIMIT`")
    case .httpBodyBytes: MetricRule(.gauge, "bytes held by the bodies of requests under way")
    case .httpAnswerBytes: MetricRule(.gauge, "bytes held by answers of more than 16 KiB that are not read yet")
    case .httpUnreadCloses:
      MetricRule(
        .counter,
        "connections closed that did not read a large answer, to make room: if it grows, raise `ANSWERS_LIMIT_BYTES`")
    case .apiRequests:
      MetricRule(
        .counter,
        "requests of the API by `class` of status; `at_hand` never left the server's thread")
    case .apiRequestSeconds: MetricRule(.histogram, "how long requests of the API take that are not at hand")
    case .copiesHits: MetricRule(.counter, "reads answered by a copy in the process")
    case .copiesMisses: MetricRule(.counter, "reads that had to ask Redis or MongoDB")
    case .copiesBytes: MetricRule(.gauge, "bytes of copies, at most `LOCAL_CACHE_BYTES`")
    case .deskTransactions: MetricRule(.counter, "transactions that were committed")
    case .deskCommands: MetricRule(.counter, "writes in transactions: several share one under load")
    case .deskConflicts:
      MetricRule(
        .counter,
        "attempts that found something changed: grows when processes write the same orders")
    case .deskLockMisses: MetricRule(.counter, "writes that went on without a lock that another process held")
    case .deskCommitSeconds: MetricRule(.histogram, "how long a transaction takes")
    case .deskPublishSeconds: MetricRule(.histogram, "how long telling Redis takes after a transaction")
    case .publishFailures: MetricRule(.counter, "writes left to the worker: Redis was away")
    case .publishCatchups: MetricRule(.counter, "orders whose earlier events had to go out first")
    case .relayedTransactions: MetricRule(.counter, "transactions that the worker published")
    case .workerRuns:
      MetricRule(
        .counter,
        "rounds by `job`, of the worker and of looking for ended tokens (`ended-tokens`, in api and live) "
          + "and changed settings of tenants (`tenant-settings`, in api): must grow")
    case .workerFailures: MetricRule(.counter, "rounds that failed, by `job`")
    case .moneyBeforeLeft:
      MetricRule(
        .gauge,
        "what an older version wrote of money and cannot be brought up to date, by `walk`: `orders`, "
          + "`invoices`, `tallies`; should be 0")
    case .jobs:
      MetricRule(
        .counter,
        "runs of jobs by `kind` and `outcome`: `done`, `retried`, `dead`; `lost`: ended too late to be noted")
    case .jobsWaiting: MetricRule(.gauge, "jobs that wait, due or not, by `kind`; at most 100,000 are counted")
    case .jobsDead: MetricRule(.gauge, "dead letters by `kind`: should be 0")
    case .jobsRunning: MetricRule(.gauge, "jobs that a worker is doing, by `kind`")
    case .jobsLagMs:
      MetricRule(
        .gauge,
        "how long the first job that waits has been due, in milliseconds, by `kind`: if it grows, start more workers")
    case .counterDrift: MetricRule(.counter, "counters in Redis that were wrong and were repaired")
    case .storeSeconds: MetricRule(.histogram, "how long calls of MongoDB take")
    case .storeQueue: MetricRule(.gauge, "calls that wait for a thread: if it stays high, raise `MONGODB_THREADS`")
    case .storeAway: MetricRule(.gauge, "1 while MongoDB is known to be away")
    case .storeFailures: MetricRule(.counter, "commands of MongoDB that failed")
    case .storeCommits: MetricRule(.counter, "transactions by `outcome`: `unknown` means that the answer was lost")
    case .storeRetries: MetricRule(.counter, "transactions that were tried again")
    case .redisUp: MetricRule(.gauge, "whether Redis answers, by `link`")
    case .redisCommands: MetricRule(.counter, "commands sent to Redis")
    case .redisMessages: MetricRule(.counter, "messages from the bus")
    case .redisTimeouts: MetricRule(.counter, "waits for Redis that were too long, by `link`")
    case .redisReconnects: MetricRule(.counter, "connections to Redis made again, by `link`")
    case .emitterEvents: MetricRule(.counter, "events from Socket.IO's emitter")
    case .emitterBroken: MetricRule(.counter, "messages of Socket.IO's emitter that cannot be read")
    case .liveConnections: MetricRule(.gauge, "open connections, by `transport`")
    case .liveRooms: MetricRule(.gauge, "rooms with members")
    case .liveEventsIn: MetricRule(.counter, "events read from the bus")
    case .liveEventsBroken: MetricRule(.counter, "messages on the bus that are no events: must stay 0")
    case .liveEventsMissed:
      MetricRule(
        .counter,
        "times that the bus had missed a tenant's events, which were then read from its stream")
    case .liveDeliveries: MetricRule(.counter, "events handed to sockets")
    case .liveQueuedBytes: MetricRule(.gauge, "bytes that wait for clients")
    case .liveSlowCloses: MetricRule(.counter, "clients closed because they read too slowly")
    case .liveResyncs: MetricRule(.counter, "times that clients were told to load again")
    case .liveRecoveries:
      MetricRule(
        .counter,
        "clients that came back, by where their place was found (`from`); `missed`: nowhere")
    case .liveEmittedDropped: MetricRule(.counter, "events of Socket.IO's emitter that found a loop too far behind")
    case .liveCommandsRefused: MetricRule(.counter, "commands answered with an error")
    case .liveHandshakesRefused: MetricRule(.counter, "connections refused, by `reason`")
    case .liveLagSeconds: MetricRule(.histogram, "from an event's time to its being handed to the sockets")
    case .withheld:
      MetricRule(
        .counter,
        "left out of what customers were given, by `what`: `staff_only`; `unnamed_member`, `unnamed_event`: "
          + "not in the table, as from a newer process: should not grow")
    case .logLinesLeftOut: MetricRule(.counter, "lines of the log that were not written, by `why`: `alike`, `full`")
    case .processResidentMemoryBytes: MetricRule(.gauge, "memory in use, in bytes")
    case .processOpenFiles: MetricRule(.gauge, "open files and sockets")
    case .processCPUMilliseconds: MetricRule(.gauge, "processor time used, in milliseconds")
    case .processUptimeSeconds: MetricRule(.gauge, "seconds since the start")
    }
  }
}
