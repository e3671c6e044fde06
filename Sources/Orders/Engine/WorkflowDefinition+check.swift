extension WorkflowDefinition {
  /// Everything that is wrong with it, in the order in which it stands; none if it is sound.
  public var defects: [PlacedDefect] {
    let tooMany = oversize
    // The rest looks at each pair.
    return tooMany.isEmpty
      ? wordDefects + stateDefects + rowDefects + exitDefects + reachDefects + timerDefects + partDefects
        + ruleDefects + stockDefects + sellerDefects + editDefects : tooMany
  }

  private var oversize: [PlacedDefect] {
    var found: [PlacedDefect] = []
    func count(_ what: Text, _ count: Int, _ limit: Int) {
      if count > limit { found.append(PlacedDefect(what.string, .tooMany(what, limit: limit))) }
    }
    count("states", states.count, Self.stateLimit)
    count("rows", rows.count, Self.rowLimit)
    count("timers", timers.count, Self.timerLimit)
    // More than an order may have is written, and never read again.
    if particulars.count > Particulars.limit {
      found.append(PlacedDefect("rows", .tooMany("particulars", limit: Particulars.limit)))
    }
    for (index, row) in rows.prefix(Self.rowLimit).enumerated() {
      for (name, size) in [
        ("to", row.targets.count), ("input", row.input.count), ("conditions", row.conditions.count),
        ("effects", row.effects.count), ("announces", row.announces.count),
      ] where size > (name == "to" ? Self.stateLimit : InputField.limit) {
        let limit = name == "to" ? Self.stateLimit : InputField.limit
        found.append(PlacedDefect("rows[\(index)].\(name)", .tooMany(Text(name), limit: limit)))
      }
    }
    return found
  }

  /// All that its rows and timers may set of one order.
  private var particulars: Set<ParticularName> {
    var names = Set(timers.map(\.moment))
    for row in rows {
      for case .set(let name, _) in row.effects { names.insert(name) }
    }
    return names
  }

  private var wordDefects: [PlacedDefect] {
    let words =
      [("name", name.rawValue)] + states.enumerated().map { ("states[\($0)].name", Text($1.status.rawValue)) }
      + rows.enumerated().map { ("rows[\($0)].event", Text($1.event.rawValue)) }
    return words.filter { !$0.1.isWorkflowWord }.map { PlacedDefect($0.0, .badWord($0.1)) }
  }

  private var stateDefects: [PlacedDefect] {
    var known: Set<Status> = []
    var found: [PlacedDefect] = []
    for (index, state) in states.enumerated() where !known.insert(state.status).inserted {
      found.append(PlacedDefect("states[\(index)]", .duplicateState(state.status)))
    }
    return found
  }

  private struct Place: Hashable {
    let event: WorkflowEvent
    let from: Status?
  }

  private var rowDefects: [PlacedDefect] {
    var found: [PlacedDefect] = []
    if !rows.contains(where: { $0.from == nil }) { found.append(PlacedDefect("rows", .noInitialState)) }
    let known = Set(states.map(\.status))
    var seen: Set<Place> = []
    for (index, row) in rows.enumerated() {
      let place = "rows[\(index)]"
      for (member, state) in row.targets.map({ ("to", $0) }) + (row.from.map { [("from", $0)] } ?? [])
      where !known.contains(state) {
        found.append(PlacedDefect("\(place).\(member)", .unknownState(state, event: row.event)))
      }
      if !seen.insert(Place(event: row.event, from: row.from)).inserted {
        found.append(PlacedDefect(place, .duplicateRow(event: row.event, from: row.from)))
      }
      if row.targets.isEmpty || (row.roles.isEmpty && row.relations.isEmpty) {
        found.append(PlacedDefect(place, .emptyRow(event: row.event, from: row.from)))
      }
      found += row.defects(at: place, timers: Set(timers.map(\.name)))
    }
    return found
  }

  private var exitDefects: [PlacedDefect] {
    var found: [PlacedDefect] = []
    for (index, state) in states.enumerated() {
      let exit = rows.firstIndex { row in
        row.from == state.status && (state.isTerminal || row.targets != [state.status])
      }
      if state.isTerminal, let exit {
        found.append(PlacedDefect("rows[\(exit)]", .terminalWithExit(state.status, event: rows[exit].event)))
      }
      if !state.isTerminal, exit == nil { found.append(PlacedDefect("states[\(index)]", .deadEnd(state.status))) }
    }
    return found
  }

  private var reachDefects: [PlacedDefect] {
    var reached: Set<Status?> = [nil]
    var waiting: [Status?] = [nil]
    while let state = waiting.popLast() {
      for row in rows where row.from == state {
        for target in row.targets where reached.insert(target).inserted { waiting.append(target) }
      }
    }
    return states.enumerated().filter { !reached.contains($0.element.status) }.map {
      PlacedDefect("states[\($0.offset)]", .unreachable($0.element.status))
    }
  }

  private var timerDefects: [PlacedDefect] {
    timers.enumerated().filter { index, timer in
      let isTwice = timers[..<index].contains { $0.name == timer.name }
      let leads = rows.contains { $0.event == timer.event && $0.relations.contains(.timer) && $0.from != nil }
      return isTwice || !leads || !(1...WorkflowTimer.limitSeconds).contains(timer.afterSeconds)
    }.map { PlacedDefect("timers[\($0.offset)]", .wrongTimer($0.element.name)) }
  }
}

