import Orders

extension Particulars {
  /// As a list of `{name, <type>: value}`, so that each value says itself of what type it is.
  func write(_ key: StaticString, to writer: inout BSONWriter) {
    writer.documents(key, entries) { writer, entry in
      writer.string("name", entry.name.text)
      switch entry.value {
      case .text(let text): writer.string("text", text)
      case .whole(let number): writer.int64("whole", number)
      case .money(let money): writer.money("money", money)
      case .quantity(let quantity): writer.quantity("quantity", quantity)
      case .time(let time): writer.date("time", time)
      case .flag(let flag): writer.bool("flag", flag)
      case .identity(let id): writer.identifier("identity", id)
      case .list(let records):
        writer.documents("list", records) { writer, record in record.write("of", to: &writer) }
      }
    }
  }

  /// None where there are none.
  static func read(_ key: StaticString, _ reader: inout BSONReader) throws(BSONError) -> Particulars {
    let entries = try reader.documents(key) { entry throws(BSONError) in try Entry.read(&entry) }
    guard entries.count <= limit else { throw .wrong("particulars") }
    return Particulars(entries)
  }
}

extension Particulars.Entry {
  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> Particulars.Entry {
    guard let name = ParticularName(try reader.string("name")) else { throw .wrong("name") }
    return Particulars.Entry(name, try value(&reader))
  }

  private static func value(_ reader: inout BSONReader) throws(BSONError) -> Particular {
    if let text = try reader.optionalString("text") { return .text(text) }
    if let time = try reader.optionalDate("time") { return .time(time) }
    if let number = try reader.optionalInteger("whole") { return .whole(number) }
    if let units = try reader.optionalInteger("money") { return .money(Money(units: units)) }
    if let millionths = try reader.optionalInteger("quantity") { return .quantity(Quantity(millionths: millionths)) }
    if let id = try reader.optionalIdentifier("identity", Particulars.self) { return .identity(id) }
    if try reader.find("flag") != nil { return .flag(try reader.bool("flag")) }
    let records = try reader.documents("list") { record throws(BSONError) in try Particulars.read("of", &record) }
    guard records.count <= Particulars.limit else { throw .wrong("list") }
    return .list(records)
  }
}
