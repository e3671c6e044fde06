import Glibc
import HubRuntime
import HubTestSupport
import Testing

/// Programs of others at the ports that a hub is to have.
@Suite struct DoctorPortTests {
  @Test func theDoctorDoesNotWaitForWhoeverSaysALittleAtATime() async throws {
    let hub = try await Hub.shared()
    let (talker, silent) = (try SlowTalker(says: "\u{e9}"), try SlowTalker(says: nil))
    defer {
      talker.end()
      silent.end()
    }
    var settings = try Hub.settingsWithPorts(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    settings["PORT"] = "\(talker.port)"
    settings["LIVE_PORT"] = "\(silent.port)"
    let run = try await CommandLineRun.orderhub(["doctor"], environment: settings)
    #expect(run.status == 1)
    #expect(run.output.contains("another program is at PORT=\(talker.port)"), "\(run)")
    #expect(run.output.contains("another program is at LIVE_PORT=\(silent.port)"), "\(run)")
  }
}

/// A program at a port of 127.0.0.1 that takes who comes, and then says a few bytes at a time for as long as anybody listens;
/// or nothing at all.
private final class SlowTalker: Sendable {
  /// Where it listens.
  let port: Int
  private let isEnding = Locked(false)
  private let thread: HubRuntime.Thread

  init(says text: String?) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let port = try freePort()
    address.sin_port = UInt16(port).bigEndian
    let isOpen = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(listener, 16) == 0
      }
    }
    guard isOpen else { throw TestServerError("no listener: errno \(errno)") }
    self.port = port
    let bytes = Array((text ?? "").utf8)
    thread = Thread.start(name: "slow-talker") { [isEnding] in
      var clients: [Int32] = []
      while !isEnding.with({ $0 }) {
        let client = accept(listener, nil, nil)
        if client >= 0 { clients.append(client) }
        clients.removeAll { client in
          let isGone = !bytes.isEmpty && send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) < 0
          if isGone { close(client) }
          return isGone
        }
        usleep(20_000)
      }
      for socket in clients + [listener] { close(socket) }
    }
  }

  /// Ends it. It blocks for a moment.
  func end() {
    isEnding.with { $0 = true }
    thread.join()
  }
}
