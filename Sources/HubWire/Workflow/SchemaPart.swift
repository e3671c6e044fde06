import Orders

/// A part of a JSON Schema (2020-12). Its words are the hub's own and need no escape.
struct SchemaPart {
  /// `"type":"string"`, …
  var keywords: [String]

  /// The part as JSON.
  var json: String { "{\(keywords.joined(separator: ","))}" }

  /// This, with what it means.
  func described(_ meaning: String) -> SchemaPart { SchemaPart(keywords: keywords + [#""description":"\#(meaning)""#]) }

  /// A member of an object.
  struct Member {
    let name: String
    let part: SchemaPart
    let isRequired: Bool

    /// One that must be there.
    static func always(_ name: String, _ part: SchemaPart, _ meaning: String) -> Member {
      Member(name: name, part: part.described(meaning), isRequired: true)
    }
    /// One that may be left out, or be null.
    static func sometimes(_ name: String, _ part: SchemaPart, _ meaning: String) -> Member {
      let orNull = SchemaPart(keywords: [#""anyOf":[\#(part.json),{"type":"null"}]"#])
      return Member(name: name, part: orNull.described(meaning), isRequired: false)
    }
  }

  /// An object with these members and no others.
  static func object(_ members: [Member]) -> SchemaPart {
    let properties = members.map { "\"\($0.name)\":\($0.part.json)" }.joined(separator: ",")
    let required = members.filter(\.isRequired).map { "\"\($0.name)\"" }.joined(separator: ",")
    return SchemaPart(keywords: [
      #""type":"object""#, #""additionalProperties":false"#, #""required":[\#(required)]"#,
      #""properties":{\#(properties)}"#,
    ])
  }

  /// 1 to `limit` of these.
  static func list(_ element: SchemaPart, _ limit: Int) -> SchemaPart {
    SchemaPart(keywords: [
      #""type":"array""#, #""minItems":1"#, #""maxItems":\#(limit)"#, #""items":\#(element.json)"#,
    ])
  }

  /// One, or a list of them.
  static func some(_ word: SchemaPart) -> SchemaPart {
    SchemaPart(keywords: [#""anyOf":[\#(word.json),\#(list(word, WorkflowDefinition.stateLimit).json)]"#])
  }

  /// Exactly one of these.
  static func either(_ parts: [SchemaPart]) -> SchemaPart {
    SchemaPart(keywords: [#""oneOf":[\#(parts.map(\.json).joined(separator: ","))]"#])
  }

  /// The part of a name.
  static func ref(_ name: String) -> SchemaPart { SchemaPart(keywords: [##""$ref":"#/$defs/\##(name)""##]) }

  /// One of some words.
  static func words(_ words: [String]) -> SchemaPart {
    SchemaPart(keywords: [#""enum":[\#(words.map { "\"\($0)\"" }.joined(separator: ","))]"#])
  }

  /// 1 to 64 of `A–Z a–z 0–9 _ -`; see `Text.isWorkflowWord`.
  static let word = SchemaPart(keywords: [#""type":"string""#, #""pattern":"^[A-Za-z0-9_-]{1,64}$""#])
  /// See `ParticularName`.
  static let particular = SchemaPart(keywords: [#""type":"string""#, #""pattern":"^[A-Za-z][A-Za-z0-9_]{0,63}$""#])
  /// See `PartKind`.
  static let partKind = SchemaPart(keywords: [#""type":"string""#, #""pattern":"^[A-Za-z][A-Za-z0-9_]{0,31}$""#])
  /// `order:collected`
  static let eventType = SchemaPart(keywords: [
    #""type":"string""#, #""maxLength":64"#, #""pattern":"^[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$""#,
  ])
  static let bool = SchemaPart(keywords: [#""type":"boolean""#])
  static let yes = SchemaPart(keywords: [#""const":true"#])

  /// Of at most so many bytes, which are as many characters where they are of ASCII.
  static func text(_ limitBytes: Int) -> SchemaPart {
    SchemaPart(keywords: [#""type":"string""#, #""minLength":1"#, #""maxLength":\#(limitBytes)"#])
  }

  static func whole(_ range: ClosedRange<Int64>) -> SchemaPart {
    SchemaPart(keywords: [
      #""type":"integer""#, #""minimum":\#(range.lowerBound)"#, #""maximum":\#(range.upperBound)"#,
    ])
  }
}
