extension WorkflowDefinition {
  /// What is made firm and given back all the same.
  var stockDefects: [PlacedDefect] {
    // Where the event of each timer gives stock back.
    var givingBack: [WorkflowEvent: Set<Status>] = [:]
    for row in rows where row.effects.contains(where: { $0 == .releaseStock || $0 == .restoreStock }) {
      if let from = row.from, row.relations.contains(.timer) { givingBack[row.event, default: []].insert(from) }
    }
    var found: [PlacedDefect] = []
    for (index, row) in rows.enumerated() where row.effects.contains(.confirmStock) {
      for timer in timers where !row.effects.contains(.stopTimer(timer.name)) {
        guard let states = givingBack[timer.event], row.targets.contains(where: states.contains) else { continue }
        found.append(PlacedDefect("rows[\(index)].effects", .unfirm(timer.name, event: row.event)))
      }
    }
    return found
  }
}
