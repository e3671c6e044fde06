/// The workflows that there are, by name.
public struct Workflows: Sendable {
  private let byName: [WorkflowName: Workflow]
  /// The names, in the order of definition.
  public let names: [WorkflowName]

  /// Compiles all of them, or throws the first thing that is wrong.
  public init(_ definitions: [WorkflowDefinition]) throws(WorkflowDefect) {
    var byName: [WorkflowName: Workflow] = [:]
    for definition in definitions {
      if byName[definition.name] != nil { throw .duplicateWorkflow(definition.name) }
      byName[definition.name] = try Workflow(definition)
    }
    self.byName = byName
    names = definitions.map(\.name)
  }

  private init(byName: [WorkflowName: Workflow], names: [WorkflowName]) {
    self.byName = byName
    self.names = names
  }

  /// These, and further ones behind them; one of a name that there is already is left out.
  public func adding(_ more: [Workflow]) -> Workflows {
    let new = more.filter { byName[$0.name] == nil }
    return Workflows(
      byName: byName.merging(new.map { ($0.name, $0) }) { first, _ in first }, names: names + new.map(\.name))
  }

  /// The workflow of this name.
  public subscript(name: WorkflowName) -> Workflow? { byName[name] }

  /// All states of all of them, workflow by workflow.
  public var standings: [Standing] { names.flatMap { byName[$0]?.standings ?? [] } }

  /// The words of all states, each once, in the order of the workflows.
  public var statuses: [Status] {
    var seen: Set<Status> = []
    return standings.map(\.status).filter { seen.insert($0).inserted }
  }
}
