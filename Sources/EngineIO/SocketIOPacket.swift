public import Orders

/// The head of a Socket.IO 5 packet, and where its JSON stands: `type[n-][/namespace,][ackID]json`.
public struct SocketIOPacket: Sendable, Equatable {
  /// What a packet is for. Binary events and acks are events and acks with attachments.
  public enum Kind: Sendable, Equatable {
    /// 0: the client asks for a namespace.
    case connect
    /// 1: the client leaves a namespace.
    case disconnect
    /// 2 and 5.
    case event
    /// 3 and 6.
    case ack
    /// 4: only a server sends it.
    case connectError
  }

  /// What it is for.
  public var kind: Kind
  /// How many binary messages follow that belong to it.
  public var attachmentCount = 0
  /// The namespace, `/` for the main one.
  public var namespace: Text = "/"
  /// The number that an ack is asked for or given under; at most 2^53 − 1.
  public var ackID: Int64?
  /// Where the JSON stands in the bytes; empty if there is none.
  public var json: Range<Int>

  /// Reads a packet's head. The JSON after it is not looked at.
  public init(_ bytes: [UInt8], options: SocketIOOptions) throws(SocketIOFault) {
    guard let type = bytes.first else { throw .unknownType }
    var position = 1
    switch type {
    case 0x30: kind = .connect
    case 0x31: kind = .disconnect
    case 0x32, 0x35: kind = .event
    case 0x33, 0x36: kind = .ack
    case 0x34: kind = .connectError
    default: throw .unknownType
    }
    if type == 0x35 || type == 0x36 {
      let count = Self.number(bytes, &position, digitLimit: 3)
      guard let count, position < bytes.count, bytes[position] == 0x2d, count >= 1 else { throw .badAttachmentCount }
      guard count <= options.attachmentLimit else { throw .tooManyAttachments(limit: options.attachmentLimit) }
      attachmentCount = Int(count)
      position += 1
    }
    if position < bytes.count, bytes[position] == 0x2f {
      let end = bytes[position...].firstIndex(of: 0x2c) ?? bytes.count
      guard end - position <= options.namespaceLimitBytes,
        let name = Text(validating: bytes[position..<end])
      else { throw .badNamespace }
      namespace = name
      position = min(end + 1, bytes.count)
    }
    if position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      guard let id = Self.number(bytes, &position, digitLimit: 16), id < 1 << 53 else { throw .badAckID }
      ackID = id
    }
    json = position..<bytes.count
  }

  /// The decimal number at `position`, which moves past it; nil without a digit or with more than `digitLimit`.
  private static func number(_ bytes: [UInt8], _ position: inout Int, digitLimit: Int) -> Int64? {
    let start = position
    var value: Int64 = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      guard position - start < digitLimit else { return nil }
      value = value * 10 + Int64(bytes[position] - 0x30)
      position += 1
    }
    return position == start ? nil : value
  }
}

/// Why what came is not Socket.IO 5.
public enum SocketIOFault: Error, Sendable, Equatable {
  /// The first byte is not a digit from 0 to 6.
  case unknownType
  /// A binary packet without the number of its attachments.
  case badAttachmentCount
  /// More attachments than are taken.
  case tooManyAttachments(limit: Int)
  /// The attachments of one packet have more bytes together than are taken.
  case attachmentsTooLarge(limitBytes: Int)
  /// A namespace that is too long or not UTF-8.
  case badNamespace
  /// An ack id that no client can have meant.
  case badAckID
  /// The JSON is missing, is none, or is not what the type calls for.
  case badPayload
  /// A placeholder names an attachment that there is not.
  case badPlaceholder
  /// An event with a name that the protocol keeps for itself.
  case reservedName(Text)
  /// A binary message that no packet announced, or text where one was announced.
  case unexpectedMessage
  /// A packet that makes no sense now: for a namespace that is not joined, or joined already.
  case badState
}
