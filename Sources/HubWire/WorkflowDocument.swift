public import Orders

/// A workflow's definition as somebody wrote it in JSON: what it says, and everything that is wrong with it.
public struct WorkflowDocument: Sendable {
  /// What it says; meaningless where `problems` are.
  public let definition: WorkflowDefinition
  /// Everything that is wrong, with its place in the document: `rows[3].effects[0]`.
  public let problems: [FieldProblem]

  /// The most bytes of a definition.
  public static let limitBytes = 65_536

  /// Reads a definition; see `WorkflowDefinition.write(to:)` for its shape.
  public init(_ json: JSON) {
    var reader = WorkflowReader()
    let (definition, rows) = reader.definition(json)
    self.definition = definition
    let wrong = reader.problems.list
    guard wrong.isEmpty else {
      problems = wrong
      return
    }
    problems = definition.defects.map {
      FieldProblem(path: Self.place($0.place, rows), message: $0.defect.description)
    }
  }

  /// A row with several states it begins in is several rows: the place of one of these in the document.
  private static func place(_ place: String, _ rows: [Int]) -> String {
    let text = Text(place)
    guard text.hasPrefix("rows["), let end = text.utf8.firstIndex(of: UInt8(ascii: "]")),
      let row = Int(Substring(text.utf8[text.utf8.index(text.utf8.startIndex, offsetBy: 5)..<end])),
      rows.indices.contains(row)
    else { return place }
    return "rows[\(rows[row])" + String(Substring(text.utf8[end...]))
  }
}

/// Reads the parts of a definition, and gathers what is wrong.
struct WorkflowReader {
  var problems = FieldProblems()

  mutating func definition(_ json: JSON) -> (WorkflowDefinition, rows: [Int]) {
    var fields = JSONFields(json, problems: &problems)
    let name = WorkflowName(rawValue: Text(word(&fields, "name")))
    let rules = fields.exactString("rules", &problems)
    if let rules, !WorkflowDefinition.ruleNames.contains(rules) {
      let known = WorkflowDefinition.ruleNames.map(\.string).joined(separator: ", ")
      problems.add("rules", "\(rules.start(64)) is not known; known is \(known)")
    }
    let states = fields.requiredArray("states", limit: WorkflowDefinition.stateLimit, &problems).enumerated().map {
      state($1, "states[\($0)]")
    }
    var rows: [WorkflowRow] = []
    var origins: [Int] = []
    for (index, json) in fields.requiredArray("rows", limit: WorkflowDefinition.rowLimit, &problems).enumerated() {
      let read = self.rows(json, "rows[\(index)]")
      guard rows.count + read.count <= WorkflowDefinition.rowLimit else {
        problems.add("rows", "more than \(WorkflowDefinition.rowLimit) rows, one for each state that it begins in")
        break
      }
      rows += read
      origins += read.map { _ in index }
    }
    let timers = array(&fields, "timers", limit: WorkflowDefinition.timerLimit).enumerated().compactMap {
      timer($1, "timers[\($0)]")
    }
    fields.finish(&problems)
    return (WorkflowDefinition(name: name, states: states, rows: rows, timers: timers, rules: rules), origins)
  }

  private mutating func state(_ json: JSON, _ path: String) -> WorkflowState {
    var fields = JSONFields(json, path: path, problems: &problems)
    let name = word(&fields, "name")
    let phase = choice(&fields, "phase", Phase.allCases.map(\.rawValue)).flatMap(Phase.init(rawValue:))
    let isFinal = fields.bool("final", &problems) ?? false
    fields.finish(&problems)
    return WorkflowState(Status(rawValue: name), phase ?? .open, isTerminal: isFinal)
  }

