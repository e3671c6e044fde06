import HubRuntime

/// The live side's metrics, made once.
final class LiveMetrics: Sendable {
  let connections: [LiveTransport: Gauge]
  let rooms: Gauge
  let eventsIn: Counter
  let eventsBroken: Counter
  let eventsMissed: Counter
  let deliveries: Counter
  let queuedBytes: Gauge
  let slowCloses: Counter
  let resyncs: Counter
  let emittedDropped: Counter
  let recoveriesFromMemory: Counter
  let recoveriesFromStream: Counter
  let recoveriesMissed: Counter
  let commandsRefused: Counter
  let withheld: SightMeters
  let lag: Histogram
  private let refused: [HandshakeRefusal: Counter]

  init(_ metrics: Metrics) {
    var connections: [LiveTransport: Gauge] = [:]
    for transport in LiveTransport.allCases {
      connections[transport] = metrics.gauge(
        "orderhub_live_connections", "Open connections", labels: [("transport", transport.rawValue)])
    }
    self.connections = connections
    rooms = metrics.gauge("orderhub_live_rooms", "Rooms with members, counted on each loop")
    eventsIn = metrics.counter("orderhub_live_events_in_total", "Events read from the bus")
    eventsBroken = metrics.counter("orderhub_live_events_broken_total", "Messages on the bus that are no events")
    eventsMissed = metrics.counter(
      "orderhub_live_events_missed_total", "Times that the bus had missed a tenant's events, which were then read")
    deliveries = metrics.counter("orderhub_live_deliveries_total", "Events handed to connections")
    queuedBytes = metrics.gauge("orderhub_live_queued_bytes", "Bytes that wait for clients")
    slowCloses = metrics.counter("orderhub_live_slow_closes_total", "Connections closed because they read too slowly")
    resyncs = metrics.counter("orderhub_live_resyncs_total", "Times that clients were told to load again")
    emittedDropped = metrics.counter(
      "orderhub_live_emitted_dropped_total", "Events of the Socket.IO emitter that found a loop too far behind")
    func recoveries(_ from: String) -> Counter {
      metrics.counter(
        "orderhub_live_recoveries_total", "Clients that came back with a place, by where it was found",
        labels: [("from", from)])
    }
    recoveriesFromMemory = recoveries("memory")
    recoveriesFromStream = recoveries("stream")
    recoveriesMissed = recoveries("missed")
    commandsRefused = metrics.counter("orderhub_live_commands_refused_total", "Commands answered with an error")
    withheld = SightMeters(metrics)
    lag = metrics.histogram("orderhub_live_lag_seconds", "From an event's time to its being handed to the sockets")
    var refused: [HandshakeRefusal: Counter] = [:]
    for reason in HandshakeRefusal.allCases {
      refused[reason] = metrics.counter(
        "orderhub_live_handshakes_refused_total", "Handshakes refused", labels: [("reason", reason.rawValue)])
    }
    self.refused = refused
  }

  func noteRefused(_ reason: HandshakeRefusal) { refused[reason]?.add() }
}
