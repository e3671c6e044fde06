extension WorkflowDefinition {
  /// What is wrong with the rows that edit orders.
  var editDefects: [PlacedDefect] {
    let hasEdit = rows.contains { $0.event == .edit && $0.isEdit }
    return rows.enumerated().flatMap { index, row in
      row.editDefects(
        at: "rows[\(index)]", isEdit: hasEdit && row.event == .edit, followsStock: deductsByItems)
    }
  }
}

extension WorkflowDefinition {
  /// Whether an order takes of the stock what its items keep.
  private var deductsByItems: Bool {
    knownRules?.keepsStockByItems == true && rows.contains { $0.effects.contains(.deductStock) }
  }
}

extension WorkflowRow {
  /// `isEdit`: whether other rows of its event edit.
  fileprivate func editDefects(at place: String, isEdit: Bool, followsStock: Bool) -> [PlacedDefect] {
    var found: [PlacedDefect] = []
    func add(_ member: String, _ why: Text) {
      found.append(PlacedDefect("\(place).\(member)", .wrongEdit(why, event: event)))
    }
    if self.isEdit, event != .edit { add("event", "editOrder is an effect of the event edit alone") }
    if isEdit, !self.isEdit { add("effects", "another row of edit has the effect editOrder, so this one needs it too") }
    if isEdit, from == nil { add("event", "it needs an order that there is: a row with \"from\"") }
    if isEdit, relations.contains(.timer) { add("who", "a timer has nothing to say what is to be another") }
    if isEdit, followsStock, input.contains(where: { $0.name == .items }), !effects.contains(.deductStock) {
      add("effects", "what is in the order is taken off the stock, so an edit of its items needs deductStock")
    }
    if isEdit, effects.contains(.reduceItems) { add("effects", "editOrder sets the quantities, so reduceItems cannot") }
    for (index, field) in input.enumerated() {
      let member = isEdit ? OrderEdit.Member(field.name.text) : nil
      let isWrong =
        member.map { !$0.fits(field.kind) } ?? (field.kind == .customer)
        || (isEdit && field.name == OrderEdit.versionField.name)
      if isWrong { found.append(PlacedDefect("\(place).input[\(index)]", .wrongField(field.name, event: event))) }
    }
    return found
  }
}
