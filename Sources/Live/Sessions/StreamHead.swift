import HubContracts
import LiveProtocol

/// How a stream of server-sent events begins, and what stands in it beside events (WHATWG HTML, section 9.2).
enum StreamHead {
  /// The media type of a stream.
  static let contentType = "text/event-stream; charset=utf-8"
  /// Headers of each stream: nobody may keep it, nor hold it back.
  static let headers: [(name: String, value: String)] = [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]

  /// Tells a browser how long to wait before it comes again, in milliseconds.
  static func retry(ms: Int64) -> [UInt8] { Array("retry: \(ms)\n\n".utf8) }

  /// A message of our own: an object of texts.
  static func message(
    _ type: String, _ members: [(name: String, text: String)], _ offset: StreamOffset?
  ) -> [UInt8] {
    Array("\(offset.map { "id: \($0.text)\n" } ?? "")event: \(type)\ndata: ".utf8) + JSONText.object(members) + [
      0x0a, 0x0a,
    ]
  }

  /// The last message of a stream: why it ends.
  static func closing(_ code: CloseCode, _ reason: String) -> [UInt8] {
    message("hub:closing", Client.closing(code, reason), nil)
  }

  /// The whole body of a stream that is not served now: when to come again, and why. Any other status than 200 is the last
  /// word to a browser, whose `EventSource` never asks again then.
  static func later(retryMs: Int64, _ code: CloseCode, _ reason: String) -> [UInt8] {
    retry(ms: retryMs) + closing(code, reason)
  }
}
