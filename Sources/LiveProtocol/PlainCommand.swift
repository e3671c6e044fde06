public import Orders

/// What a client of the plain WebSocket asks for.
public enum PlainCommand: Sendable, Equatable {
  /// `{"type":"subscribe:orders","tenantId"?}`
  case subscribeOrders(tenant: Text?)
  /// `{"type":"unsubscribe:orders","tenantId"?}`
  case unsubscribeOrders(tenant: Text?)
  /// `{"type":"subscribe:order","orderId","offset"?}`
  case subscribeOrder(Text, offset: Text?)
  /// `{"type":"unsubscribe:order","orderId"}`
  case unsubscribeOrder(Text)
  /// `{"type":"recover","offset"}`
  case recover(offset: Text?)
  /// `{"type":"auth","token"}`
  case auth(token: Text)
  /// `{"type":"ping"}`
  case ping

  /// How deep a command may nest.
  public static let depthLimit = 4
  /// How many members a command may have; those it does not know are passed over.
  public static let memberLimit = 16

  /// Reads a command from the bytes of a text message.
  public static func read(_ message: [UInt8]) throws(CommandFault) -> PlainCommand {
    let members = try strings(message)
    func text(_ name: Text) throws(CommandFault) -> Text? {
      guard let member = members.first(where: { $0.name == name }) else { return nil }
      guard let text = member.text else { throw .json(.wrongMember(name.string)) }
      return text
    }
    func needed(_ name: Text) throws(CommandFault) -> Text {
      guard let text = try text(name) else { throw .json(.wrongMember(name.string)) }
      return text
    }
    switch try needed("type") {
    case "subscribe:orders": return .subscribeOrders(tenant: try text("tenantId"))
    case "unsubscribe:orders": return .unsubscribeOrders(tenant: try text("tenantId"))
    case "subscribe:order": return .subscribeOrder(try needed("orderId"), offset: try text("offset"))
    case "unsubscribe:order": return .unsubscribeOrder(try needed("orderId"))
    case "recover": return .recover(offset: try text("offset"))
    case "ping": return .ping
    case "auth": return .auth(token: try needed("token"))
    case let type: throw .unknownType(type.start(64))
    }
  }

  /// The object's members; the text is nil where the value is not a string.
  private static func strings(_ message: [UInt8]) throws(CommandFault) -> [(name: Text, text: Text?)] {
    let result: Result<[(name: Text, text: Text?)], CommandFault> = message.withUnsafeBytes { bytes in
      func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
      var members: [(name: Text, text: Text?)] = []
      var scanner = JSONScanner(bytes)
      do throws(CommandFault) {
        try scanner.members(limit: memberLimit, depthLimit: depthLimit, CommandFault.json) {
          (name, value) throws(CommandFault) in
          guard let name = JSONText.decode(part(name)) else { throw .json(.malformed(at: name.lowerBound)) }
          if members.contains(where: { $0.name == name }) { throw .json(.duplicateName) }
          guard bytes[value.lowerBound] == 0x22 else { return members.append((name, nil)) }
          guard let text = JSONText.decode(part(value)) else { throw .json(.malformed(at: value.lowerBound)) }
          members.append((name, text))
        }
        return .success(members)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

/// Why a message is not a command.
public enum CommandFault: Error, Sendable, Equatable {
  /// It is not the JSON that a command is.
  case json(JSONFault)
  /// There is no such command; at most 64 bytes of its name.
  case unknownType(String)

  /// What to tell the client.
  public var explanation: String {
    switch self {
    case .unknownType(let type):
      """
      \(type) is not a command; subscribe:orders, unsubscribe:orders, subscribe:order, unsubscribe:order, recover, auth \
      and ping are
      """
    case .json(.malformed(let at)): "not JSON at byte \(at)"
    case .json(.notAnObject): "a command is a JSON object"
    case .json(.tooDeep): "nested more than \(PlainCommand.depthLimit) deep"
    case .json(.duplicateName): "a name stands twice"
    case .json(.tooManyMembers): "more than \(PlainCommand.memberLimit) members"
    case .json(.wrongMember(let name)): "\(name) is missing or not a string"
    }
  }
}