extension WorkflowRow {
  fileprivate func defects(at place: String, timers: Set<ParticularName>) -> [PlacedDefect] {
    var found: [PlacedDefect] = []
    for (index, field) in input.enumerated()
    where !field.kind.isPossible || (field.kind == .items) != (field.name == .items)
      || input[..<index].contains(where: { $0.name == field.name })
    {
      found.append(PlacedDefect("\(place).input[\(index)]", .wrongField(field.name, event: event)))
    }
    if effects.count(where: \.movesStock) > 1 {
      found.append(PlacedDefect("\(place).effects", .severalStockMoves(event: event)))
    }
    for (index, effect) in effects.enumerated() {
      for name in effect.fieldsRead where !input.contains(where: { $0.name == name }) {
        found.append(PlacedDefect("\(place).effects[\(index)]", .unaskedField(name, event: event)))
      }
      if let name = effect.timer, !timers.contains(name) {
        found.append(PlacedDefect("\(place).effects[\(index)]", .unknownTimer(name, event: event)))
      }
    }
    for (index, type) in announces.enumerated() where EventType.allCases.contains(type) {
      if case .announced = EventPayload.announcing(type) {
        found.append(PlacedDefect("\(place).announces[\(index)]", .hubsEvent(type, event: event)))
      }
    }
    for (index, condition) in conditions.enumerated() {
      if case .amountIsDue(let name) = condition, !input.contains(where: { $0.name == name }) {
        found.append(PlacedDefect("\(place).conditions[\(index)]", .unaskedField(name, event: event)))
      }
    }
    return found
  }
}

extension WorkflowEffect {
  /// The timer that it starts or stops.
  fileprivate var timer: ParticularName? {
    switch self {
    case .startTimer(let name), .stopTimer(let name): name
    case .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock, .editOrder, .reduceItems,
      .cancelItems,
      .recordPayment, .takePayment, .refundPayment, .notify, .call, .set, .addPart, .movePart:
      nil
    }
  }

  /// The fields of the input that it reads.
  fileprivate var fieldsRead: [ParticularName] {
    switch self {
    case .set(_, .input(let field)), .set(_, .minutesFromNow(let field)): [field]
    case .reduceItems: [.items]
    case .addPart(_, _, let fields), .movePart(_, _, let fields): fields.all
    case .set(_, .now), .set(_, .text), .editOrder, .deductStock, .reserveStock, .confirmStock, .releaseStock,
      .restoreStock,
      .cancelItems, .recordPayment, .takePayment, .refundPayment, .notify, .startTimer, .stopTimer, .call:
      []
    }
  }
}

extension ParticularName {
  /// The field by which an event takes items.
  static let items = ParticularName(known: "items")
}

extension InputField.Kind {
  /// Whether a value can fit it.
  fileprivate var isPossible: Bool {
    switch self {
    case .text(let bounds): bounds.lowerBound >= 0 && (1...InputField.textLimit).contains(bounds.upperBound)
    case .choice(let words): (1...100).contains(words.count) && words.allSatisfy { !$0.isEmpty && $0.utf8.count <= 64 }
    case .whole, .money, .quantity, .time, .flag, .identity, .items, .customer: true
    }
  }
}
