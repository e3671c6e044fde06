import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct EmitterTests {
  /// A listener that keeps what programs outside the hub sent.
  private final class EmitterListener: BusListener {
    struct Heard {
      var events: [EmittedEvent] = []
      var messages = 0
      var unflushed = 0
      var restored = 0
    }
    let heard = Locked(Heard())

    func received(_ message: UnsafeRawBufferPointer, tenant: TenantID) { heard.with { $0.messages += 1 } }
    func emitted(_ event: EmittedEvent) {
      heard.with { heard in
        heard.events.append(event)
        heard.unflushed += 1
      }
    }
    func flush() { heard.with { $0.unflushed = 0 } }
    func subscribed(_ tenant: TenantID) {}
    func lost() {}
    func restored() { heard.with { $0.restored += 1 } }
  }

  private func bus(_ bench: Bench, _ listener: any BusListener, listens: Bool = true, metrics: Metrics = Metrics())
    -> RedisBus
  {
    var options = bench.options()
    options.listensToEmitter = listens
    let bus = RedisBus(
      options, clock: StoppedClock(), ids: RandomIDs(), log: Log(level: .info, sink: bench.log), metrics: metrics)
    bus.start(listener)
    return bus
  }

  private func patterns(_ bench: Bench) throws -> Int64 { try bench.ask("PUBSUB", "NUMPAT").integer ?? -1 }

  /// Publishes bytes, as an emitter does; gives how many heard.
  @discardableResult
  private func publish(_ bench: Bench, _ channel: String, _ bytes: [UInt8]) throws -> Int64 {
    let deadline = monotonicMicros() + UInt64(HangLimit.seconds) * 1_000_000
    let socket = try RedisSocket(RedisOptions(port: bench.port), deadline: deadline)
    var pipeline = Pipeline()
    pipeline.command("PUBLISH", arguments: 3)
    pipeline.text(channel)
    pipeline.data(bytes)
    return try socket.call(pipeline, deadline: deadline)[0].integer ?? -1
  }

  @Test func tellsWhatAnEmitterPublishes() async throws {
    let bench = try Bench()
    let listener = EmitterListener()
    let metrics = Metrics()
    let bus = bus(bench, listener, metrics: metrics)
    bus.subscribe(try tenant("one"))
    try await eventually("both stand") {
      try patterns(bench) == 1 && bench.ask("PUBSUB", "NUMSUB", "orderhub:events:one").array?.last?.integer == 1
    }
    try publish(bench, "socket.io#/#", EmitterHex.bytes(EmitterHex.hello))
    try publish(bench, "orderhub:events:one", Array("x".utf8))
    try publish(bench, "socket.io#/shop#", EmitterHex.bytes(EmitterHex.note))
    try publish(bench, "socket.io#/#a#", EmitterHex.bytes(EmitterHex.file))
    try await eventually("all came") {
      listener.heard.with { $0.events.count == 3 && $0.messages == 1 && $0.unflushed == 0 }
    }
    let events = listener.heard.with { $0.events }
    #expect(events.map(\.name) == ["hello", "order:note", "file"])
    #expect(events.map(\.rooms) == [[], ["tenant:north", "b"], ["a"]])
    #expect(events[2].attachments == [[1, 2], []])
    #expect(metrics.render().contains("orderhub_emitter_events_total 3"))
    // Requests between Socket.IO servers are on other channels.
    #expect(try publish(bench, "socket.io-request#/#", Array("{}".utf8)) == 0)
    await bus.stop()
  }

  @Test func hearsNothingUnlessItIsToldTo() async throws {
    let bench = try Bench()
    let listener = EmitterListener()
    let bus = bus(bench, listener, listens: false)
    bus.subscribe(try tenant("one"))
    try await eventually("it stands") {
      try bench.ask("PUBSUB", "NUMSUB", "orderhub:events:one").array?.last?.integer == 1
    }
    #expect(try patterns(bench) == 0)
    #expect(try publish(bench, "socket.io#/#", EmitterHex.bytes(EmitterHex.hello)) == 0)
    await bus.stop()
  }

  @Test func hearsAgainAfterEachLoss() async throws {
    let bench = try Bench()
    let listener = EmitterListener()
    let bus = bus(bench, listener)
    try await eventually("it stands") { try patterns(bench) == 1 }
    for loss in 1...2 {
      _ = try bench.ask("CLIENT", "KILL", "TYPE", "pubsub")
      try await eventually("it is back") { listener.heard.with { $0.restored } == loss }
      try publish(bench, "socket.io#/#", EmitterHex.bytes(EmitterHex.hello))
      try await eventually("it came") { listener.heard.with { $0.events.count } == loss }
    }
    bench.server.stop()
    let again = Bench(server: try TestServers.redis(port: bench.port))
    try await eventually("it is back") { listener.heard.with { $0.restored } == 3 }
    try publish(again, "socket.io#/#", EmitterHex.bytes(EmitterHex.hello))
    try await eventually("it came") { listener.heard.with { $0.events.count } == 3 }
    await bus.stop()
  }

  @Test func countsWhatIsBrokenAndSaysItAtMostOnceASecond() async throws {
    let bench = try Bench()
    let listener = EmitterListener()
    let metrics = Metrics()
    let bus = bus(bench, listener, metrics: metrics)
    try await eventually("it stands") { try patterns(bench) == 1 }
    let script = "for i = 1, 5000 do redis.call('PUBLISH', 'socket.io#/#', 'nonsense') end"
    _ = try bench.ask("EVAL", script, "0")
    try publish(bench, "socket.io#/#", [UInt8](repeating: 0x91, count: 2_000_000))
    try publish(bench, "socket.io#/#", EmitterHex.bytes(EmitterHex.hello))
    try await eventually("the good one came") { listener.heard.with { $0.events.count } == 1 }
    #expect(metrics.render().contains("orderhub_emitter_broken_total 5001"))
    let said = bench.log.lines.with { lines in lines.filter { $0.contains("emitter") } }
    #expect((1...3).contains(said.count))
    #expect(said.first?.contains("reason=it is no array of three channel=socket.io#/# messages=1") == true)
    await bus.stop()
  }
}
