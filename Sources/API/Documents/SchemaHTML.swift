import HubWire
import Orders

/// A schema as people read it. What is read is the JSON that the description has, so that both say the same.
enum SchemaHTML {
  /// The deepest that one is followed; what is deeper is called what it is.
  private static let depthLimit = 8

  /// A schema by itself: an object's members a row each, anything else a line.
  static func block(_ schema: Schema) -> String {
    let json = parsed(schema)
    guard json["properties"] != nil else { return "<p>\(line(json, depth: 0))</p>" }
    return (meaning(json).map { "<p>\($0)</p>\n" } ?? "") + members(json, depth: 0)
  }

  /// A schema in a line.
  static func line(_ schema: Schema) -> String { line(parsed(schema), depth: 0) }

  private static func parsed(_ schema: Schema) -> JSON {
    // The hub's own words; a test reads each as JSON.
    (try? JSONParser.parse(Array(schema.json.utf8))) ?? .null
  }

  private static func members(_ json: JSON, depth: Int) -> String {
    guard case .object(let properties)? = json["properties"], !properties.isEmpty else { return "<p>No members.</p>" }
    let required = Set(texts(json["required"]))
    var html = "<table><thead><tr><th>member</th><th>is</th></tr></thead><tbody>\n"
    for property in properties {
      let mark = required.contains(property.name) ? "" : " <span class=\"quiet\">may be missing</span>"
      html += """
        <tr><td><code>\(HTML.escaped(property.name.string))</code>\(mark)</td>\
        <td>\(line(property.value, depth: depth + 1))</td></tr>

        """
    }
    return html + "</tbody></table>"
  }

  private static func line(_ json: JSON, depth: Int) -> String {
    if case .string(let reference)? = json["$ref"] {
      let name = reference.split(on: UInt8(ascii: "/")).last?.string ?? ""
      return APIPage.link(name)
    }
    guard depth < depthLimit else { return "anything" }
    var parts: [String] = []
    if let choices = json["oneOf"], case .array(let schemas) = choices {
      parts.append(schemas.map { line($0, depth: depth + 1) }.joined(separator: ", or "))
    } else if let words = json["enum"] {
      parts.append(texts(words).map { "<code>\(HTML.escaped($0.string))</code>" }.joined(separator: ", "))
      if isNullable(json) { parts.append("or null") }
    } else {
      parts.append(kind(json, depth: depth))
    }
    parts += bounds(json)
    if let meaning = meaning(json) { parts.append(meaning) }
    let text = parts.filter { !$0.isEmpty }.joined(separator: "; ")
    return json["properties"] == nil ? text : text + members(json, depth: depth)
  }

  private static func kind(_ json: JSON, depth: Int) -> String {
    if json["const"] != nil { return "<code>true</code>" }
    let types: [Text] =
      if case .string(let type)? = json["type"] { [type] } else { texts(json["type"]) }
    guard let type = types.first else { return "anything" }
    let null = isNullable(json) ? " or null" : ""
    if type == "array" {
      return "list of " + (json["items"].map { line($0, depth: depth + 1) } ?? "anything") + null
    }
    if type == "object", let values = json["additionalProperties"], case .object = values {
      return "object whose members are each " + line(values, depth: depth + 1) + null
    }
    if type == "string", case .string(let format)? = json["format"] { return HTML.escaped(format.string) + null }
    return HTML.escaped(type.string) + null
  }

  private static func bounds(_ json: JSON) -> [String] {
    var bounds: [String] = []
    func number(_ name: Text) -> String? { if case .number(let text)? = json[name] { text.string } else { nil } }
    switch (number("minimum"), number("maximum")) {
    case (let least?, let most?): bounds.append("\(least) to \(most)")
    case (let least?, nil): bounds.append("\(least) or more")
    case (nil, let most?): bounds.append("at most \(most)")
    case (nil, nil): break
    }
    switch (number("minItems"), number("maxItems")) {
    case (let least?, let most?): bounds.append("\(least) to \(most) of them")
    default: break
    }
    if case .string(let pattern)? = json["pattern"] {
      bounds.append("matches <code>\(HTML.escaped(pattern.string))</code>")
    }
    let examples = texts(json["examples"])
    if !examples.isEmpty {
      bounds.append("as " + examples.map { "<code>\(HTML.escaped($0.string))</code>" }.joined(separator: ", "))
    }
    return bounds
  }

  private static func meaning(_ json: JSON) -> String? {
    if case .string(let text)? = json["description"] { HTML.escaped(text.string) } else { nil }
  }

  private static func isNullable(_ json: JSON) -> Bool { texts(json["type"]).contains("null") }

  private static func texts(_ json: JSON?) -> [Text] {
    guard case .array(let items)? = json else { return [] }
    return items.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }
}
