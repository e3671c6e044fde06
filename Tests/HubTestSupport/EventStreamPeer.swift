/// A small reader of server-sent events for tests. It blocks, bounded in time: use it in `onThread`.
public final class EventStreamPeer {
  /// A message; a comment has nothing but itself.
  public struct Message: Equatable {
    /// Its `id` line.
    public var id: String?
    /// Its `event` line.
    public var event: String?
    /// Its `data` line.
    public var data: String?
    /// Its `retry` line.
    public var retry: String?
    /// A line that begins with a colon, without it.
    public var comment: String?
    /// A message of the parts given.
    public init(
      id: String? = nil, event: String? = nil, data: String? = nil, retry: String? = nil, comment: String? = nil
    ) {
      (self.id, self.event, self.data, self.retry, self.comment) = (id, event, data, retry, comment)
    }
  }

  /// Why it gave up.
  public enum Failure: Error, Equatable {
    /// Nothing came in time.
    case timedOut
    /// The stream is over. `rest` is what came of a message that was not finished.
    case ended(rest: [String])
    /// A line that no message has.
    case malformed(String)
  }

  /// The answer's head; its body too, if it is no stream.
  public let head: RawClient.Answer
  /// The id of the last message that had one.
  public private(set) var lastID: String?
  private let client: RawClient
  private var lines: [String] = []

  /// Asks for a stream. `query` begins with `?` if there is one; a header is a whole line.
  public init(port: Int, query: String = "", headers: [String] = []) throws {
    client = try RawClient(port: port)
    try client.request("GET", "/events\(query)", headers: headers)
    head = try client.answer()
  }

  /// The next message or comment.
  public func next(withinMs: Int32 = HangLimit.ms) throws -> Message {
    while true {
      guard client.isReadable(withinMs: withinMs) else { throw Failure.timedOut }
      guard let line = try? client.line() else { throw Failure.ended(rest: lines) }
      guard line.isEmpty else {
        lines.append(line)
        continue
      }
      defer { lines = [] }
      return try message()
    }
  }

  /// The next message that is no comment.
  public func nextEvent(withinMs: Int32 = HangLimit.ms) throws -> Message {
    while true {
      let message = try next(withinMs: withinMs)
      if message.comment == nil { return message }
    }
  }

  private func message() throws -> Message {
    var message = Message()
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { throw Failure.malformed(line) }
      let value = String(line[line.index(after: colon)...].drop { $0 == " " })
      switch line[..<colon] {
      case "": message.comment = value
      case "id":
        message.id = value
        lastID = value
      case "event": message.event = value
      case "data" where message.data == nil: message.data = value
      case "retry": message.retry = value
      default: throw Failure.malformed(line)
      }
    }
    return message
  }
}
