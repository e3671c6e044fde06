// The one list of the workflows that the hub brings along, and of the rules that may stand beside a table: whoever adds one
// adds its name here.

extension Workflows {
  /// Those that the hub brings along, for whoever wires a process.
  public static let builtIn: Workflows = {
    do { return try Workflows([.delivery, .pickup]) } catch {
      preconditionFailure("a built-in workflow is wrong: \(error)")
    }
  }()
}

extension WorkflowDefinition {
  /// All rules that a table may name.
  private static let allRules: [any WorkflowRules] = [DeliveryRules()]

  /// The names of all rules that a table may name.
  public static let ruleNames = allRules.map(\.name)

  /// The rules that it names; nil if it names none, or none that are known here.
  var knownRules: (any WorkflowRules)? {
    rules.flatMap { name in Self.allRules.first { $0.name == name } }
  }
}
