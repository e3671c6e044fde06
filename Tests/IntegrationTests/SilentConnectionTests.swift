import Glibc
import HubTestSupport
import Testing

/// More connections than a process may have, on which nothing is asked.
@Suite(.serialized) struct SilentConnectionTests {
  @Test func theyKeepNobodyOut() async throws {
    let hub = try await Hub.own(environment: ["HTTP_CONNECTION_LIMIT": "64", "LIVE_CONNECTION_LIMIT": "1"])
    defer { hub.end() }
    let ada = try hub.caller()
    // The live process has room for 1,000 more than live clients.
    for (process, count) in [(hub.apis[0], 300), (hub.live, 1_300), (hub.worker, 300)] {
      let silent = try await onThread { Silent(count, process.port) }
      try await onThread {
        let statuses = try ["/healthz", "/readyz", "/metrics"].map { try Hub.status(process, $0) }
        #expect(statuses == [200, 200, 200])
      }
      silent.drop()
    }
    let silent = try await onThread { Silent(300, hub.apis[0].port) }
    #expect(try await ada.get("/api/orders").status == 200)
    silent.drop()
  }

  private final class Silent: @unchecked Sendable {
    // Owner: the test, which waits for the thread that fills it.
    private var clients: [RawClient]
    init(_ count: Int, _ port: Int) { clients = (0..<count).compactMap { _ in try? RawClient(port: port) } }
    func drop() { clients = [] }
  }
}
