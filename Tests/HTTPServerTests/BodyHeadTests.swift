import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

/// Notes what it is told of bodies.
private final class BodyWatcher: HTTPApplication {
  enum Note: Equatable {
    case begins(UInt64, path: Text, type: Text?)
    case failed(UInt64, isTooLarge: Bool)
    case whole(UInt64, String)
  }
  let notes = Locked<[Note]>([])
  private let wants: Bool
  init(wants: Bool = true) { self.wants = wants }

  var wantsBodyHeads: Bool { wants }
  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { 1_000 }
  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply { Self.plain(413, "usual") }

  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict {
    notes.with { $0.append(.begins(head.bodyNumber, path: head.path, type: head.header("content-type"))) }
    return head.path == "/refused" ? .refuse(Self.plain(403, "at the head")) : .take(isKnown: true)
  }

  func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? {
    notes.with { $0.append(.failed(head.bodyNumber, isTooLarge: isTooLarge)) }
    return head.path == "/own" ? Self.plain(413, "own") : nil
  }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    let body = String(decoding: request.body, as: UTF8.self)
    notes.with { $0.append(.whole(request.bodyNumber, body)) }
    return Self.plain(200, "\(request.path) \(request.query.map(\.value)) \(request.isHead) \(body)")
  }

  private static func plain(_ status: Int, _ text: String) -> HTTPReply {
    HTTPReply(status: status, contentType: "text/plain", body: SharedBytes(Array(text.utf8)))
  }
}

@Suite struct BodyHeadTests {
  private func serve(
    _ application: BodyWatcher, _ body: @escaping @Sendable (Int) throws -> Void
  ) async throws {
    let server = try HTTPServer(
      .patient, application: application,
      log: Log(level: .error, sink: Silence()))
    let port = server.port
    do {
      try await onThread { try body(port) }
    } catch {
      await server.stop(withinSeconds: 1)
      throw error
    }
    await server.stop(withinSeconds: 1)
  }

  @Test func theHeadIsToldBeforeItsBodyAndOnceMoreWithIt() async throws {
    let application = BodyWatcher()
    try await serve(application) { port in
      let client = try RawClient(port: port)
      try client.send("POST /a?x=%41 HTTP/1.1\r\nHost: t\r\nContent-Type: text/css\r\nContent-Length: 5\r\n\r\nhe")
      #expect(blockUntil { application.notes.with { !$0.isEmpty } })
      #expect(application.notes.with { $0 } == [.begins(1, path: "/a", type: "text/css")])
      try client.send("llo")
      #expect(try client.answer().body == "/a [\"A\"] false hello")
      // A request without a body has no number; the next with one has the next.
      try client.request("HEAD", "/b")
      #expect(try client.answer(hasBody: false).status == 200)
      try client.request("POST", "/c", body: "again")
      #expect(try client.answer().body == "/c [] false again")
      #expect(
        application.notes.with { $0 } == [
          .begins(1, path: "/a", type: "text/css"), .whole(1, "hello"), .whole(0, ""),
          .begins(2, path: "/c", type: nil), .whole(2, "again"),
        ])
    }
  }

  @Test func aHeadThatIsRefusedIsNotHeardOfAgain() async throws {
    let application = BodyWatcher()
    try await serve(application) { port in
      let client = try RawClient(port: port)
      try client.request("POST", "/refused", body: "hello")
      let answer = try client.answer()
      #expect(answer.status == 403)
      #expect(answer.body == "at the head")
      #expect(application.notes.with { $0 } == [.begins(1, path: "/refused", type: nil)])
    }
    #expect(application.notes.with { $0.count } == 1)
  }

  @Test func aBodyAboveTheLimitFailsOnce() async throws {
    let application = BodyWatcher()
    try await serve(application) { port in
      for (path, answer) in [("/own", "own"), ("/other", "usual")] {
        let announced = try RawClient(port: port)
        try announced.request("POST", path, body: String(repeating: "x", count: 1_001))
        #expect(try announced.answer().body == answer)
        let chunked = try RawClient(port: port)
        try chunked.send("POST \(path) HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<3 { try chunked.send("1f4\r\n\(String(repeating: "x", count: 500))\r\n") }
        try chunked.send("0\r\n\r\n")
        #expect(try chunked.answer().body == answer)
      }
    }
    let notes = application.notes.with { $0 }
    #expect(notes.count == 8)
    for number in 1...4 { #expect(notes.contains(.failed(UInt64(number), isTooLarge: true))) }
  }

  /// Before the server has seen its head, or after.
  @Test(arguments: [false, true])
  func aClientThatLeavesIsNoticed(afterItsHead: Bool) async throws {
    let application = BodyWatcher()
    try await serve(application) { port in
      do {
        let client = try RawClient(port: port)
        try client.send("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhe")
        if afterItsHead { #expect(blockUntil { application.notes.with { $0.count } == 1 }) }
      }
      #expect(blockUntil { application.notes.with { $0.count } >= 2 })
      #expect(
        application.notes.with { $0 } == [.begins(1, path: "/a", type: nil), .failed(1, isTooLarge: false)])
    }
  }

  @Test func aProgramThatDoesNotWantThemIsToldNothing() async throws {
    let application = BodyWatcher(wants: false)
    try await serve(application) { port in
      let client = try RawClient(port: port)
      try client.request("POST", "/refused", body: "hello")
      #expect(try client.answer().body == "/refused [] false hello")
      #expect(application.notes.with { $0 } == [.whole(0, "hello")])
    }
  }
}
