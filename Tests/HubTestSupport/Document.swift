import Foundation

/// A JSON value, to be compared whole. A member or element that is not there is `.missing`.
public enum Document: Sendable, Equatable, Decodable {
  case missing, null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([Document])
  case object([String: Document])

  /// An array without elements.
  public static let empty = Document.array([])

  /// Reads a text; one that is no JSON is `.missing`.
  public init(parsing text: String) {
    self = (try? JSONDecoder().decode(Document.self, from: Data(text.utf8))) ?? .missing
  }

  /// Reads any value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([Document].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: Document].self))
    }
  }

  /// A member of an object.
  public subscript(name: String) -> Document {
    if case .object(let members) = self { members[name] ?? .missing } else { .missing }
  }

  /// An element of an array.
  public subscript(index: Int) -> Document { items.indices.contains(index) ? items[index] : .missing }

  /// The elements of an array; none of anything else.
  public var items: [Document] { if case .array(let items) = self { items } else { [] } }
  /// The members of an object; none of anything else.
  public var members: [String: Document] { if case .object(let members) = self { members } else { [:] } }
  /// A string's text; empty for anything else.
  public var text: String { if case .string(let text) = self { text } else { "" } }
  /// A number that is whole; -1 for anything else.
  public var whole: Int { if case .number(let number) = self { Int(exactly: number) ?? -1 } else { -1 } }
  /// A number; not a number for anything else.
  public var value: Double { if case .number(let number) = self { number } else { .nan } }
}

extension Document: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// As it stands in a source: a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// As it stands in a source: a whole number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// As it stands in a source: a number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// As it stands in a source: a truth.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// As it stands in a source: a object.
  public init(dictionaryLiteral elements: (String, Document)...) {
    self = .object(Dictionary(elements) { first, _ in first })
  }
  /// As it stands in a source: a null.
  public init(nilLiteral: ()) { self = .null }
}
