/// Why a workflow is not accepted.
public enum WorkflowDefect: Error, Sendable, Equatable {
  /// Two workflows of one name.
  case duplicateWorkflow(WorkflowName)
  /// The name, a state or an event is no word: 1 to 64 of `A–Z a–z 0–9 _ -`.
  case badWord(Text)
  /// A state stands twice.
  case duplicateState(Status)
  /// Nothing makes an order.
  case noInitialState
  /// A row names a state that does not exist.
  case unknownState(Status, event: WorkflowEvent)
  /// Two rows for one event in one state; nil for what makes an order.
  case duplicateRow(event: WorkflowEvent, from: Status?)
  /// A row leads nowhere, or nobody may.
  case emptyRow(event: WorkflowEvent, from: Status?)
  /// A row leads out of a terminal state.
  case terminalWithExit(Status, event: WorkflowEvent)
  /// No row leads out of a state that is not terminal.
  case deadEnd(Status)
  /// No row leads to a state from where an order begins.
  case unreachable(Status)
}

extension WorkflowDefinition {
  /// Throws the first thing that is wrong.
  func check() throws(WorkflowDefect) {
    let words = [name.rawValue] + states.map { Text($0.status.rawValue) } + rows.map { Text($0.event.rawValue) }
    if let bad = words.first(where: { !$0.isWorkflowWord }) { throw .badWord(bad) }
    var known: Set<Status> = []
    for state in states where !known.insert(state.status).inserted { throw .duplicateState(state.status) }
    guard rows.contains(where: { $0.from == nil }) else { throw .noInitialState }
    for (index, row) in rows.enumerated() {
      for state in row.targets + (row.from.map { [$0] } ?? []) where !known.contains(state) {
        throw .unknownState(state, event: row.event)
      }
      if rows[..<index].contains(where: { $0.event == row.event && $0.from == row.from }) {
        throw .duplicateRow(event: row.event, from: row.from)
      }
      if row.targets.isEmpty || row.roles.isEmpty { throw .emptyRow(event: row.event, from: row.from) }
    }
    try checkExits()
    try checkReach()
  }

  private func checkExits() throws(WorkflowDefect) {
    for state in states {
      let exit = rows.first { row in row.from == state.status && (state.isTerminal || row.targets != [state.status]) }
      if state.isTerminal, let exit { throw .terminalWithExit(state.status, event: exit.event) }
      if !state.isTerminal, exit == nil { throw .deadEnd(state.status) }
    }
  }

  private func checkReach() throws(WorkflowDefect) {
    var reached: Set<Status?> = [nil]
    var waiting: [Status?] = [nil]
    while let state = waiting.popLast() {
      for row in rows where row.from == state {
        for target in row.targets where reached.insert(target).inserted { waiting.append(target) }
      }
    }
    for state in states where !reached.contains(state.status) { throw .unreachable(state.status) }
  }
}

extension Text {
  /// Whether it may name a workflow, a state or an event, and so stand in keys: 1 to 64 of `A–Z a–z 0–9 _ -`.
  var isWorkflowWord: Bool {
    (1...64).contains(utf8.count)
      && utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
        default: false
        }
      }
  }
}
