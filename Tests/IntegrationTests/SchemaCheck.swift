import Foundation
import HubWire
import Orders

/// Where a JSON value is not what a JSON Schema says, as far as descriptions of the hub go: a keyword that is not known
/// here is a breach itself.
struct SchemaCheck: Sendable {
  /// By name, for `$ref`.
  let schemas: JSON
  private let patterns: [Text: NSRegularExpression]

  /// Knows the schemas, and the patterns that stand anywhere in `description`.
  init(_ description: JSON) throws {
    schemas = description["components"]?["schemas"] ?? .null
    patterns = try Self.patterns(in: description).reduce(into: [:]) {
      $0[$1] = try NSRegularExpression(pattern: $1.string)
    }
  }

  private static func patterns(in json: JSON) -> Set<Text> {
    switch json {
    case .object(let members):
      members.reduce(into: []) { found, member in
        if member.name == "pattern", case .string(let pattern) = member.value { found.insert(pattern) }
        found.formUnion(patterns(in: member.value))
      }
    case .array(let items): items.reduce(into: []) { $0.formUnion(patterns(in: $1)) }
    case .null, .bool, .number, .string: []
    }
  }

  /// Each breach as `path: what was found; what is described`.
  func breaches(of value: JSON, by schema: JSON, at path: String = "$") -> [String] {
    guard case .object(let keywords) = schema else { return ["\(path): the schema is \(schema.kind)"] }
    // What is of another type is not looked at further.
    if let type = schema["type"], !Self.types(type).contains(where: { Self.isOf($0, value) }) {
      let described = Self.types(type).map(\.string).joined(separator: " or ")
      return ["\(path): \(Self.found(value)); \(described) is described"]
    }
    return keywords.flatMap { breaches(of: value, by: $0, in: schema, at: path) }
  }

  private func breaches(of value: JSON, by keyword: JSON.Member, in schema: JSON, at path: String) -> [String] {
    switch keyword.name.string {
    case "type", "description", "examples": []
    case "$ref": breaches(of: value, named: keyword.value, at: path)
    case "enum", "const":
      Self.choices(keyword).contains(value)
        ? [] : ["\(path): \(Self.found(value)); one of \(Self.list(Self.choices(keyword))) is described"]
    case "oneOf": breaches(of: value, byOneOf: Self.items(keyword.value), at: path)
    case "not":
      breaches(of: value, by: keyword.value, at: path).isEmpty
        ? ["\(path): \(Self.found(value)); that it is not so is described"] : []
    case "allOf": Self.items(keyword.value).flatMap { breaches(of: value, by: $0, at: path) }
    case "required":
      Self.strings(keyword.value).filter { value.isObject && value[$0] == nil }
        .map { "\(path).\($0): nothing was found; it is described as always there" }
    case "properties":
      Self.members(keyword.value).flatMap { member in
        value[member.name].map { breaches(of: $0, by: member.value, at: "\(path).\(member.name)") } ?? []
      }
    case "additionalProperties": breaches(ofFurtherMembers: value, by: keyword.value, in: schema, at: path)
    case "items":
      Self.items(value).enumerated().flatMap { breaches(of: $1, by: keyword.value, at: "\(path)[\($0)]") }
    case "pattern", "format": fits(value, keyword) ? [] : [Self.misfit(value, keyword, path)]
    case "minimum", "maximum", "minItems", "maxItems":
      Self.isWithin(value, keyword) ? [] : [Self.misfit(value, keyword, path)]
    default: ["\(path): the schema has \(keyword.name), which the check does not know"]
    }
  }

  private func breaches(of value: JSON, named reference: JSON, at path: String) -> [String] {
    guard case .string(let text) = reference, let name = text.split(on: UInt8(ascii: "/")).last,
      let schema = schemas[name]
    else { return ["\(path): the schema \(reference) is not described"] }
    return breaches(of: value, by: schema, at: path)
  }