  private mutating func timer(_ json: JSON, _ path: String) -> WorkflowTimer? {
    var fields = JSONFields(json, path: path, problems: &problems)
    let name = particular(&fields, "name")
    let event = word(&fields, "event")
    let seconds = whole(&fields, "afterSeconds", 1...WorkflowTimer.limitSeconds)
    let moment = particular(&fields, "moment")
    fields.finish(&problems)
    guard let name, let seconds, let moment else { return nil }
    return WorkflowTimer(name, event: WorkflowEvent(rawValue: event), afterSeconds: seconds, moment: moment)
  }

  // MARK: Rows

  private mutating func rows(_ json: JSON, _ path: String) -> [WorkflowRow] {
    var fields = JSONFields(json, path: path, problems: &problems)
    let event = WorkflowEvent(rawValue: word(&fields, "event"))
    let label = text(&fields, "label", limit: WorkflowWords.labelLimit)
    let from = words(&fields, "from", isRequired: false).map(Status.init(rawValue:))
    let targets = words(&fields, "to", isRequired: true).map(Status.init(rawValue:))
    let (roles, relations) = who(&fields)
    let input = array(&fields, "input", limit: InputField.limit).enumerated().compactMap {
      field($1, "\(path).input[\($0)]")
    }
    let conditions = array(&fields, "conditions", limit: InputField.limit).enumerated().compactMap {
      condition($1, "\(path).conditions[\($0)]")
    }
    let effects = array(&fields, "effects", limit: InputField.limit).enumerated().compactMap {
      effect($1, "\(path).effects[\($0)]")
    }
    let announces = array(&fields, "announces", limit: InputField.limit).enumerated().compactMap {
      announced($1, "\(path).announces[\($0)]")
    }
    fields.finish(&problems)
    let begins: [Status?] = from.isEmpty ? [nil] : from
    return begins.map {
      WorkflowRow(
        event, from: $0, to: targets, roles: roles, relations: relations, label: label, input: input,
        conditions: conditions, effects: effects, announces: announces)
    }
  }

  private mutating func who(_ fields: inout JSONFields) -> ([Role], [Relation]) {
    var roles: [Role] = []
    var relations: [Relation] = []
    let path = fields.path(of: "who")
    for (index, json) in fields.requiredArray("who", limit: WorkflowWords.whoLimit, &problems).enumerated() {
      guard case .string(let word) = json else {
        problems.add("\(path)[\(index)]", "a string was expected, not \(json.kind)")
        continue
      }
      if word == "staff" {
        roles += Role.staffWord.filter { !roles.contains($0) }
      } else if let role = Role.allCases.first(where: { Text($0.rawValue) == word }) {
        if !roles.contains(role) { roles.append(role) }
      } else if let relation = Relation.allCases.first(where: { Text($0.rawValue) == word }) {
        if !relations.contains(relation) { relations.append(relation) }
      } else {
        let known = WorkflowWords.who.joined(separator: ", ")
        problems.add("\(path)[\(index)]", "\(word.start(64)) is not known; known are \(known)")
      }
    }
    return (roles, relations)
  }

  private mutating func field(_ json: JSON, _ path: String) -> InputField? {
    var fields = JSONFields(json, path: path, problems: &problems)
    let name = particular(&fields, "name")
    let type = choice(&fields, "type", InputField.Kind.words)
    let kind: InputField.Kind? =
      switch type.map({ Text($0) }) {
      case "text": .text(bounds(&fields, 0...InputField.textLimit))
      case "whole": .whole(bounds(&fields, WorkflowWords.whole))
      case "choice": .choice(words(&fields, "choices", isRequired: true).map { Text($0) })
      case "money": .money
      case "quantity": .quantity
      case "time": .time
      case "flag": .flag
      case "identity": .identity
      case "items": .items
      case "customer": .customer
      default: nil
      }
    let isRequired = fields.bool("required", &problems) ?? false
    let label = text(&fields, "label", limit: WorkflowWords.labelLimit)
    fields.finish(&problems)
    guard let name, let kind else { return nil }
    return InputField(name, kind, isRequired: isRequired, label: label)
  }

