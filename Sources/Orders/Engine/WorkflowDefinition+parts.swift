extension WorkflowDefinition {
  /// What is wrong with the parts that rows make, move and ask about, and with what rows announce.
  var partDefects: [PlacedDefect] {
    let made = PartStatuses(rows)
    var found: [PlacedDefect] = []
    for (kind, names) in made.names.sorted(by: { $0.key.text < $1.key.text }) where names.count > Particulars.limit {
      found.append(PlacedDefect("rows", .tooMany("fields of a \(kind.text)", limit: Particulars.limit)))
    }
    for (index, row) in rows.enumerated() { found += row.partDefects(at: "rows[\(index)]", made) }
    return found
  }
}

/// Which parts the rows of a workflow bring about.
private struct PartStatuses {
  /// Kinds that some row adds.
  var kinds: Set<PartKind> = []
  /// The statuses that parts of a kind come to.
  var statuses: [PartKind: Set<Status>] = [:]
  /// The fields that parts of a kind keep.
  var names: [PartKind: Set<ParticularName>] = [:]

  init(_ rows: [WorkflowRow]) {
    for effect in rows.lazy.flatMap(\.effects) {
      switch effect {
      case .addPart(let kind, let status, let fields):
        kinds.insert(kind)
        statuses[kind, default: []].insert(status)
        names[kind, default: []].formUnion(fields.all)
      case .movePart(let kind, let status, let fields):
        statuses[kind, default: []].insert(status)
        names[kind, default: []].formUnion(fields.all)
      case .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock, .editOrder, .reduceItems,
        .cancelItems,
        .recordPayment, .takePayment, .refundPayment, .notify, .startTimer, .stopTimer, .call, .set:
        break
      }
    }
  }
}

extension WorkflowRow {
  fileprivate func partDefects(at place: String, _ made: PartStatuses) -> [PlacedDefect] {
    var found: [PlacedDefect] = []
    for (index, effect) in effects.enumerated() {
      guard let (kind, status, fields) = effect.part else { continue }
      let place = "\(place).effects[\(index)]"
      if !Text(status.rawValue).isWorkflowWord { found.append(PlacedDefect(place, .badWord(Text(status.rawValue)))) }
      if fields.staffs.contains(.items) { found.append(PlacedDefect(place, .hiddenItems(kind, event: event))) }
      if case .movePart = effect { found += named(kind, at: place, made) }
    }
    for (index, condition) in conditions.enumerated() {
      guard case .partIs(let kind, let statuses) = condition else { continue }
      let place = "\(place).conditions[\(index)]"
      found += named(kind, at: place, made)
      for status in statuses where made.kinds.contains(kind) && made.statuses[kind]?.contains(status) != true {
        found.append(PlacedDefect(place, .unknownPart(kind, status, event: event)))
      }
    }
    for (index, type) in announces.enumerated() where !EventType.isName(type.name.utf8) {
      found.append(PlacedDefect("\(place).announces[\(index)]", .wrongAnnouncement(type, event: event)))
    }
    return found
  }

  /// What is wrong where a part of a kind must be there and named.
  private func named(_ kind: PartKind, at place: String, _ made: PartStatuses) -> [PlacedDefect] {
    if from == nil { return [PlacedDefect(place, .partBeforeOrder(kind, event: event))] }
    if !made.kinds.contains(kind) { return [PlacedDefect(place, .unknownPart(kind, nil, event: event))] }
    let isNamed = input.contains { $0.name == kind.idField && $0.kind == .identity && $0.isRequired }
    return isNamed ? [] : [PlacedDefect(place, .unnamedPart(kind, event: event))]
  }
}

extension WorkflowEffect {
  /// The kind of the part that it makes or moves, the status that it gives it, and what that keeps.
  fileprivate var part: (kind: PartKind, status: Status, fields: PartFields)? {
    switch self {
    case .addPart(let kind, let status, let fields), .movePart(let kind, let status, let fields):
      (kind, status, fields)
    case .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock, .editOrder, .reduceItems,
      .cancelItems,
      .recordPayment, .takePayment, .refundPayment, .notify, .startTimer, .stopTimer, .call, .set:
      nil
    }
  }
}

extension WorkflowDefinition {
  /// Whether orders of it may have parts.
  var hasParts: Bool { rows.contains { $0.effects.contains { $0.part != nil } } }
}
