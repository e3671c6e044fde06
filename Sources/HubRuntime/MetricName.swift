/// Every metric of the hub's processes, by its name in Prometheus. The order is that of the page about them.
public enum MetricName: String, Sendable, CaseIterable {
  case httpRequests = "orderhub_http_requests_total"
  case httpRequestSeconds = "orderhub_http_request_seconds"
  case httpServerErrors = "orderhub_http_server_errors_total"
  case httpConnections = "orderhub_http_connections"
  case httpIdleCloses = "orderhub_http_idle_closes_total"
  case httpBodyBytes = "orderhub_http_body_bytes"
  case httpAnswerBytes = "orderhub_http_answer_bytes"
  case httpUnreadCloses = "orderhub_http_unread_closes_total"
  case apiRequests = "orderhub_api_requests_total"
  case apiRequestSeconds = "orderhub_api_request_seconds"
  case copiesHits = "orderhub_copies_hits_total"
  case copiesMisses = "orderhub_copies_misses_total"
  case copiesBytes = "orderhub_copies_bytes"
  case deskTransactions = "orderhub_desk_transactions_total"
  case deskCommands = "orderhub_desk_commands_total"
  case deskConflicts = "orderhub_desk_conflicts_total"
  case deskLockMisses = "orderhub_desk_lock_misses_total"
  case deskCommitSeconds = "orderhub_desk_commit_seconds"
  case deskPublishSeconds = "orderhub_desk_publish_seconds"
  case publishFailures = "orderhub_publish_failures_total"
  case publishCatchups = "orderhub_publish_catchups_total"
  case relayedTransactions = "orderhub_relayed_transactions_total"
  case workerRuns = "orderhub_worker_runs_total"
  case workerFailures = "orderhub_worker_failures_total"
  case moneyBeforeLeft = "orderhub_money_before_left"
  case jobs = "orderhub_jobs_total"
  case jobsWaiting = "orderhub_jobs_waiting"
  case jobsDead = "orderhub_jobs_dead"
  case jobsRunning = "orderhub_jobs_running"
  case jobsLagMs = "orderhub_jobs_lag_ms"
  case counterDrift = "orderhub_counter_drift_total"
  case storeSeconds = "orderhub_store_seconds"
  case storeQueue = "orderhub_store_queue"
  case storeAway = "orderhub_store_away"
  case storeFailures = "orderhub_store_failures_total"
  case storeCommits = "orderhub_store_commits_total"
  case storeRetries = "orderhub_store_retries_total"
  case redisUp = "orderhub_redis_up"
  case redisCommands = "orderhub_redis_commands_total"
  case redisMessages = "orderhub_redis_messages_total"
  case redisTimeouts = "orderhub_redis_timeouts_total"
  case redisReconnects = "orderhub_redis_reconnects_total"
  case emitterEvents = "orderhub_emitter_events_total"
  case emitterBroken = "orderhub_emitter_broken_total"
  case liveConnections = "orderhub_live_connections"
  case liveRooms = "orderhub_live_rooms"
  case liveEventsIn = "orderhub_live_events_in_total"
  case liveEventsBroken = "orderhub_live_events_broken_total"
  case liveEventsMissed = "orderhub_live_events_missed_total"
  case liveDeliveries = "orderhub_live_deliveries_total"
  case liveQueuedBytes = "orderhub_live_queued_bytes"
  case liveSlowCloses = "orderhub_live_slow_closes_total"
  case liveResyncs = "orderhub_live_resyncs_total"
  case liveRecoveries = "orderhub_live_recoveries_total"
  case liveEmittedDropped = "orderhub_live_emitted_dropped_total"
  case liveCommandsRefused = "orderhub_live_commands_refused_total"
  case liveHandshakesRefused = "orderhub_live_handshakes_refused_total"
  case liveLagSeconds = "orderhub_live_lag_seconds"
  case withheld = "orderhub_withheld_total"
  case logLinesLeftOut = "orderhub_log_lines_left_out_total"
  case processResidentMemoryBytes = "process_resident_memory_bytes"
  case processOpenFiles = "process_open_fds"
  case processCPUMilliseconds = "process_cpu_milliseconds"
  case processUptimeSeconds = "process_uptime_seconds"
}

extension MetricName {
  /// What a metric may be.
  public enum Kind: String, Sendable {
    /// It only grows.
    case counter
    /// It goes up and down.
    case gauge
    /// How long things take, in buckets.
    case histogram
  }

  /// What it is.
  public var kind: Kind { rule.kind }
  /// What it says, in a line; words of the hub stand between backticks.
  public var meaning: String { rule.meaning }
}
