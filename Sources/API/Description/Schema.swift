import Orders

/// A JSON Schema as OpenAPI 3.1 has it.
///
/// Objects are closed: a member that is not named may not be there. Its words are the hub's own and need no escape.
struct Schema: Sendable {
  /// `string`, `number`, …; nil for a reference, a choice or a constant.
  private var type: String?
  private var isNullable = false
  private var words: [String] = []
  private var description: String?
  /// Further members of the schema, as JSON.
  private var keywords: [String] = []
  /// Whether it is an object of which no member must be there.
  var mayBeEmpty = false

  /// The schema as JSON.
  var json: String {
    var parts: [String] = []
    if let type { parts.append(isNullable ? #""type":["\#(type)","null"]"# : #""type":"\#(type)""#) }
    if !words.isEmpty {
      let values = words.map { "\"\($0)\"" } + (isNullable ? ["null"] : [])
      parts.append(#""enum":[\#(values.joined(separator: ","))]"#)
    }
    if let description { parts.append(#""description":"\#(description)""#) }
    return "{" + (parts + keywords).joined(separator: ",") + "}"
  }

  /// This, or null.
  var orNull: Schema {
    guard case .some = type else { return .either([self, Schema(type: "null")]) }
    var schema = self
    schema.isNullable = true
    return schema
  }

  /// This, with what it means, instead of what was said of it before.
  func meaning(_ text: String) -> Schema {
    var schema = self
    schema.description = text
    return schema
  }

  /// This, but what another describes.
  func butNot(_ other: Schema) -> Schema { with(#""not":\#(other.json)"#) }

  /// One of these words, or another that a definition gives.
  static func openWord(_ words: [Text], _ meaning: String) -> Schema {
    text.pattern("^[A-Za-z0-9_-]{1,64}$").with(
      #""examples":[\#(words.map { "\"\($0)\"" }.joined(separator: ","))]"#
    ).meaning(meaning)
  }

  /// This, where it matches a regular expression.
  func pattern(_ expression: String) -> Schema { with(#""pattern":"\#(expression)""#) }

  private func with(_ keywords: String...) -> Schema {
    var schema = self
    schema.keywords += keywords
    return schema
  }
}

// MARK: Values

extension Schema {
  static let text = Schema(type: "string")
  static let bool = Schema(type: "boolean")
  static let yes = Schema().with(#""const":true"#)
  /// A whole number.
  static let whole = Schema(type: "integer")
  /// A whole number from 0.
  static let count = whole.with(#""minimum":0"#)
  static func whole(_ range: ClosedRange<Int>) -> Schema {
    whole.with(#""minimum":\#(range.lowerBound)"#, #""maximum":\#(range.upperBound)"#)
  }

  static let amount = signedAmount.with(#""minimum":0"#)
  static let signedAmount = Schema(type: "number").meaning("exact; at most 8 decimals")
  static let quantity = signedQuantity.with(#""minimum":0"#)
  static let signedQuantity = Schema(type: "number").meaning("exact; at most 6 decimals")
  static let taxRate = Schema(type: "number").with(#""minimum":0"#, #""maximum":1"#).meaning("0.18 is 18 %")
  static let currency = text.pattern("^[A-Z]{3}$")

  static let id = text.pattern("^[0-9a-f]{24}$")
  /// An id as it may be sent.
  static let sentID = text.pattern("^[0-9a-fA-F]{24}$")
  static let time = text.with(#""format":"date-time""#)
  static let day = text.with(#""format":"date""#)
  static let timeOrDay = text.meaning("RFC 3339, or a date alone: its first moment in the business's time zone")

  /// One of some words.
  static func words(_ words: [String]) -> Schema {
    var seen: Set<Text> = []
    return Schema(type: "string", words: words.filter { seen.insert(Text($0)).inserted })
  }
  /// The words of an enumeration.
  static func words<Word: CaseIterable & RawRepresentable>(of: Word.Type) -> Schema where Word.RawValue == String {
    words(Word.allCases.map(\.rawValue))
  }
}

// MARK: What is made of others

extension Schema {
  /// A member of an object.
  struct Member {
    let name: String
    let schema: Schema
    let isRequired: Bool

    /// One that is always there.
    static func always(_ name: String, _ schema: Schema) -> Member {
      Member(name: name, schema: schema, isRequired: true)
    }
    /// One that an answer may lack.
    static func sometimes(_ name: String, _ schema: Schema) -> Member {
      Member(name: name, schema: schema, isRequired: false)
    }
    /// One that the staff are always given, and customers, sellers and kiosks never.
    static func staff(_ name: String, _ schema: Schema) -> Member {
      sometimes(name, schema.meaning("for the staff; customers are not shown it"))
    }
    /// One that the staff are always given, and who sells the order, and others never.
    static func sellers(_ name: String, _ schema: Schema) -> Member {
      sometimes(name, schema.meaning("for the staff and who sells it; others are not shown it"))
    }
    /// One that a request may leave out, or send as null.
    static func optional(_ name: String, _ schema: Schema) -> Member { sometimes(name, schema.orNull) }
  }

  /// An object with these members and no others.
  static func object(_ members: [Member]) -> Schema {
    let properties = members.map { "\"\($0.name)\":\($0.schema.json)" }.joined(separator: ",")
    let required = members.filter(\.isRequired).map { "\"\($0.name)\"" }.joined(separator: ",")
    var schema = Schema(type: "object").with(
      #""properties":{\#(properties)}"#, #""required":[\#(required)]"#, #""additionalProperties":false"#)
    schema.mayBeEmpty = !members.contains(where: \.isRequired)
    return schema
  }

  /// An object whose names are data.
  static func map(_ values: Schema) -> Schema {
    Schema(type: "object").with(#""additionalProperties":\#(values.json)"#)
  }

  /// A value of an order's particulars; a list of records is one too.
  static let particular = Schema.either([.text, .bool, Schema(type: "number"), .list(.anyObject)])

  /// An object of which nothing more is said.
  static let anyObject = Schema(type: "object").with(#""additionalProperties":true"#)

  static func list(_ elements: Schema) -> Schema { Schema(type: "array").with(#""items":\#(elements.json)"#) }
  static func list(_ elements: Schema, _ range: ClosedRange<Int>) -> Schema {
    list(elements).with(#""minItems":\#(range.lowerBound)"#, #""maxItems":\#(range.upperBound)"#)
  }

  /// Some of a query's words, each once, between commas.
  static func several(_ word: Schema) -> Schema { list(word).with(#""uniqueItems":true"#) }
  /// Some words of a name's schema.
  static func several(_ name: String) -> Schema { several(.named(name)) }

  /// Whether it is a list.
  var isList: Bool { type.map { Text($0) == "array" } ?? false }

  /// Exactly one of these.
  static func either(_ schemas: [Schema]) -> Schema {
    Schema().with(#""oneOf":[\#(schemas.map(\.json).joined(separator: ","))]"#)
  }

  /// The schema of a name.
  static func named(_ name: String) -> Schema { Schema().with(##""$ref":"#/components/schemas/\##(name)""##) }
}
