extension WorkflowDefinition {
  /// Where the seller would be set to what is no user's name: nobody would ever be it.
  var sellerDefects: [PlacedDefect] {
    var found: [PlacedDefect] = []
    for (index, row) in rows.enumerated() {
      for (number, effect) in row.effects.enumerated() {
        guard case .set(.sellerID, let value) = effect, !row.mayName(value) else { continue }
        found.append(PlacedDefect("rows[\(index)].effects[\(number)]", .wrongSeller(event: row.event)))
      }
    }
    for (index, timer) in timers.enumerated() where timer.moment == .sellerID {
      found.append(PlacedDefect("timers[\(index)]", .wrongSeller(event: timer.event)))
    }
    return found
  }
}

extension WorkflowRow {
  /// Whether a value may be a user's name. Of a field that is not asked for others tell.
  fileprivate func mayName(_ value: WorkflowValue) -> Bool {
    switch value {
    case .now, .minutesFromNow: return false
    case .text(let text): return UserID(text) != nil
    case .input(let name):
      guard let field = input.first(where: { $0.name == name }) else { return true }
      switch field.kind {
      case .text: return true
      case .choice(let words): return words.allSatisfy { UserID($0) != nil }
      case .whole, .money, .quantity, .time, .flag, .identity, .items, .customer: return false
      }
    }
  }
}
