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
      // The proxy's thread does what it is told when it has a moment.
      let client = try RawClient(port: proxy.port, timeoutSeconds: 1)
      #expect(blockUntil { (try? ping(client)) == "+PONG" })
      proxy.muteOpen()
      #expect(blockUntil { (try? ping(client)) == nil })
      #expect(try ping(RawClient(port: proxy.port)) == "+PONG")
      proxy.mute()
      #expect(blockUntil { (try? ping(RawClient(port: proxy.port, timeoutSeconds: 1))) == nil })
      proxy.speak()
      #expect(blockUntil { (try? ping(RawClient(port: proxy.port, timeoutSeconds: 1))) == "+PONG" })
      // What was mute is cut, not spoken late.
      #expect(throws: RawClient.Failure.self) { try ping(client) }
    }
  }

  @Test func losesTheRepliesItIsToldToAndNotWhatWasAsked() async throws {
    try await onThread {
      let redis = try TestServers.redis()
      let proxy = try SilentProxy(target: redis.port)
      defer { proxy.end() }
      let key = "lost-\(UInt64.random(in: 0 ... .max))"
      let ask = { (command: String, client: RawClient) in
        try client.send("\(command) \(key)\r\n")
        return try client.line()
      }
      let client = try RawClient(port: proxy.port, timeoutSeconds: 5)
      let other = try RawClient(port: proxy.port)
      #expect(try ask("INCR", client) == ":1")
      #expect(try ask("STRLEN", other) == ":1")
      proxy.loseReplies(to: "INCR", times: 1)
      #expect(try ask("STRLEN", client) == ":1")
      #expect(throws: RawClient.Failure.self) { try ask("INCR", client) }
      // It was done, all others go on, and it is lost so often as was said.
      #expect(try ask("STRLEN", other) == ":1")
      #expect(try ask("INCR", other) == ":3")
      #expect(proxy.keepReplies() == 1)
      proxy.loseReplies(to: "INCR", times: 3)
      #expect(proxy.keepReplies() == 0)
      #expect(try ask("INCR", other) == ":4")
    }
  }

  @Test func findsAWordThatComesInTwoPieces() {
    var word = PassingWord("commit")
    let pieces = ["a com", "mit, and more", "it comm", "on", "commit"]
    let ends = pieces.map { word.ends(in: Array($0.utf8)) }
    #expect(ends == [false, true, false, false, true])
  }
}
