/// What of a JSON value is shown to somebody who does not see all.
///
/// Closed by default: what stands where none of this names it, by its name or by its kind, is left out.
public indirect enum Showing: Sendable {
  /// A string, a number, a boolean or null. An object or an array in its place is left out.
  case value
  /// An object, or null: of its members those that are named.
  case object(Columns)
  /// An array, or null: each element as this.
  case list(Showing)
  /// An object whose names are data, or null: each member's value as this.
  case map(Showing)
  /// An event or its head: of its members those that are named, and of its `data` what its type shows. Nothing of it if its
  /// type is not in the table.
  case event(Columns)
  /// As a value to who sells the order, who needs it to send the goods; to others nothing.
  case sellersToo
  /// Nothing: it is the staff's alone.
  case staffOnly
}

/// The members of an object that a decision was made about, each with what is shown of it. Members that are not here are
/// left out.
public struct Columns: Sendable, ExpressibleByDictionaryLiteral {
  /// A member's name, which needs no escape in JSON, and what is shown of it.
  public typealias Row = (name: StaticString, showing: Showing)
  /// In the order in which they are written.
  public let rows: [Row]

  /// Names the members; no name may stand twice.
  public init(dictionaryLiteral elements: (StaticString, Showing)...) { rows = elements.map { ($0, $1) } }

  /// Where a member is decided about; `hint` is where it is likely to be. Names are compared by their bytes.
  func place(of name: UnsafeRawBufferPointer, hint: Int) -> Int? {
    if hint < rows.count, Self.equal(rows[hint].name, name) { return hint }
    return rows.firstIndex { Self.equal($0.name, name) }
  }

  private static func equal(_ text: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
    text.utf8CodeUnitCount == bytes.count
      && bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
