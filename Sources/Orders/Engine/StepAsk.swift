/// An event that somebody asks for, with its input: values by the fields of the row, or what the rule beside the table
/// takes, made once.
public struct StepAsk: Sendable {
  /// What is to happen.
  public let event: WorkflowEvent
  /// The rule that decides it; nil if the table says all of it.
  let rule: (any WorkflowRule)?
  /// The values as they were sent; nil where only the rule's own input is known.
  let given: StepInput?

  /// Asks for an event that the table says all of.
  public init(_ event: WorkflowEvent, _ input: StepInput = StepInput()) {
    self.init(event, rule: nil, given: input)
  }

  /// Asks for what a rule decides.
  init(_ rule: some WorkflowRule) { self.init(rule.event, rule: rule, given: nil) }

  init(_ event: WorkflowEvent, rule: (any WorkflowRule)?, given: StepInput?) {
    self.event = event
    self.rule = rule
    self.given = given
  }

  /// Whether a rule beside the table decides it.
  public var isRuled: Bool { rule != nil }
  /// What must be read for it beside the order.
  public var needs: StepNeeds { rule?.needs ?? .table }
  /// How many items or lines it brings.
  public var lineCount: Int { rule?.lineCount ?? given?.items?.count ?? 0 }
  /// What is answered beside the order.
  public var answer: StepAnswer { rule?.answer ?? .order }
  /// The values by the fields of the row.
  var input: StepInput { given ?? rule?.input ?? StepInput() }
}

/// What is answered to an event beside the order and its parts.
public struct StepAnswer: Sendable, Equatable {
  /// What a change may bring with it.
  public enum Document: Sendable { case creditNote, invoice, delivery }
  /// Whether something new came to be by it.
  public var isNew: Bool
  /// The documents, in their order.
  public var documents: [Document]
  /// Describes an answer.
  public init(isNew: Bool, _ documents: [Document]) {
    self.isNew = isNew
    self.documents = documents
  }
  /// Nothing.
  public static let order = StepAnswer(isNew: false, [])
}

extension Workflow {
  /// Reads an input for an event: into what the rule takes, if one decides it.
  ///
  /// `fields` are those that it was read by. The table's own events are checked by the step, which knows the row; what a
  /// rule takes is checked here, and refused with 422, or with 404 where it names what cannot be.
  public func ask(
    _ event: WorkflowEvent, _ input: StepInput, by fields: [InputField]
  ) throws(Refusal) -> StepAsk {
    guard let rules, rules.events.contains(event) else { return StepAsk(event, input) }
    try input.check(by: fields)
    return StepAsk(event, rule: try rules.rule(for: event, input), given: input)
  }
}