  private mutating func bounds(_ fields: inout JSONFields, _ widest: ClosedRange<Int64>) -> ClosedRange<Int64> {
    let low = whole(&fields, "min", widest, isRequired: false) ?? widest.lowerBound
    let high = whole(&fields, "max", widest, isRequired: false) ?? widest.upperBound
    guard low <= high else {
      problems.add(fields.path(of: "min"), "\(low) is more than max, \(high)")
      return widest
    }
    return low...high
  }

  private mutating func condition(_ json: JSON, _ path: String) -> WorkflowCondition? {
    if case .string(let word) = json {
      if word == "stockSuffices" { return .stockSuffices }
      problems.add(path, "\(word.start(64)) is not known; known are \(Self.conditions)")
      return nil
    }
    var fields = JSONFields(json, path: path, problems: &problems)
    defer { fields.finish(&problems) }
    guard let first = firstMember(json, among: WorkflowWords.conditions) else {
      if fields.isObject { problems.add(path, "names no condition; known are \(Self.conditions)") }
      return nil
    }
    if first == "payment" {
      let allowed = words(&fields, "payment", isRequired: true)
      let known = allowed.compactMap { word in PaymentStatus.allCases.first { Text($0.rawValue) == Text(word) } }
      guard known.count == allowed.count else {
        problems.add(
          fields.path(of: "payment"),
          "known are \(PaymentStatus.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
      }
      return .payment(known)
    }
    if first == "partIs" { return partCondition(&fields) }
    guard let name = particular(&fields, first) else { return nil }
    switch first {
    case "before": return .before(name, code: Text(word(&fields, "code")))
    case "after": return .after(name)
    case "amountIsDue": return .amountIsDue(name)
    default: return .has(name)
    }
  }

  private static let conditions = (WorkflowWords.plainConditions + WorkflowWords.conditions).joined(separator: ", ")

  private mutating func effect(_ json: JSON, _ path: String) -> WorkflowEffect? {
    if case .string(let word) = json {
      if let effect = WorkflowEffect.plain.first(where: { $0.plainWord.map { Text($0) } == word }) { return effect }
      problems.add(path, "\(word.start(64)) is not known; known are \(Self.effects)")
      return nil
    }
    var fields = JSONFields(json, path: path, problems: &problems)
    defer { fields.finish(&problems) }
    guard let first = firstMember(json, among: WorkflowWords.effects) else {
      if fields.isObject { problems.add(path, "names no effect; known are \(Self.effects)") }
      return nil
    }
    switch first {
    case "notify": return .notify(Text(word(&fields, "notify")))
    case "call": return .call(Text(word(&fields, "call")))
    case "startTimer": return particular(&fields, "startTimer").map(WorkflowEffect.startTimer)
    case "stopTimer": return particular(&fields, "stopTimer").map(WorkflowEffect.stopTimer)
    case "addPart": return partEffect(&fields, "addPart").map { .addPart($0.0, $0.1, $0.2) }
    case "movePart": return partEffect(&fields, "movePart").map { .movePart($0.0, $0.1, $0.2) }
    default:
      guard let name = particular(&fields, "set") else { return nil }
      return value(json, &fields, path).map { .set(name, $0) }
    }
  }

  private static let effects =
    (WorkflowEffect.plain.compactMap(\.plainWord) + WorkflowWords.effects).joined(separator: ", ")

  private mutating func value(_ json: JSON, _ fields: inout JSONFields, _ path: String) -> WorkflowValue? {
    switch firstMember(json, among: WorkflowWords.values) {
    case "from": return particular(&fields, "from").map(WorkflowValue.input)
    case "minutesFromNow": return particular(&fields, "minutesFromNow").map(WorkflowValue.minutesFromNow)
    case "text" where !fields.isAbsent("text"):
      return text(&fields, "text", limit: WorkflowWords.textLimit).map(WorkflowValue.text)
    case "now" where fields.bool("now", &problems) == true: return .now
    default:
      problems.add(path, "says no value: from, minutesFromNow, text, or now: true")
      return nil
    }
  }

  private mutating func announced(_ json: JSON, _ path: String) -> EventType? {
    guard case .string(let name) = json, name.isEventType else {
      problems.add(
        path, "a name such as order:collected was expected: letters, digits, - and _ on both sides of one colon")
      return nil
    }
    return EventType(name)
  }

  // MARK: Members

  private func firstMember(_ json: JSON, among names: [String]) -> Text? {
    names.lazy.map { Text($0) }.first { json[$0] != nil }
  }

  /// A text that must be there; where it is not, that is told.
  mutating func present(_ fields: inout JSONFields, _ name: Text) -> Text? {
    if let text = fields.exactString(name, &problems) { return text }
    if fields.isAbsent(name) { problems.add(fields.path(of: name), "is required") }
    return nil
  }

  private static let wordRule = "a word was expected: 1 to 64 of A-Z a-z 0-9 _ -"

  mutating func word(_ fields: inout JSONFields, _ name: Text) -> String {
    guard let text = present(&fields, name) else { return "" }
    if !text.isWorkflowWord { problems.add(fields.path(of: name), Self.wordRule) }
    return text.string
  }

  /// One word, or a list of them.
  mutating func words(_ fields: inout JSONFields, _ name: Text, isRequired: Bool) -> [String] {
    let path = fields.path(of: name)
    let values: [JSON]
    switch fields.value(name) {
    case nil:
      if isRequired { problems.add(path, "is required") }
      return []
    case .array(let list)?: values = list
    case let one?: values = [one]
    }
    if values.isEmpty || values.count > WorkflowDefinition.stateLimit {
      problems.add(path, "from 1 to \(WorkflowDefinition.stateLimit) words were expected")
      return []
    }
    return values.compactMap { value in
      guard case .string(let text) = value, text.isWorkflowWord else {
        problems.add(path, Self.wordRule)
        return nil
      }
      return text.string
    }
  }

  private mutating func particular(_ fields: inout JSONFields, _ name: Text) -> ParticularName? {
    guard let text = present(&fields, name) else { return nil }
    let read = ParticularName(text)
    if read == nil {
      problems.add(fields.path(of: name), "a name was expected: 1 to 64 of A-Z a-z 0-9 _, a letter first")
    }
    return read
  }

  private mutating func text(_ fields: inout JSONFields, _ name: Text, limit: Int) -> Text? {
    guard let text = fields.string(name, &problems) else { return nil }
    if text.utf8.count > limit || text.isEmpty {
      problems.add(fields.path(of: name), "from 1 to \(limit) bytes were expected")
      return nil
    }
    return text
  }

  private mutating func choice(_ fields: inout JSONFields, _ name: Text, _ words: [String]) -> String? {
    guard let text = present(&fields, name) else { return nil }
    let known = words.first { Text($0) == text }
    if known == nil {
      problems.add(
        fields.path(of: name), "\(text.start(64)) is not known; known are \(words.joined(separator: ", "))")
    }
    return known
  }

  private mutating func whole(
    _ fields: inout JSONFields, _ name: Text, _ range: ClosedRange<Int64>, isRequired: Bool = true
  ) -> Int64? {
    switch fields.value(name) {
    case nil:
      if isRequired { problems.add(fields.path(of: name), "is required") }
      return nil
    case .number(let text)?:
      if let number = Int64(text.string), range.contains(number) { return number }
    case _?: break
    }
    problems.add(
      fields.path(of: name), "a whole number from \(range.lowerBound) to \(range.upperBound) was expected")
    return nil
  }

  mutating func array(_ fields: inout JSONFields, _ name: Text, limit: Int) -> [JSON] {
    fields.isAbsent(name) ? (fields.value(name), []).1 : fields.requiredArray(name, limit: limit, &problems)
  }
}

extension Text {
  /// Whether it may name a type of events: `order:collected`.
  fileprivate var isEventType: Bool {
    let parts = split(on: UInt8(ascii: ":"))
    return utf8.count <= 64 && parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy {
            (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f
          }
      }
  }
}
