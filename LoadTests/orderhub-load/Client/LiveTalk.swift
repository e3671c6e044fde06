/// What a client of the live side says and hears, in the plain protocol or in Socket.IO's.
enum LiveTalk: Sendable, Equatable {
  case plain, socketIO

  /// What a text message says.
  enum Hearing: Equatable {
    /// The transport is open: say who you are.
    case opened
    /// The token is good: ask for events.
    case welcomed
    /// Events come from now on.
    case subscribed
    /// In Socket.IO: the session goes on, if it is the same that it was.
    case session(String)
    /// An order was created, which may carry a stamp of ours.
    case created
    case otherEvent
    /// The state must be loaded again.
    case resync
    case ping
    /// A refusal, with its code.
    case refused(String)
    case nothing
  }

  func hear(_ text: UnsafeRawBufferPointer) -> Hearing {
    switch self {
    case .plain:
      guard text.has("{\"type\":\"", at: 0) else { return .nothing }
      return hear(text, name: 9) { text.quoted(after: "\"code\":\"") ?? "error" }
    case .socketIO:
      if text.has("42[\"", at: 0) { return hear(text, name: 4) { text.quoted(after: "\"code\":\"") ?? "error" } }
      if text.has("40", at: 0) { return .session(text.quoted(after: "\"pid\":\"") ?? "") }
      if text.has("0{", at: 0) { return .opened }
      if text.has("44", at: 0) { return .refused(text.quoted(after: "\"message\":\"") ?? "connect error") }
      if text.has("41", at: 0) || text.has("1", at: 0) { return .refused("disconnected") }
      return text.count == 1 && text[0] == 0x32 ? .ping : .nothing
    }
  }

  private func hear(_ text: UnsafeRawBufferPointer, name: Int, code: () -> String) -> Hearing {
    if text.has("order:created\"", at: name) { return .created }
    if text.has("order:", at: name) || text.has("delivery:", at: name) || text.has("invoice:", at: name) {
      return .otherEvent
    }
    if text.has("subscribed\"", at: name) || text.has("recovered\"", at: name) { return .subscribed }
    // In the plain protocol events must be asked for; in Socket.IO they come by themselves from the greeting on.
    if text.has("hub:ready\"", at: name) { return self == .plain ? .welcomed : .subscribed }
    if text.has("resync\"", at: name) { return .resync }
    if text.has("error\"", at: name) || text.has("hub:error\"", at: name) { return .refused(code()) }
    return .nothing
  }

  /// The request target of the WebSocket.
  var path: String { self == .plain ? "/ws" : "/socket.io/?EIO=4&transport=websocket" }

  /// The messages, as texts.
  func connect(token: String, resume: (session: String, offset: String)?) -> String {
    guard let resume else { return #"40{"token":"\#(token)"}"# }
    return #"40{"token":"\#(token)","pid":"\#(resume.session)","offset":"\#(resume.offset)"}"#
  }

  /// Asks for events: from now on, or with an offset for those since then too. Nil where they come by themselves.
  func subscribe(after offset: String?) -> String? {
    guard self == .plain else { return nil }
    return offset.map { #"{"type":"recover","offset":"\#($0)"}"# } ?? #"{"type":"subscribe:orders"}"#
  }

  func ping() -> String? { self == .plain ? #"{"type":"ping"}"# : nil }
  func pong() -> String { "3" }

  /// The offset that an event ends with, from its last bytes; nil if it has none.
  func offset(tail: [UInt8]) -> String? {
    let end: [UInt8] = self == .plain ? [0x22, 0x7d] : [0x22, 0x5d]
    guard tail.suffix(2) == end[...] else { return nil }
    let body = tail.dropLast(2)
    guard let quote = body.lastIndex(of: 0x22) else { return nil }
    if self == .plain {
      let name = Array(#""offset":"#.utf8)
      guard quote >= body.startIndex + name.count, body[(quote - name.count)..<quote].elementsEqual(name) else {
        return nil
      }
    }
    return String(decoding: body[(quote + 1)...], as: UTF8.self)
  }
}
