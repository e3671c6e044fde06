public import Orders

extension WorkflowDefinition {
  /// Writes the definition: `{"name","rules"?,"states":[{"name","phase","final"?}],"rows":[…],"timers"?:[…]}`. What reads back is
  /// equal to it; see `WorkflowDocument`.
  ///
  /// Rows one after the other that differ in nothing but the state they begin in are one, with a list of states.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("name", name.rawValue)
    if let rules { json.member("rules", rules) }
    json.list("states", states) { json, state in state.write(to: &json) }
    json.list("rows", groups) { json, group in group.row.write(to: &json, from: group.from) }
    if !timers.isEmpty { json.list("timers", timers) { json, timer in timer.write(to: &json) } }
    json.endObject()
  }

  /// The definition alone, as JSON.
  public var json: [UInt8] {
    var json = JSONWriter(capacity: 1_024 + rows.count * 256)
    write(to: &json)
    return json.bytes
  }

  private var groups: [(row: WorkflowRow, from: [Status])] {
    var groups: [(row: WorkflowRow, from: [Status])] = []
    for row in rows {
      if let from = row.from, let last = groups.last, !last.from.isEmpty, last.row.isSame(as: row) {
        groups[groups.count - 1].from.append(from)
      } else {
        groups.append((row, row.from.map { [$0] } ?? []))
      }
    }
    return groups
  }
}

extension WorkflowRow {
  fileprivate func isSame(as other: WorkflowRow) -> Bool {
    var other = other
    other.from = from
    return self == other
  }

  fileprivate func write(to json: inout JSONWriter, from: [Status]) {
    json.beginObject()
    json.member("event", event.rawValue)
    if let label { json.member("label", label) }
    if !from.isEmpty { json.words("from", from.map(\.rawValue)) }
    json.words("to", targets.map(\.rawValue))
    json.list("who", who) { json, word in json.string(word) }
    if !input.isEmpty { json.list("input", input) { json, field in field.write(to: &json) } }
    if !conditions.isEmpty { json.list("conditions", conditions) { json, condition in condition.write(to: &json) } }
    if !effects.isEmpty { json.list("effects", effects) { json, effect in effect.write(to: &json) } }
    if !announces.isEmpty { json.list("announces", announces) { json, type in json.string(type.name) } }
    json.endObject()
  }

  /// Who may, in the words of a definition: `staff` for its three roles where they stand first.
  var who: [String] {
    let isStaff = roles.starts(with: Role.staffWord)
    return (isStaff ? ["staff"] : []) + roles.dropFirst(isStaff ? Role.staffWord.count : 0).map(\.rawValue)
      + relations.map(\.rawValue)
  }
}

extension Role {
  /// What the word `staff` stands for in a definition, in this order.
  static let staffWord: [Role] = [.admin, .employee, .system]
}

extension WorkflowState {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("name", status.rawValue)
    json.member("phase", phase.rawValue)
    if isTerminal { json.member("final", true) }
    json.endObject()
  }
}

extension WorkflowTimer {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("name", name.text)
    json.member("event", event.rawValue)
    json.member("afterSeconds", afterSeconds)
    json.member("moment", moment.text)
    json.endObject()
  }
}

extension InputField {
  /// `{"name","type","min"?,"max"?,"choices"?,"required","label"?}`
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("name", name.text)
    json.member("type", kind.word)
    switch kind {
    case .text(let bounds), .whole(let bounds):
      json.member("min", bounds.lowerBound)
      json.member("max", bounds.upperBound)
    case .choice(let words): json.list("choices", words) { json, word in json.string(word) }
    case .money, .quantity, .time, .flag, .identity, .items, .customer: break
    }
    json.member("required", isRequired)
    if let label { json.member("label", label) }
    json.endObject()
  }
}

extension InputField.Kind {
  /// The word of the type.
  var word: String {
    switch self {
    case .text: "text"
    case .choice: "choice"
    case .whole: "whole"
    case .money: "money"
    case .quantity: "quantity"
    case .time: "time"
    case .flag: "flag"
    case .identity: "identity"
    case .items: "items"
    case .customer: "customer"
    }
  }

