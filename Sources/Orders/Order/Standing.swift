/// Where an order stands: in which workflow, in which state of it, and what that amounts to.
///
/// Two workflows may use the same word, and a workflow's definition may change what a word amounts to. So the store and
/// the counters know an order's state by all three, as one word.
public struct Standing: Hashable, Sendable {
  /// The workflow.
  public let workflow: WorkflowName
  /// The state, in the workflow's own words.
  public let status: Status
  /// What the state amounts to.
  public let phase: Phase

  /// Names a state, and what its workflow says that it amounts to.
  public init(_ workflow: WorkflowName, _ status: Status, _ phase: Phase) {
    self.workflow = workflow
    self.status = status
    self.phase = phase
  }

  /// Names a state of the plain workflow, whose states never change what they amount to; of another one, or if there is no
  /// such state, it is a `problem`.
  public init(_ workflow: WorkflowName, _ status: Status) {
    self.init(workflow, status, workflow == .plain ? PlainStates.phases[status] ?? .problem : .problem)
  }

  /// The state as the store and the counters know it: the status alone if it is one of the plain workflow, as in
  /// `in_progress`; else workflow, phase and status, as in `kiosk:active:ready`.
  public var word: Text {
    if workflow == .plain { return Text(status.rawValue) }
    return "\(workflow.rawValue):\(phase.rawValue):\(status.rawValue)"
  }

  /// Reads a state as it is stored. What is none of another workflow is taken for one of the plain one.
  public init(word: Text) {
    let parts = word.utf8.contains(UInt8(ascii: ":")) ? word.split(on: UInt8(ascii: ":")) : []
    if parts.count == 3, let phase = Phase(parts[1]) {
      self.init(WorkflowName(rawValue: parts[0]), Status(parts[2]), phase)
    } else {
      self.init(.plain, Status(word))
    }
  }
}

extension Order {
  /// Where it stands.
  public var standing: Standing { Standing(workflow, status, phase) }

  /// Puts it into a state, which amounts to what the workflow says: `problem` if it has no such state.
  public mutating func stand(in status: Status, by workflow: Workflow) {
    self.status = status
    phase = workflow.phase(of: status) ?? .problem
  }
}

extension Workflow {
  /// Its states, in the order in which people list them.
  public var standings: [Standing] { definition.states.map { Standing(name, $0.status, $0.phase) } }
}
