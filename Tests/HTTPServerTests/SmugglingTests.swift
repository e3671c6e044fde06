import HTTPServer
import HubRuntime
import HubTestSupport
import Testing

/// Requests whose end a proxy and the server may see in different places: refused, and what stands behind is not read.
@Suite struct SmugglingTests {
  @Test(arguments: SmuggledRequests.heads.indices)
  func aHeadThatProxiesMayReadOtherwiseIsRefusedAndWhatFollowsIsNotRead(index: Int) async throws {
    let (name, bytes) = SmuggledRequests.heads[index]
    let second = SmuggledRequests.second
    try await expectRefusal(name, [bytes + second])
    try await expectRefusal("\(name), in two parts", [String(bytes.dropLast()), String(bytes.suffix(1)) + second])
  }

  @Test(arguments: SmuggledRequests.chunks.indices)
  func aChunkThatProxiesMayReadOtherwiseIsRefusedAndWhatFollowsIsNotRead(index: Int) async throws {
    let (name, bytes) = SmuggledRequests.chunks[index]
    try await expectRefusal(name, [SmuggledRequests.chunkedRequest(bytes) + SmuggledRequests.second])
  }

  @Test(arguments: SmuggledRequests.ends)
  func nothingIsReadBehindAChunkedBody(end: String) async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      let answers = try await onThread {
        try SmuggledRequests.answers(
          to: [SmuggledRequests.chunkedRequest(end) + SmuggledRequests.second], port: port)
      }
      #expect(answers.count == 1, "\(answers)")
      #expect(application.begun.value <= 1)
    }
  }

  @Test func nothingIsReadBehindARefusedRequestThatIsNotTheFirst() async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      let folded = "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length:\r\n \(SmuggledRequests.second.utf8.count)\r\n\r\n"
      let answers = try await onThread {
        try SmuggledRequests.answers(
          to: ["GET /hand HTTP/1.1\r\nHost: t\r\n\r\n" + folded + SmuggledRequests.second], port: port)
      }
      #expect(answers == ["200", "400"])
      #expect(application.begun.value == 0)
    }
  }

  private func expectRefusal(_ name: String, _ parts: [String]) async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      let answers = try await onThread { try SmuggledRequests.answers(to: parts, port: port) }
      #expect(answers.count == 1, "\(name): \(answers)")
      #expect(["400", "413", "501", "505"].contains(answers.first ?? "none"), "\(name): \(answers)")
      #expect(application.begun.value == 0, "\(name)")
    }
  }
}
