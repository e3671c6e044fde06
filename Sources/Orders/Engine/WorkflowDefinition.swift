/// A workflow as data: its states and its rows. `Workflow` compiles it, or says what is wrong with it.
public struct WorkflowDefinition: Sendable, Equatable {
  /// The name on the wire.
  public var name: WorkflowName
  /// The states, in the order in which people list them.
  public var states: [WorkflowState]
  /// What may happen.
  public var rows: [WorkflowRow]
  /// What happens by itself.
  public var timers: [WorkflowTimer]
  /// The rules beside the table, by their name; nil if the table says all of it.
  public var rules: Text?
  /// Describes a workflow.
  public init(
    name: WorkflowName, states: [WorkflowState], rows: [WorkflowRow], timers: [WorkflowTimer] = [], rules: Text? = nil
  ) {
    self.rules = rules
    self.name = name
    self.states = states
    self.rows = rows
    self.timers = timers
  }

  /// The most states one may have.
  public static let stateLimit = 100
  /// The most rows.
  public static let rowLimit = 1_000
  /// The most timers.
  public static let timerLimit = 32
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
  /// The states it may lead to: one, or several of which the workflow's rule derives one.
  public var targets: [Status]
  /// Who may, by role…
  public var roles: [Role]
  /// …or by what they are to the order.
  public var relations: [Relation]
  /// What people call it; the event's word if nil.
  public var label: Text?
  /// What it asks for.
  public var input: [InputField]
  /// What must hold beside the state.
  public var conditions: [WorkflowCondition]
  /// What else is done, in this order.
  public var effects: [WorkflowEffect]
  /// What is told of it, beside `order:updated` (or `order:created`).
  public var announces: [EventType]
  /// Describes a row.
  public init(
    _ event: WorkflowEvent, from: Status?, to targets: [Status], roles: [Role], relations: [Relation] = [],
    label: Text? = nil, input: [InputField] = [], conditions: [WorkflowCondition] = [],
    effects: [WorkflowEffect] = [], announces: [EventType] = []
  ) {
    self.event = event
    self.from = from
    self.targets = targets
    self.roles = roles
    self.relations = relations
    self.label = label
    self.input = input
    self.conditions = conditions
    self.effects = effects
    self.announces = announces
  }

  /// The same row for each of several states.
  public static func each(_ states: [Status], _ row: (Status) -> WorkflowRow) -> [WorkflowRow] { states.map(row) }
}

/// Something that happens to an order, in its workflow's own words: `deliver`, `cancel`, …
public struct WorkflowEvent: RawRepresentable, Hashable, Sendable {
  /// The word.
  public let rawValue: String
  /// Any word; the workflow knows which exist.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// By bytes: a tenant's own workflow may have any words.
  public static func == (left: WorkflowEvent, right: WorkflowEvent) -> Bool {
    Text(left.rawValue) == Text(right.rawValue)
  }
  /// By bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(Text(rawValue)) }

  /// An order is made: the one event that every workflow has.
  public static let place = WorkflowEvent(rawValue: "place")
}

/// A moment at which something happens to an order by itself.
public struct WorkflowTimer: Sendable, Equatable {
  /// The name by which effects start and stop it.
  public var name: ParticularName
  /// What happens then, by a row whose relations name the timer.
  public var event: WorkflowEvent
  /// How long after it is started, in seconds: 1 to a year.
  public var afterSeconds: Int64
  /// The particular that keeps the moment, so that conditions and people see it.
  public var moment: ParticularName
  /// Describes a timer.
  public init(_ name: ParticularName, event: WorkflowEvent, afterSeconds: Int64, moment: ParticularName) {
    self.name = name
    self.event = event
    self.afterSeconds = afterSeconds
    self.moment = moment
  }
  /// How far ahead a timer may be.
  public static let limitSeconds: Int64 = 366 * 86_400
}
