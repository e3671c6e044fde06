import Foundation
import HubTestSupport

/// A plain WebSocket to the live process. It blocks: used on a thread of its own, by one at a time.
final class LiveSocket: @unchecked Sendable {
  // Owner: the test that holds it; it is used by one call at a time.
  let client: WebSocketClient

  /// Shakes hands; throws with the answer if it is refused.
  init(port: Int, headers: [String] = [], path: String = "/ws") throws {
    let raw = try RawClient(port: port)
    try raw.request("GET", path, headers: Self.handshake + headers)
    let answer = try raw.answer()
    guard answer.status == 101 else { throw RawClient.Failure("\(answer.status) \(answer.body)") }
    let (socket, rest) = raw.release()
    client = WebSocketClient(socket: socket, leftover: rest)
  }

  static let handshake = [
    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]

  /// Reads the greeting and, if told so, joins the tenant's room.
  func greet(subscribes: Bool) throws {
    let greeting = Document(parsing: try client.nextText())
    guard greeting["type"] == "hub:ready" else { throw RawClient.Failure("greeted with \(greeting)") }
    guard subscribes else { return }
    client.send(#"{"type":"subscribe:orders"}"#)
    let joined = Document(parsing: try client.nextText())
    guard joined["type"] == "subscribed" else { throw RawClient.Failure("joined with \(joined)") }
  }

  /// The next events, so many.
  func next(_ count: Int, withinMs: Int32 = HangLimit.ms) async throws -> [Document] {
    try await onThread { [self] in
      try (0..<count).map { _ in Document(parsing: try client.nextText(withinMs: withinMs)) }
    }
  }

  /// Whether nothing comes for a while, but pings.
  func isQuiet(forMs: Int32 = 200) async throws -> Bool {
    try await onThread { [self] in
      do throws(WebSocketClient.Failure) {
        while try client.next(withinMs: forMs).opcode == 9 {}
        return false
      } catch {
        return error == .timedOut
      }
    }
  }
}
