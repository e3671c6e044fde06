import HubTestSupport
import Testing

@Suite struct LiveHerdTests {
  @Test func aThousandClientsThatComeAtOnceAreAllBackInTimeAndNoneWaitsForAnAnswer() async throws {
    let hub = try await Hub.own(environment: ["LIVE_HANDSHAKES_PER_S": "5000"])
    defer { hub.end() }
    let ada = try hub.caller()
    let (port, token) = (hub.live.port, ada.token ?? "")
    let herd = Herd(1_000, port: port, token: token)
    _ = try await onThread { herd.gather(withinSeconds: Double(HangLimit.seconds)) }
    #expect([herd.countIn, herd.refusals, herd.failures.count] == [1_000, 0, 0], "\(herd.failures.prefix(5))")
    #expect(try await onThread { herd.hear("subscribed", withinSeconds: Double(HangLimit.seconds)) } == 1_000)

    hub.live.stop()
    let rate = 150
    let again = try await hub.anotherLive(port: port, environment: ["LIVE_HANDSHAKES_PER_S": "\(rate)"])
    defer { again.stop() }
    let seconds = try await onThread {
      herd.scatter()
      return herd.gather(withinSeconds: Double(HangLimit.seconds))
    }
    #expect([herd.countIn, herd.failures.count] == [1_000, 0], "\(herd.failures.prefix(5))")
    // So many at once, and then so many a second.
    let soonest = Double(1_000 - rate) / Double(rate)
    #expect(seconds > soonest * 0.9, "\(seconds) s")
    // None, only if this machine took as long to send them as the hub to take them.
    #expect(herd.refusals > 0 || seconds > 2 * soonest)
    #expect(herd.refusalsWithoutTime == 0)
    #expect(try await onThread { herd.hear("subscribed", withinSeconds: Double(HangLimit.seconds)) } == 1_000)
    _ = try await ada.place([("p1", "1")])
    #expect(try await onThread { herd.hear("order:created", withinSeconds: Double(HangLimit.seconds)) } == 1_000)
  }
}
