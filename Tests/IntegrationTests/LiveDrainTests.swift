import Foundation
import Glibc
import HubTestSupport
import Testing

@Suite struct LiveDrainTests {
  @Test func aLiveProcessThatStopsSendsItsClientsElsewhereAndTheyMissNothing() async throws {
    let scene = try await LiveScene(environment: ["DRAIN_S": "2"])
    defer { scene.end() }
    let (leaving, staying) = (scene.hub.live, scene.second)
    try await scene.begin(at: [leaving.port, staying.port])
    let sockets = try await atOnce(40) { _ in try await scene.hub.socket(scene.ada) }
    leaving.signal(SIGTERM)
    let closings = Task {
      try await atOnce(sockets.count) { index in
        let code = try await onThread {
          let code = try sockets[index].client.nextClose(withinMs: 8_000).code
          shutdown(sockets[index].client.socket, Int32(SHUT_RDWR))
          return code
        }
        return (code: code, at: Date())
      }
    }
    // It says so at once, and takes nobody.
    try await eventually("it is not ready", seconds: 1) { try Hub.status(leaving, "/readyz") == 503 }
    #expect(try Hub.status(leaving, "/healthz") == 200)
    let token = scene.ada.token ?? ""
    let refused = try await onThread {
      let client = try RawClient(port: leaving.port)
      try client.request("GET", "/ws", headers: LiveSocket.handshake + ["Authorization: Bearer \(token)"])
      return try client.answer()
    }
    #expect(refused.status == 503)
    #expect(Int(refused.headers["retry-after"] ?? "") != nil)

    let closes = try await closings.value
    #expect(Set(closes.map(\.code)) == [1012])
    let times = closes.map(\.at).sorted()
    let spread = times[times.count - 1].timeIntervalSince(times[0])
    #expect((1.0...3.5).contains(spread), "\(spread) s from the first to the last")
    #expect(try await onThread { leaving.waitForExit(seconds: 15) } == 0)
    for (kind, log) in try await scene.finish() {
      #expect(log.resyncs == [], "\(kind): \(log)")
      #expect(log.recoveries >= 1, "\(kind): \(log)")
      #expect(log.repeats == 0, "\(kind): \(log)")
    }
  }
}