  /// All words of types.
  static let words = ["text", "choice", "whole", "money", "quantity", "time", "flag", "identity", "items", "customer"]
}

extension WorkflowCondition {
  fileprivate func write(to json: inout JSONWriter) {
    switch self {
    case .stockSuffices: json.string("stockSuffices")
    case .payment(let allowed): json.single { $0.words("payment", allowed.map(\.rawValue)) }
    case .before(let name, let code):
      json.single {
        $0.member("before", name.text)
        $0.member("code", code)
      }
    case .after(let name): json.single { $0.member("after", name.text) }
    case .amountIsDue(let name): json.single { $0.member("amountIsDue", name.text) }
    case .has(let name): json.single { $0.member("has", name.text) }
    case .partIs(let kind, let statuses):
      json.single {
        $0.member("partIs", kind.text)
        $0.words("status", statuses.map(\.rawValue))
      }
    }
  }
}

extension WorkflowEffect {
  fileprivate func write(to json: inout JSONWriter) {
    if let word = plainWord { return json.string(word) }
    json.single { json in
      switch self {
      case .notify(let template): json.member("notify", template)
      case .call(let partner): json.member("call", partner)
      case .startTimer(let name): json.member("startTimer", name.text)
      case .stopTimer(let name): json.member("stopTimer", name.text)
      case .set(let name, let value):
        json.member("set", name.text)
        switch value {
        case .input(let field): json.member("from", field.text)
        case .minutesFromNow(let field): json.member("minutesFromNow", field.text)
        case .text(let text): json.member("text", text)
        case .now: json.member("now", true)
        }
      case .addPart(let kind, let status, let fields):
        json.member("addPart", kind.text)
        json.member("status", status.rawValue)
        fields.write(to: &json)
      case .movePart(let kind, let status, let fields):
        json.member("movePart", kind.text)
        json.member("status", status.rawValue)
        fields.write(to: &json)
      case .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock, .editOrder, .reduceItems,
        .cancelItems,
        .recordPayment, .takePayment, .refundPayment:
        break
      }
    }
  }

  /// The word of an effect that is nothing but one.
  var plainWord: String? {
    switch self {
    case .deductStock: "deductStock"
    case .reserveStock: "reserveStock"
    case .confirmStock: "confirmStock"
    case .releaseStock: "releaseStock"
    case .restoreStock: "restoreStock"
    case .editOrder: "editOrder"
    case .reduceItems: "reduceItems"
    case .cancelItems: "cancelItems"
    case .recordPayment: "recordPayment"
    case .takePayment: "takePayment"
    case .refundPayment: "refundPayment"
    case .notify, .startTimer, .stopTimer, .call, .set, .addPart, .movePart: nil
    }
  }

  /// Those that are nothing but a word.
  static let plain: [WorkflowEffect] = [
    .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock, .editOrder, .reduceItems, .cancelItems,
    .recordPayment, .takePayment, .refundPayment,
  ]
}

extension PartFields {
  fileprivate func write(to json: inout JSONWriter) {
    if !shown.isEmpty { json.list("fields", shown) { json, name in json.string(name.text) } }
    if !staffs.isEmpty { json.list("staffFields", staffs) { json, name in json.string(name.text) } }
  }
}

extension JSONWriter {
  fileprivate mutating func list<Element>(
    _ name: StaticString, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    self.name(name)
    beginArray()
    for element in elements { write(&self, element) }
    endArray()
  }

  /// One word as itself, several as a list.
  fileprivate mutating func words(_ name: StaticString, _ words: [String]) {
    if words.count == 1 { return member(name, words[0]) }
    list(name, words) { json, word in json.string(word) }
  }

  fileprivate mutating func single(_ members: (inout JSONWriter) -> Void) {
    beginObject()
    members(&self)
    endObject()
  }
}
