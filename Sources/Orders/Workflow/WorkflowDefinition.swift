/// A workflow as data: its states and its rows. `Workflow` compiles it, or says what is wrong with it.
public struct WorkflowDefinition: Sendable, Equatable {
  /// The name on the wire.
  public var name: WorkflowName
  /// The states, in the order in which people list them.
  public var states: [WorkflowState]
  /// What may happen.
  public var rows: [WorkflowRow]
  /// Describes a workflow.
  public init(name: WorkflowName, states: [WorkflowState], rows: [WorkflowRow]) {
    self.name = name
    self.states = states
    self.rows = rows
  }
}

/// A state of a workflow.
public struct WorkflowState: Sendable, Equatable {
  /// The word.
  public var status: Status
  /// What it amounts to in any workflow.
  public var phase: Phase
  /// Whether nothing leads out of it.
  public var isTerminal: Bool
  /// Describes a state.
  public init(_ status: Status, _ phase: Phase, isTerminal: Bool = false) {
    self.status = status
    self.phase = phase
    self.isTerminal = isTerminal
  }
}

/// One thing that may happen in one state.
public struct WorkflowRow: Sendable, Equatable {
  /// What happens.
  public var event: WorkflowEvent
  /// The state it happens in; nil for what makes the order, whose targets are the initial states.
  public var from: Status?
  /// The states it may lead to: one, or several of which the rule derives one.
  public var targets: [Status]
  /// Who may.
  public var roles: [Role]
  /// What else is done.
  public var effects: [WorkflowEffect]
  /// Describes a row.
  public init(
    _ event: WorkflowEvent, from: Status?, to targets: [Status], roles: [Role], effects: [WorkflowEffect] = []
  ) {
    self.event = event
    self.from = from
    self.targets = targets
    self.roles = roles
    self.effects = effects
  }
}

/// Something that happens to an order, in its workflow's own words: `deliver`, `cancel`, …
public struct WorkflowEvent: RawRepresentable, Hashable, Sendable {
  /// The word.
  public let rawValue: String
  /// Any word; the workflow knows which exist.
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// What a row does besides changing the state.
public enum WorkflowEffect: Sendable, Hashable {
  /// Stock goes down, or is set aside, given free or put back.
  case deductStock, reserveStock, releaseStock, restoreStock
  /// Money came in.
  case recordPayment
  /// A message by this template goes out.
  case notify(String)
  /// A timer of this name begins or ends.
  case startTimer(String), stopTimer(String)
}
