extension WorkflowDefinition {
  /// What is wrong with the rules that it names, and with what it asks of events that they decide.
  var ruleDefects: [PlacedDefect] {
    guard let name = rules else { return [] }
    guard let rules = knownRules else { return [PlacedDefect("rules", .unknownRules(name))] }
    var found: [PlacedDefect] = []
    for (index, row) in rows.enumerated() {
      let isRuled = rules.events.contains(row.event)
      for (place, effect) in row.effects.enumerated() {
        let place = "rows[\(index)].effects[\(place)]"
        // What its rows of the ledger would say of it is not read.
        if rules.keepsStockByItems, effect.movesStock, effect != .deductStock, effect != .restoreStock {
          found.append(PlacedDefect(place, .ruled("stock but deductStock and restoreStock", event: row.event)))
        }
        // Parts are read for the table's own events alone.
        if isRuled, effect.touchesParts { found.append(PlacedDefect(place, .ruled("parts", event: row.event))) }
      }
      if isRuled, row.conditions.contains(where: \.asksForParts) {
        found.append(PlacedDefect("rows[\(index)].conditions", .ruled("parts", event: row.event)))
      }
    }
    for (index, timer) in timers.enumerated() where rules.events.contains(timer.event) {
      found.append(PlacedDefect("timers[\(index)]", .ruled("timers", event: timer.event)))
    }
    return found
  }
}

extension WorkflowCondition {
  fileprivate var asksForParts: Bool {
    if case .partIs = self { true } else { false }
  }
}

extension WorkflowEffect {
  fileprivate var touchesParts: Bool {
    switch self {
    case .addPart, .movePart: true
    case .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock, .editOrder, .reduceItems,
      .cancelItems,
      .recordPayment, .takePayment, .refundPayment, .notify, .startTimer, .stopTimer, .call, .set:
      false
    }
  }
}
