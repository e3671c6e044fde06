import Orders

extension JSONWriter {
  /// A value as it was parsed; at most as deep as the parser lets in.
  public mutating func value(_ json: JSON) {
    switch json {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .number(let text): raw(text.utf8)
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        name(text: member.name)
        value(member.value)
      }
      endObject()
    }
  }
}

extension JSON {
  /// The value as JSON text.
  public var encoded: [UInt8] {
    var writer = JSONWriter(capacity: 1_024)
    writer.value(self)
    return writer.bytes
  }
}
