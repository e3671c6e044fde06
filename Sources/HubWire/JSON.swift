public import Orders

/// A JSON value as it was sent. Numbers stay text, so nothing is lost to binary floating point.
public indirect enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// The number's text, valid by RFC 8259's grammar.
  case number(Text)
  case string(Text)
  case array([JSON])
  /// The members in order; no name stands twice. Two spellings of one letter are two names.
  case object([Member])

  /// One member of an object.
  public struct Member: Sendable, Equatable {
    /// Its name.
    public let name: Text
    /// Its value.
    public let value: JSON
    /// Names a value.
    public init(name: Text, value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// A member of an object by name; nil for anything else.
  public subscript(name: Text) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The whole number that it is, however it is written: 7, 7.0; nil for anything else.
  public var whole: Int64? {
    guard case .number(let text) = self else { return nil }
    if let whole = Int64(text.string) { return whole }
    guard let quantity = Quantity(decimal: text.utf8), quantity.millionths % Quantity.scale == 0 else { return nil }
    return quantity.millionths / Quantity.scale
  }

  /// What it is, for a message.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// Why a text is not JSON that the hub takes. The message may be shown to the client.
public struct JSONProblem: Error, Sendable, Equatable {
  /// What is wrong.
  public let message: String
  /// Where, in bytes from the start.
  public let offset: Int
  /// Names a problem.
  public init(_ message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }
}
