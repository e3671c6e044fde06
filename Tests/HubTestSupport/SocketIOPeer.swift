/// A small Socket.IO 5 client of the main namespace for tests, which keeps its place as the real ones do: the last
/// argument of each event, if that is a string. It blocks: use it in `onThread`.
public final class SocketIOPeer {
  /// An event from the server.
  public struct Event: Equatable {
    /// Its name.
    public var name: String
    /// Its arguments without the place.
    public var arguments: [Document]
    /// The place, its last argument.
    public var offset: String?
    /// Its binary arguments.
    public var attachments: [[UInt8]]
    /// The first argument.
    public var data: Document { arguments.first ?? .missing }
    /// An event of the parts given.
    public init(name: String, arguments: [Document], offset: String?, attachments: [[UInt8]] = []) {
      (self.name, self.arguments, self.offset, self.attachments) = (name, arguments, offset, attachments)
    }
  }

  /// What came.
  public enum Message: Equatable {
    case connected(sid: String, pid: String?)
    case refused(message: String, code: String)
    /// It is out of the namespace.
    case left
    case event(Event)
    case ack(id: Int, Document)
    /// For another namespace than the main one, whole.
    case other(String)
  }

  /// What it speaks over.
  public let engine: EnginePeer
  /// Its public name, and what it comes back with.
  public private(set) var sid: String?
  /// What it proves itself with when it comes back.
  public private(set) var pid: String?
  /// Its place.
  public private(set) var offset: String?
  private var nextAck = 1
  /// What came while something else was waited for.
  private var inbox: [Message] = []

  /// Speaks over an open session.
  public init(_ engine: EnginePeer) { self.engine = engine }

  // MARK: Out

  /// Asks for the main namespace with an auth object, JSON, and gives the answer.
  @discardableResult
  public func connect(auth json: String = "") throws -> Message {
    try engine.send("40" + json)
    return try first { (message: Message) in
      switch message {
      case .connected, .refused: true
      case .left, .event, .ack, .other: false
      }
    }
  }

  /// Sends an event with one argument, JSON, if given.
  public func emit(_ name: String, _ json: String? = nil) throws {
    try engine.send("42[\"\(name)\"\(json.map { ",\($0)" } ?? "")]")
  }

  /// Sends an event that asks for an ack; its id.
  @discardableResult
  public func ask(_ name: String, _ json: String? = nil) throws -> Int {
    defer { nextAck += 1 }
    try engine.send("42\(nextAck)[\"\(name)\"\(json.map { ",\($0)" } ?? "")]")
    return nextAck
  }

  /// Sends an event and gives what its ack says.
  public func request(_ name: String, _ json: String? = nil) throws -> Document {
    let wanted = try ask(name, json)
    let ack = try first { message in if case .ack(let id, _) = message { id == wanted } else { false } }
    guard case .ack(_, let answer) = ack else { return .missing }
    return answer
  }

  // MARK: In

  /// The next that came, of whatever kind.
  public func next(withinMs: Int32 = HangLimit.ms) throws -> Message {
    inbox.isEmpty ? try read(withinMs: withinMs) : inbox.removeFirst()
  }

  /// The next, which must be an event.
  public func nextEvent(withinMs: Int32 = HangLimit.ms) throws -> Event {
    let message = try next(withinMs: withinMs)
    guard case .event(let event) = message else { throw EnginePeer.Failure.malformed("\(message)") }
    return event
  }

  /// Reads past whatever comes until the session ends; how it ended.
  public func end(withinMs: Int32 = HangLimit.ms) throws -> EnginePeer.Failure {
    while true {
      do { _ = try next(withinMs: withinMs) } catch let failure as EnginePeer.Failure { return failure }
    }
  }

  /// Waits for a message, and keeps those that come before it.
  private func first(where isWanted: (Message) -> Bool) throws -> Message {
    while true {
      let message = try read(withinMs: HangLimit.ms)
      if isWanted(message) { return message }
      inbox.append(message)
    }
  }

  private func read(withinMs: Int32) throws -> Message {
    guard case .text(let text) = try engine.next(withinMs: withinMs), text.hasPrefix("4") else {
      throw EnginePeer.Failure.malformed("no message")
    }
    let packet = text.dropFirst()
    var rest = packet.dropFirst()
    var attachmentCount = 0
    if packet.first == "5" || packet.first == "6" {
      attachmentCount = Int(rest.prefix { $0 != "-" }) ?? 0
      rest = rest.drop { $0 != "-" }.dropFirst()
    }
    guard rest.first != "/" else { return .other(text) }
    let id = rest.prefix { $0.isNumber }
    let json = Document(parsing: String(rest.dropFirst(id.count)))
    var attachments: [[UInt8]] = []
    for _ in 0..<attachmentCount {
      guard case .binary(let bytes) = try engine.next(withinMs: withinMs) else {
        throw EnginePeer.Failure.malformed("an attachment of \(text) is missing")
      }
      attachments.append(bytes)
    }
    switch (packet.first, json) {
    case ("0", _): return connected(json)
    case ("1", _): return .left
    case ("2", .array(let parts)), ("5", .array(let parts)): return try event(parts, attachments)
    case ("3", .array(let parts)): return .ack(id: Int(id) ?? -1, parts.first ?? .missing)
    case ("4", _):
      return .refused(message: Self.text(json["message"]) ?? "", code: Self.text(json["data"]["code"]) ?? "")
    default: throw EnginePeer.Failure.malformed(text)
    }
  }

  private func connected(_ json: Document) -> Message {
    let sid = Self.text(json["sid"]) ?? ""
    self.sid = sid
    pid = Self.text(json["pid"])
    return .connected(sid: sid, pid: pid)
  }

  private func event(_ parts: [Document], _ attachments: [[UInt8]]) throws -> Message {
    guard let name = parts.first.flatMap(Self.text) else { throw EnginePeer.Failure.malformed("\(parts)") }
    var arguments = Array(parts.dropFirst())
    let place = arguments.last.flatMap(Self.text)
    if let place {
      arguments.removeLast()
      offset = place
    }
    return .event(Event(name: name, arguments: arguments, offset: place, attachments: attachments))
  }

  private static func text(_ value: Document) -> String? { if case .string(let text) = value { text } else { nil } }
}
