import Orders

/// Fields by their type: the plain form must be there, the `optional` form may be absent.
extension BSONReader {
  mutating func optionalInteger(_ key: StaticString) throws(BSONError) -> Int64? {
    guard let value = try find(key) else { return nil }
    guard let integer = value.integer else { throw .wrong("\(key)") }
    return integer
  }

  mutating func integer(_ key: StaticString) throws(BSONError) -> Int64 {
    guard let value = try optionalInteger(key) else { throw .missing("\(key)") }
    return value
  }

  mutating func int(_ key: StaticString) throws(BSONError) -> Int { Int(try integer(key)) }

  mutating func money(_ key: StaticString) throws(BSONError) -> Money { Money(units: try integer(key)) }

  mutating func quantity(_ key: StaticString) throws(BSONError) -> Quantity { Quantity(millionths: try integer(key)) }

  /// Zero where it is not there.
  mutating func optionalQuantity(_ key: StaticString) throws(BSONError) -> Quantity {
    Quantity(millionths: try optionalInteger(key) ?? 0)
  }

  mutating func bool(_ key: StaticString) throws(BSONError) -> Bool {
    guard let value = try find(key) else { throw .missing("\(key)") }
    guard value.type == .bool else { throw .wrong("\(key)") }
    return value.bytes[0] != 0
  }

  mutating func optionalDate(_ key: StaticString) throws(BSONError) -> Timestamp? {
    guard let value = try find(key) else { return nil }
    guard value.type == .date else { throw .wrong("\(key)") }
    return Timestamp(millis: Int64(littleEndian: value.bytes.loadUnaligned(as: Int64.self)))
  }

  mutating func date(_ key: StaticString) throws(BSONError) -> Timestamp {
    guard let value = try optionalDate(key) else { throw .missing("\(key)") }
    return value
  }

  mutating func optionalString(_ key: StaticString) throws(BSONError) -> Text? {
    guard let value = try find(key) else { return nil }
    guard let text = value.text else { throw .wrong("\(key)") }
    return text
  }

  mutating func string(_ key: StaticString) throws(BSONError) -> Text {
    guard let value = try optionalString(key) else { throw .missing("\(key)") }
    return value
  }

  /// A text that the hub wrote itself.
  mutating func string(_ key: StaticString) throws(BSONError) -> String { (try string(key) as Text).string }

  mutating func optionalIdentifier<Entity>(
    _ key: StaticString, _ entity: Entity.Type
  ) throws(BSONError) -> Identifier<Entity>? {
    guard let value = try find(key) else { return nil }
    guard let identifier = value.identifier(entity) else { throw .wrong("\(key)") }
    return identifier
  }

  mutating func identifier<Entity>(
    _ key: StaticString, _ entity: Entity.Type
  ) throws(BSONError) -> Identifier<Entity> {
    guard let value = try optionalIdentifier(key, entity) else { throw .missing("\(key)") }
    return value
  }

  /// The bytes of a string or of a binary value.
  mutating func octets(_ key: StaticString) throws(BSONError) -> [UInt8] {
    guard let value = try find(key) else { throw .missing("\(key)") }
    if value.type == .binary { return Array(value.bytes[5...]) }
    guard let bytes = value.textBytes else { throw .wrong("\(key)") }
    return bytes
  }

  mutating func optionalDocument(_ key: StaticString) throws(BSONError) -> BSONReader? {
    guard let value = try find(key) else { return nil }
    return try value.reader()
  }

  mutating func document(_ key: StaticString) throws(BSONError) -> BSONReader {
    guard let reader = try optionalDocument(key) else { throw .missing("\(key)") }
    return reader
  }

  /// An array of documents, each read by `body`; an absent one is empty.
  mutating func documents<Element>(
    _ key: StaticString, _ body: (inout BSONReader) throws(BSONError) -> Element
  ) throws(BSONError) -> [Element] {
    guard var array = try optionalDocument(key) else { return [] }
    var elements: [Element] = []
    while let value = try array.nextValue() {
      var reader = try value.reader()
      elements.append(try body(&reader))
    }
    return elements
  }

  mutating func tenant(_ key: StaticString) throws(BSONError) -> TenantID {
    guard let tenant = TenantID(try string(key) as Text) else { throw .wrong("\(key)") }
    return tenant
  }

  mutating func user(_ key: StaticString) throws(BSONError) -> UserID {
    guard let user = UserID(try string(key) as Text) else { throw .wrong("\(key)") }
    return user
  }

  mutating func currency(_ key: StaticString) throws(BSONError) -> Currency {
    guard let currency = try optionalCurrency(key) else { throw .wrong("\(key)") }
    return currency
  }

  mutating func optionalCurrency(_ key: StaticString) throws(BSONError) -> Currency? {
    guard let code = try optionalString(key) else { return nil }
    guard let currency = Currency(code) else { throw .wrong("\(key)") }
    return currency
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: StaticString, _ type: Word.Type
  ) throws(BSONError) -> Word {
    guard let word = Word(try string(key) as Text) else { throw .wrong("\(key)") }
    return word
  }
}

/// Fields by the domain's types.
extension BSONWriter {
  mutating func money(_ key: StaticString, _ value: Money) { int64(key, value.units) }
  mutating func quantity(_ key: StaticString, _ value: Quantity) { int64(key, value.millionths) }
  mutating func tenant(_ key: StaticString, _ value: TenantID) { string(key, value.text) }
  mutating func user(_ key: StaticString, _ value: UserID) { string(key, value.text) }
  mutating func optionalString(_ key: StaticString, _ value: Text?) { if let value { string(key, value) } }
  mutating func optionalDate(_ key: StaticString, _ value: Timestamp?) { if let value { date(key, value) } }
}
