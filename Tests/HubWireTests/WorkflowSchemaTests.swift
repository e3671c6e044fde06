import Orders
import Testing

@testable import HubWire

/// The schema of a workflow's format beside the reader of it.
@Suite struct WorkflowSchemaTests {
  private let schema: JSON

  init() throws { schema = try JSONParser.parse(WorkflowSchema.json) }

  /// An object of a definition that has a member too many, what the reader calls its place, and where it is described.
  /// What stands in the place of `*` is the object.
  private static let objects: [(document: String, place: String, part: String)] = [
    (#"{"x":1}"#, "x", ""), (#"{"states":[{"x":1}]}"#, "states[0].x", "state"),
    (#"{"rows":[{"x":1}]}"#, "rows[0].x", "row"), (#"{"timers":[{"x":1}]}"#, "timers[0].x", "timer"),
  ]

  @Test(arguments: objects.indices) func `an object has the members that the reader asks for`(index: Int) throws {
    let (document, place, part) = Self.objects[index]
    let described = part.isEmpty ? schema : try #require(schema["$defs"]?[Text(part)])
    #expect(try Self.known(document, place) == Self.names(described["properties"]).sorted())
    // Those that are missed where there is none are those that must be there.
    let missed = WorkflowDocument(try JSONParser.parse(Array(document.utf8))).problems
      .filter { $0.message == "is required" && $0.path.hasPrefix(place.dropLast(1)) }.map {
        Text($0.path.dropFirst(place.count - 1))
      }
    #expect(missed.sorted() == Self.texts(described["required"]).sorted())
  }

  @Test func `a field has the members of its type`() throws {
    let parts = Self.items(schema["$defs"]?["field"]?["oneOf"])
    #expect(parts.count == InputField.Kind.words.count)
    for (part, type) in zip(parts, InputField.Kind.words) {
      #expect(part["properties"]?["type"]?["enum"] == .array([.string(Text(type))]))
      let document = #"{"rows":[{"input":[{"type":"\#(type)","x":1}]}]}"#
      #expect(try Self.known(document, "rows[0].input[0].x") == Self.names(part["properties"]).sorted(), "\(type)")
    }
  }

  @Test func `a condition and an effect have the members of their kind`() throws {
    for (part, list) in [("condition", "conditions"), ("effect", "effects")] {
      let parts = Self.items(schema["$defs"]?[Text(part)]?["oneOf"])
      var kinds = Self.texts(parts.first?["enum"])
      for part in parts.dropFirst() {
        let names = Self.names(part["properties"])
        if kinds.last != names[0] { kinds.append(names[0]) }
        let members = names.map { #""\#($0)":"a""# }.joined(separator: ",")
        let document = #"{"rows":[{"\#(list)":[{\#(members),"x":1}]}]}"#
        #expect(try Self.known(document, "rows[0].\(list)[0].x") == names.sorted(), "\(names)")
      }
      // All kinds that the reader knows, in its order.
      let document = #"{"rows":[{"\#(list)":["nonesuch"]}]}"#
      #expect(try Self.known(document, "rows[0].\(list)[0]") == kinds)
    }
    let values = Self.items(schema["$defs"]?["effect"]?["oneOf"]).compactMap { part -> Text? in
      let names = Self.names(part["properties"])
      return names.first == "set" ? names.last : nil
    }
    #expect(values == WorkflowWords.values.map { Text($0) })
  }

  @Test func `words are those that the reader knows`() throws {
    let row = schema["$defs"]?["row"]?["properties"]
    for (document, place, words) in [
      (#"{"states":[{"phase":"x"}]}"#, "states[0].phase", schema["$defs"]?["state"]?["properties"]?["phase"]?["enum"]),
      (#"{"rows":[{"who":["x"]}]}"#, "rows[0].who[0]", row?["who"]?["items"]?["enum"]),
      (#"{"rules":"x"}"#, "rules", Self.items(schema["properties"]?["rules"]?["anyOf"]).first?["enum"]),
    ] {
      #expect(try Self.known(document, place) == Self.texts(words), "\(place)")
    }
    let types = Self.items(schema["$defs"]?["field"]?["oneOf"]).flatMap {
      Self.texts($0["properties"]?["type"]?["enum"])
    }
    #expect(try Self.known(#"{"rows":[{"input":[{"type":"x"}]}]}"#, "rows[0].input[0].type") == types)
  }

  @Test func `everything is described and every reference leads somewhere`() {
    var parts: [JSON] = [schema]
    var references: Set<Text> = []
    while let part = parts.popLast() {
      switch part {
      case .object(let members):
        if case .string(let reference)? = part["$ref"] { references.insert(reference) }
        if case .object(let properties)? = part["properties"] {
          for property in properties { #expect(property.value["description"] != nil, "\(property.name)") }
          #expect(part["additionalProperties"] == .bool(false))
        }
        parts += members.map(\.value)
      case .array(let items): parts += items
      case .null, .bool, .number, .string: break
      }
    }
    let names = Self.names(schema["$defs"])
    #expect(references.sorted() == names.map { "#/$defs/\($0)" as Text }.sorted())
  }

  @Test(arguments: [
    (#"{"name":""}"#, "name"), (#"{"states":[{"name":""}]}"#, "states[0].name"),
    (#"{"states":[{"phase":""}]}"#, "states[0].phase"), (#"{"rows":[{"event":""}]}"#, "rows[0].event"),
    (#"{"rows":[{"input":[{"name":""}]}]}"#, "rows[0].input[0].name"),
    (#"{"rows":[{"input":[{"type":""}]}]}"#, "rows[0].input[0].type"),
    (#"{"rows":[{"effects":[{"notify":""}]}]}"#, "rows[0].effects[0].notify"),
    (#"{"rows":[{"effects":[{"startTimer":""}]}]}"#, "rows[0].effects[0].startTimer"),
    (#"{"rows":[{"effects":[{"set":"a","text":null}]}]}"#, "rows[0].effects[0]"),
    (#"{"rows":[{"conditions":[{"has":""}]}]}"#, "rows[0].conditions[0].has"),
    (#"{"timers":[{"moment":""}]}"#, "timers[0].moment"),
  ]) func `nothing is dropped for being empty`(document: String, place: String) throws {
    let told = WorkflowDocument(try JSONParser.parse(Array(document.utf8))).problems.filter { $0.path == place }
    #expect(told.count == 1 && told.first?.message != "is required", "\(told)")
  }

  // MARK: Reading

  /// The list behind `known are` of what the reader says at a place.
  private static func known(_ document: String, _ place: String) throws -> [Text] {
    let problems = WorkflowDocument(try JSONParser.parse(Array(document.utf8))).problems
    let said = try #require(problems.first { $0.path == place }, "\(problems)").message
    let list = try #require(said.matches(of: #/known (?:are|is) (.+)$/#).first, "\(said)")
    return list.1.split(separator: ", ").map { Text($0) }
  }

  private static func names(_ json: JSON?) -> [Text] {
    if case .object(let members)? = json { members.map(\.name) } else { [] }
  }
  private static func items(_ json: JSON?) -> [JSON] { if case .array(let items)? = json { items } else { [] } }
  private static func texts(_ json: JSON?) -> [Text] {
    items(json).compactMap { if case .string(let text) = $0 { text } else { nil } }
  }
}
