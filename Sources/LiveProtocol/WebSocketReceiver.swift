/// What a client's bytes came to.
public struct WebSocketInput: Sendable, Equatable {
  /// What came, in order. After `closed` or `violated` there is nothing more.
  public var events: [WebSocketEvent] = []
  /// Frames that the protocol itself answers with, to be sent now: pongs, and the close frame that ends it.
  public var replies: [UInt8] = []
  /// Nothing.
  public init() {}

  /// Whether the WebSocket goes on. If it does, `replies` are pongs and go out before whatever the messages come to: a
  /// ping may stand within a message. If not, they end with the close frame and go out last.
  public var goesOn: Bool {
    switch events.last {
    case .closed, .violated: false
    case .text, .binary, .ping, .pong, nil: true
    }
  }
}

/// One thing that came from a client.
public enum WebSocketEvent: Sendable, Equatable {
  /// A text message, whole and UTF-8.
  case text([UInt8])
  /// A binary message, whole.
  case binary([UInt8])
  /// A ping; it is answered already.
  case ping
  /// A pong.
  case pong
  /// The client closes; its code, or 1005 if it gave none.
  case closed(UInt16)
  /// The client broke the protocol; the code that it is told.
  case violated(CloseCode)
}

/// One client's half of a WebSocket: a state machine from bytes to messages. It knows no sockets and no time.
///
/// Between messages it holds no memory of its own: the parser is lent from `parsers` while a message is on its way.
public struct WebSocketReceiver {
  private var parser: FrameParser?
  /// Whether the client's half is over; further bytes are passed over.
  public private(set) var isOver = false

  /// The start of a WebSocket.
  public init() {}

  /// Takes the next bytes of the stream; a message that begins in them may have `limitBytes`, if the parsers take as many.
  public mutating func receive(
    _ bytes: UnsafeRawBufferPointer, parsers: FrameParsers, limitBytes: Int = .max
  ) -> WebSocketInput {
    guard !isOver else { return WebSocketInput() }
    guard let parser = parser ?? parsers.lend() else {
      isOver = true
      var input = WebSocketInput()
      input.events = [.violated(.internalError)]
      input.replies = ServerFrame.close(.internalError, "out of memory")
      return input
    }
    let input = parser.parse(bytes, messageLimitBytes: min(limitBytes, parsers.messageLimitBytes))
    isOver = !input.goesOn
    if isOver {
      self.parser = nil
    } else if parser.isBetweenMessages {
      parsers.takeBack(parser)
      self.parser = nil
    } else {
      self.parser = parser
    }
    return input
  }
}

/// The parsers that a loop's connections share: one is lent only while part of a message has come. For one thread.
public final class FrameParsers {
  private var idle: [FrameParser] = []
  let messageLimitBytes: Int
  private let fragmentLimit: Int
  /// How many parsers are kept for later.
  private static let idleLimit = 16

  /// Parsers for messages of at most `messageLimitBytes` in at most `fragmentLimit` frames.
  public init(messageLimitBytes: Int, fragmentLimit: Int = 1_024) {
    self.messageLimitBytes = messageLimitBytes
    self.fragmentLimit = fragmentLimit
  }

  func lend() -> FrameParser? { idle.popLast() ?? FrameParser(fragmentLimit: fragmentLimit) }

  func takeBack(_ parser: FrameParser) {
    if idle.count < Self.idleLimit { idle.append(parser) }
  }
}
