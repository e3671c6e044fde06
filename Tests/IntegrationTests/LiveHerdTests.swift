import HubTestSupport
import Testing

@Suite struct LiveHerdTests {
  @Test func aThousandClientsThatComeAtOnceAreAllBackInTimeAndNoneWaitsForAnAnswer() async throws {
    let hub = try await Hub.own(environment: ["LIVE_HANDSHAKES_PER_S": "5000"])
    defer { hub.end() }
    let ada = try hub.caller()
    let (port, token) = (hub.live.port, ada.token ?? "")
    let herd = Herd(1_000, port: port, token: token)
    _ = try await onThread { herd.gather(withinSeconds: 20) }
    #expect([herd.countIn, herd.refusals, herd.failures.count] == [1_000, 0, 0], "\(herd.failures.prefix(5))")
    #expect(try await onThread { herd.hear("subscribed", withinSeconds: 10) } == 1_000)

    hub.live.stop()
    let rate = 300
    let again = try await hub.anotherLive(port: port, environment: ["LIVE_HANDSHAKES_PER_S": "\(rate)"])
    defer { again.stop() }
    let seconds = try await onThread {
      herd.scatter()
      return herd.gather(withinSeconds: 30)
    }
    #expect([herd.countIn, herd.failures.count] == [1_000, 0], "\(herd.failures.prefix(5))")
    // 300 at once, and then 300 a second; whoever is refused comes again after two to three seconds.
    #expect((2.0...10.0).contains(seconds), "\(seconds) s")
    // How many depends on how long a busy machine takes to send them all.
    #expect(herd.refusals > 0)
    #expect(herd.refusalsWithoutTime == 0)
    #expect(try await onThread { herd.hear("subscribed", withinSeconds: 10) } == 1_000)
    _ = try await ada.place([("p1", "1")])
    #expect(try await onThread { herd.hear("order:created", withinSeconds: 10) } == 1_000)
  }
}
