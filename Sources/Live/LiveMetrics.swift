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
      connections[transport] = metrics.gauge(.liveConnections, labels: [("transport", transport.rawValue)])
    }
    self.connections = connections
    rooms = metrics.gauge(.liveRooms)
    eventsIn = metrics.counter(.liveEventsIn)
    eventsBroken = metrics.counter(.liveEventsBroken)
    eventsMissed = metrics.counter(.liveEventsMissed)
    deliveries = metrics.counter(.liveDeliveries)
    queuedBytes = metrics.gauge(.liveQueuedBytes)
    slowCloses = metrics.counter(.liveSlowCloses)
    resyncs = metrics.counter(.liveResyncs)
    emittedDropped = metrics.counter(.liveEmittedDropped)
    func recoveries(_ from: String) -> Counter {
      metrics.counter(
        .liveRecoveries,
        labels: [("from", from)])
    }
    recoveriesFromMemory = recoveries("memory")
    recoveriesFromStream = recoveries("stream")
    recoveriesMissed = recoveries("missed")
    commandsRefused = metrics.counter(.liveCommandsRefused)
    withheld = SightMeters(metrics)
    lag = metrics.histogram(.liveLagSeconds)
    var refused: [HandshakeRefusal: Counter] = [:]
    for reason in HandshakeRefusal.allCases {
      refused[reason] = metrics.counter(.liveHandshakesRefused, labels: [("reason", reason.rawValue)])
    }
    self.refused = refused
  }

  func noteRefused(_ reason: HandshakeRefusal) { refused[reason]?.add() }
}
