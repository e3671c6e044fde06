import Glibc
import HubTestSupport
import Testing

@Suite struct SilentProxyTests {
  @Test func carriesFallsSilentAndSpeaksAgain() async throws {
    try await onThread {
      let redis = try TestServers.redis()
      let proxy = try SilentProxy(target: redis.port)
      defer { proxy.end() }
      let ping = { (client: RawClient) in
        try client.send("PING\r\n")
        return try client.line()
      }
      let client = try RawClient(port: proxy.port, timeoutSeconds: 1)
      #expect(try ping(client) == "+PONG")
      proxy.muteOpen()
      usleep(50_000)
      #expect(throws: RawClient.Failure.self) { try ping(client) }
      #expect(try ping(RawClient(port: proxy.port, timeoutSeconds: 1)) == "+PONG")
      proxy.mute()
      usleep(50_000)
      #expect(throws: RawClient.Failure.self) { try ping(RawClient(port: proxy.port, timeoutSeconds: 1)) }
      proxy.speak()
      usleep(50_000)
      #expect(try ping(RawClient(port: proxy.port, timeoutSeconds: 1)) == "+PONG")
      // What was mute is cut, not spoken late.
      #expect(throws: RawClient.Failure.self) { try ping(client) }
    }
  }
}
