import HubRuntime

/// What a connection to Redis counts.
struct LinkMeters: Sendable {
  /// 1 while Redis answers.
  let up: Gauge
  /// Commands sent, or messages received.
  let traffic: Counter
  /// Commands that were not answered in time.
  let timeouts: Counter
  /// Connections made after the first.
  let reconnects: Counter

  /// `link` is `cache` or `bus`.
  init(_ metrics: Metrics, link: String) {
    let labels = [("link", link)]
    up = metrics.gauge("orderhub_redis_up", "Whether Redis answers.", labels: labels)
    traffic =
      link == "bus"
      ? metrics.counter("orderhub_redis_messages_total", "Messages received from the bus.")
      : metrics.counter("orderhub_redis_commands_total", "Commands sent to Redis.")
    timeouts = metrics.counter("orderhub_redis_timeouts_total", "Waits for Redis that were too long.", labels: labels)
    reconnects = metrics.counter("orderhub_redis_reconnects_total", "Connections to Redis made again.", labels: labels)
  }
}
