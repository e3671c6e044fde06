import Foundation
import Glibc
import HubTestSupport
import Testing

@Suite struct LiveDrainTests {
  @Test func aLiveProcessThatStopsSendsItsClientsElsewhereAndTheyMissNothing() async throws {
    let scene = try await LiveScene(environment: ["DRAIN_S": "6"])
    defer { scene.end() }
    let (leaving, staying) = (scene.hub.live, scene.second)
    try await scene.begin(at: [leaving.port, staying.port])
    let sockets = try await atOnce(40) { _ in try await scene.hub.socket(scene.ada) }
    leaving.signal(SIGTERM)
    let closings = Task {
      try await atOnce(sockets.count) { index in
        try await onThread {
          let code = try sockets[index].client.nextClose().code
          shutdown(sockets[index].client.socket, Int32(SHUT_RDWR))
          return code
        }
      }
    }
    // It says so at once, and takes nobody.
    try await eventually("it is not ready") { try Hub.status(leaving, "/readyz") == 503 }
    #expect(try Hub.status(leaving, "/healthz") == 200)
    let token = scene.ada.token ?? ""
    let refused = try await onThread {
      let client = try RawClient(port: leaving.port)
      try client.request("GET", "/ws", headers: LiveSocket.handshake + ["Authorization: Bearer \(token)"])
      return try client.answer()
    }
    #expect(refused.status == 503)
    #expect(Int(refused.headers["retry-after"] ?? "") != nil)

    #expect(Set(try await closings.value) == [1012])
    #expect(try await onThread { leaving.waitForExit() } == 0)
    for (kind, log) in try await scene.finish() {
      #expect(log.resyncs == [], "\(kind): \(log)")
      #expect(log.recoveries >= 1, "\(kind): \(log)")
      #expect(log.repeats == 0, "\(kind): \(log)")
    }
  }

  @Test func theyAreSentAwayOneByOneOverTheTimeThatIsSet() async throws {
    let hub = try await Hub.shared()
    let leaving = try await hub.anotherLive(environment: ["DRAIN_S": "1200", "SHUTDOWN_TIMEOUT_S": "1300"])
    defer { leaving.stop() }
    let token = try hub.caller().token ?? ""
    try await onThread {
      let sockets = try (0..<40).map { _ in
        try LiveSocket(port: leaving.port, headers: ["Authorization: Bearer \(token)"])
      }
      for socket in sockets { try socket.greet(subscribes: false) }
      leaving.signal(SIGTERM)
      #expect(blockUntil { sockets.contains { isReadable($0.client.socket) } })
      // One every half minute: most have all the time in the world.
      let left = sockets.filter { !isReadable($0.client.socket) }
      #expect(left.count > 20)
      for socket in left {
        socket.client.send(#"{"type":"ping"}"#)
        #expect(try socket.client.nextText() == #"{"type":"pong"}"#)
      }
    }
  }
}
