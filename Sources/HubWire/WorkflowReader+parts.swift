import Orders

/// How a definition speaks of an order's parts.
extension WorkflowReader {
  /// `{"addPart": kind, "status", "fields"?, "staffFields"?}`, or `movePart` in its place.
  mutating func partEffect(_ fields: inout JSONFields, _ name: Text) -> (PartKind, Status, PartFields)? {
    let kind = kind(&fields, name)
    let status = Status(rawValue: word(&fields, "status"))
    let kept = PartFields(names(&fields, "fields"), staffs: names(&fields, "staffFields"))
    return kind.map { ($0, status, kept) }
  }

  /// `{"partIs": kind, "status": one or several}`
  mutating func partCondition(_ fields: inout JSONFields) -> WorkflowCondition? {
    let kind = kind(&fields, "partIs")
    let statuses = words(&fields, "status", isRequired: true).map(Status.init(rawValue:))
    return kind.map { .partIs($0, statuses) }
  }

  private mutating func kind(_ fields: inout JSONFields, _ name: Text) -> PartKind? {
    guard let text = present(&fields, name) else { return nil }
    let kind = PartKind(text)
    if kind == nil { problems.add(fields.path(of: name), "a kind of part was expected: \(PartKind.allowed)") }
    return kind
  }

  private mutating func names(_ fields: inout JSONFields, _ name: Text) -> [ParticularName] {
    array(&fields, name, limit: InputField.limit).enumerated().compactMap { index, json in
      if case .string(let text) = json, let field = ParticularName(text) { return field }
      problems.add("\(fields.path(of: name))[\(index)]", "the name of a field of the input was expected")
      return nil
    }
  }
}
