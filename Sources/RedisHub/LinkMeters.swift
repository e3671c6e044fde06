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
    up = metrics.gauge(.redisUp, labels: labels)
    traffic =
      link == "bus"
      ? metrics.counter(.redisMessages)
      : metrics.counter(.redisCommands)
    timeouts = metrics.counter(.redisTimeouts, labels: labels)
    reconnects = metrics.counter(.redisReconnects, labels: labels)
  }
}