  /// Of alternatives that all do not fit, the one that nearly does says why.
  private func breaches(of value: JSON, byOneOf schemas: [JSON], at path: String) -> [String] {
    let all = schemas.map { breaches(of: value, by: $0, at: path) }
    switch all.count(where: \.isEmpty) {
    case 0: return all.min { $0.count < $1.count } ?? []
    case 1: return []
    default: return ["\(path): \(Self.found(value)); it fits several of what is described"]
    }
  }

  private func breaches(ofFurtherMembers value: JSON, by schema: JSON, in whole: JSON, at path: String) -> [String] {
    let further = Self.members(value).filter { whole["properties"]?[$0.name] == nil }
    if case .bool(let isAllowed) = schema {
      return isAllowed ? [] : further.map { "\(path).\($0.name): \(Self.found($0.value)); no such member is described" }
    }
    return further.flatMap { breaches(of: $0.value, by: schema, at: "\(path).\($0.name)") }
  }

  // MARK: Of one value

  private static func isOf(_ type: Text, _ value: JSON) -> Bool {
    switch (type.string, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("number", .number), ("boolean", .bool),
      ("null", .null):
      true
    case ("integer", .number(let text)): Int64(text.string) != nil
    default: false
    }
  }

  private static let formats: [String: NSRegularExpression] = {
    let day = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    let time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
    return ["date": "^\(day)$", "date-time": "^\(day)T\(time)$"].compactMapValues {
      try? NSRegularExpression(pattern: $0)
    }
  }()

  private func fits(_ value: JSON, _ keyword: JSON.Member) -> Bool {
    guard case .string(let text) = value else { return true }
    guard case .string(let word) = keyword.value,
      let expression = keyword.name == "pattern" ? patterns[word] : Self.formats[word.string]
    else { return false }
    let range = NSRange(location: 0, length: text.string.utf16.count)
    return expression.firstMatch(in: text.string, range: range) != nil
  }

  private static func isWithin(_ value: JSON, _ keyword: JSON.Member) -> Bool {
    guard case .number(let text) = keyword.value, let limit = Double(text.string) else { return false }
    switch (keyword.name.string, value) {
    case ("minimum", .number(let text)): return Double(text.string).map { $0 >= limit } ?? false
    case ("maximum", .number(let text)): return Double(text.string).map { $0 <= limit } ?? false
    case ("minItems", .array(let items)): return Double(items.count) >= limit
    case ("maxItems", .array(let items)): return Double(items.count) <= limit
    default: return true
    }
  }

  // MARK: In words

  private static func misfit(_ value: JSON, _ keyword: JSON.Member, _ path: String) -> String {
    "\(path): \(found(value)); \(keyword.name) \(list([keyword.value])) is described"
  }

  private static func found(_ value: JSON) -> String {
    switch value {
    case .null, .array, .object: "\(value.kind) was found"
    case .bool, .number, .string: "\(list([value])) was found"
    }
  }

  private static func list(_ values: [JSON]) -> String {
    values.map { value in
      switch value {
      case .bool(let isTrue): "\(isTrue)"
      case .number(let text): text.start(40)
      case .string(let text): "\"\(text.start(80))\""
      case .null, .array, .object: value.kind
      }
    }.joined(separator: ", ")
  }

  // MARK: Parts of JSON

  private static func types(_ json: JSON) -> [Text] {
    if case .string(let type) = json { [type] } else { strings(json) }
  }
  private static func choices(_ keyword: JSON.Member) -> [JSON] {
    keyword.name == "const" ? [keyword.value] : items(keyword.value)
  }
  private static func items(_ json: JSON) -> [JSON] { if case .array(let items) = json { items } else { [] } }
  private static func strings(_ json: JSON) -> [Text] {
    items(json).compactMap { if case .string(let text) = $0 { text } else { nil } }
  }
  private static func members(_ json: JSON) -> [JSON.Member] {
    if case .object(let members) = json { members } else { [] }
  }
}

extension JSON {
  fileprivate var isObject: Bool { if case .object = self { true } else { false } }
}
