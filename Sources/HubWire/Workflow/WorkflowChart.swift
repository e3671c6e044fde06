import Orders

/// A workflow's table as it is drawn: its states, and one arrow for each way from one to another, with all that leads
/// along it.
///
/// A table may have a row for each state that leads to each state; what is drawn of it is bounded, and what is left out
/// is counted.
struct WorkflowChart {
  /// A state.
  struct State {
    let name: String
    let phase: Phase
    let isFinal: Bool
    /// How many steps it is from where an order begins.
    var distance: Int
  }

  /// A way from a state to another.
  struct Arrow {
    /// The place of the state it begins in; nil where an order begins.
    let from: Int?
    /// The place of the state it leads to.
    let to: Int
    /// What leads along it, by who may.
    var groups: [Group]
    /// How many events are left out.
    var left = 0
    /// How many events stand in the groups.
    var count: Int { groups.reduce(0) { $0 + $1.events.count } }
  }

  /// What the same people may do.
  struct Group {
    /// As people call it.
    var events: [Text]
    /// Who may: `staff, owner`.
    let who: String
  }

  /// The most arrows that are drawn.
  static let arrowLimit = 1_000
  /// The most events that stand at one arrow.
  static let eventLimit = 12
  /// The most events that stand at all arrows.
  static let allEventLimit = 3_000

  let name: Text
  private(set) var states: [State]
  private(set) var arrows: [Arrow] = []
  /// How many ways are left out.
  private(set) var leftOut = 0

  /// What is drawn of a definition. Rows that name no state of it are passed over.
  init(_ definition: WorkflowDefinition) {
    name = definition.name.rawValue
    let known = definition.states.prefix(WorkflowDefinition.stateLimit)
    states = known.map {
      State(name: $0.status.rawValue, phase: $0.phase, isFinal: $0.isTerminal, distance: 0)
    }
    let places = Dictionary(known.enumerated().map { ($1.status, $0) }) { first, _ in first }
    var drawn: [Way: Int] = [:]
    var undrawn: Set<Way> = []
    var steps: [[Int]] = Array(repeating: [], count: states.count)
    var begins: [Int] = []
    var events = 0
    for row in definition.rows.prefix(WorkflowDefinition.rowLimit) {
      let from = row.from.flatMap { places[$0] }
      if row.from != nil, from == nil { continue }
      let who = row.drawnWho(definition.timers)
      for target in row.targets.prefix(WorkflowDefinition.stateLimit) {
        guard let to = places[target] else { continue }
        let way = Way(from: from, to: to)
        if let index = drawn[way] {
          if arrows[index].add(row, who, isFull: events >= Self.allEventLimit) { events += 1 }
        } else if undrawn.contains(way) {
          continue
        } else {
          if let from { steps[from].append(to) } else { begins.append(to) }
          guard arrows.count < Self.arrowLimit else {
            undrawn.insert(way)
            continue
          }
          events += 1
          drawn[way] = arrows.count
          arrows.append(Arrow(from: from, to: to, groups: [Group(events: [row.drawnName], who: who)]))
        }
      }
    }
    leftOut = undrawn.count
    measure(begins, steps)
  }

  private struct Way: Hashable {
    let from: Int?
    let to: Int
  }

  /// How far each state is from the beginning; one that nothing leads to stands behind all others.
  private mutating func measure(_ begins: [Int], _ steps: [[Int]]) {
    var reached = [Int?](repeating: nil, count: states.count)
    var layer = begins
    var distance = 0
    while !layer.isEmpty {
      var next: [Int] = []
      for state in layer where reached[state] == nil {
        reached[state] = distance
        next += steps[state]
      }
      if layer.contains(where: { reached[$0] == distance }) { distance += 1 }
      layer = next.filter { reached[$0] == nil }
    }
    for state in states.indices { states[state].distance = reached[state] ?? distance }
  }
}

extension WorkflowChart.Arrow {
  /// Adds an event, or counts it where there are enough; gives whether it stands there.
  fileprivate mutating func add(_ row: WorkflowRow, _ who: String, isFull: Bool) -> Bool {
    guard !isFull, count < WorkflowChart.eventLimit else {
      left += 1
      return false
    }
    let who = Text(who)
    if let index = groups.firstIndex(where: { Text($0.who) == who }) {
      groups[index].events.append(row.drawnName)
    } else {
      groups.append(WorkflowChart.Group(events: [row.drawnName], who: who.string))
    }
    return true
  }
}

extension WorkflowRow {
  /// What people call it.
  fileprivate var drawnName: Text { label ?? Text(event.rawValue) }

  /// Who may, a timer with its time: `staff, owner`; `timer after 30 min`.
  fileprivate func drawnWho(_ timers: [WorkflowTimer]) -> String {
    let timer = timers.first { Text($0.event.rawValue) == Text(event.rawValue) }
    return who.map { word in
      guard let timer, Text(word) == Text(Relation.timer.rawValue) else { return word }
      return "\(word) after \(Self.span(timer.afterSeconds))"
    }.joined(separator: ", ")
  }

  private static func span(_ seconds: Int64) -> String {
    for (unit, name) in [(86_400 as Int64, "d"), (3_600, "h"), (60, "min")]
    where seconds >= unit && seconds.isMultiple(of: unit) {
      return "\(seconds / unit) \(name)"
    }
    return "\(seconds) s"
  }
}
