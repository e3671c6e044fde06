import Glibc
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

/// Answers after a while with so many bytes as the path says, and counts what was not delivered.
private final class Sender: HTTPApplication {
  let gate = Gate()
  let waiting = Metrics().counter(.httpRequests)
  let lost = Metrics().counter(.httpRequests)

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { 0 }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    waiting.add()
    await gate.wait()
    let bytes = [UInt8](repeating: 0x78, count: Int(request.path.string.dropFirst()) ?? 0)
    var reply = HTTPReply(status: 200, contentType: "text/plain", body: SharedBytes(bytes))
    let lost = lost
    reply.undelivered = { lost.add() }
    return reply
  }

  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    HTTPReply(status: 500, contentType: nil, body: SharedBytes([]))
  }
}

@Suite struct UndeliveredTests {
  private func withSender(_ body: (Sender, Int) async throws -> Void) async throws {
    let sender = Sender()
    let server = try HTTPServer(
      .patient, application: sender,
      log: Log(level: .error, sink: Silence()))
    do {
      try await body(sender, server.port)
    } catch {
      sender.gate.open()
      await server.stop(withinSeconds: 1)
      throw error
    }
    await server.stop(withinSeconds: 1)
  }

  /// A request that waits, on a socket of its own.
  private func begin(_ path: String, _ port: Int, _ sender: Sender) async throws -> Int32 {
    let socket = try await onThread { () -> Int32 in
      let client = try RawClient(port: port)
      try client.request("GET", path)
      return client.release().socket
    }
    #expect(await eventually { sender.waiting.value == 1 })
    return socket
  }

  private static func reset(_ socket: Int32) {
    var hard = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
    close(socket)
  }

  @Test(arguments: [true, false]) func aClientThatLeftBeforeItsAnswerIsTold(isReset: Bool) async throws {
    try await withSender { sender, port in
      let socket = try await begin("/5", port, sender)
      if isReset { Self.reset(socket) } else { close(socket) }
      try await Task.sleep(for: .milliseconds(50))
      #expect(sender.lost.value == 0)
      sender.gate.open()
      #expect(await eventually { sender.lost.value == 1 })
      try await Task.sleep(for: .milliseconds(50))
      #expect(sender.lost.value == 1)
    }
  }

  @Test func aClientThatLeavesAmidItsAnswerIsTold() async throws {
    try await withSender { sender, port in
      // More than the buffers of both sockets hold.
      let socket = try await begin("/40000000", port, sender)
      sender.gate.open()
      let first = try await onThread { () -> Int in
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, 0)
      }
      #expect(first == 1)
      #expect(sender.lost.value == 0)
      Self.reset(socket)
      #expect(await eventually { sender.lost.value == 1 })
    }
  }

  @Test func ofAClientThatReadsItAllNothingIsTold() async throws {
    try await withSender { sender, port in
      sender.gate.open()
      let sizes = try await onThread { () -> [Int] in
        let client = try RawClient(port: port)
        return try [0, 5, 3_000_000, 7].map { size in
          try client.request("GET", "/\(size)")
          return try client.answer().body.utf8.count
        }
      }
      #expect(sizes == [0, 5, 3_000_000, 7])
      try await Task.sleep(for: .milliseconds(50))
      #expect(sender.lost.value == 0)
    }
  }
}
