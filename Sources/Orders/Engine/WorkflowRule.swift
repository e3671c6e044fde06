/// What of one event a workflow's table cannot say, decided in Swift beside the table.
///
/// A value is what was asked for, in the rule's own types. The step permits, applies the row's effects, checks where it
/// leads, tells of it and makes the `Change`; nothing of that stands in a rule.
protocol WorkflowRule: Sendable {
  /// The rules that it is one of, by the name in a definition.
  var rules: Text { get }
  /// What it decides.
  var event: WorkflowEvent { get }
  /// What must be read for it beside the order.
  var needs: StepNeeds { get }
  /// How many lines it brings.
  var lineCount: Int { get }
  /// What is answered beside the order.
  var answer: StepAnswer { get }
  /// What was asked for, by the names of the row's fields: made where a row's effects or conditions read it.
  var input: StepInput { get }
  /// Refuses what is wrong with what was asked for, and what can be told more exactly than that the state does not allow
  /// it. Whoever may never do the event is refused before.
  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal)
  /// Decides what becomes of the order, and what else is written and told.
  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal)
}

extension WorkflowRule {
  var needs: StepNeeds { StepNeeds() }
  var lineCount: Int { 0 }
  var answer: StepAnswer { .order }
  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {}
}

/// The rules that stand beside a table under one name.
protocol WorkflowRules: Sendable {
  /// The name in a definition.
  var name: Text { get }
  /// The events that they decide; all others are the table's.
  var events: [WorkflowEvent] { get }
  /// Whether an order holds of the stock what is kept of its items, and not what its rows of the ledger say.
  var keepsStockByItems: Bool { get }
  /// The rule of an event, from an input that was checked by its fields; nil if what it takes is not among them.
  func rule(for event: WorkflowEvent, _ input: StepInput) throws(Refusal) -> (any WorkflowRule)?
  /// The status that what an order has amounts to, where a row leads to several.
  func status(of order: Order) -> Status
  /// What is told beside the version, where the state does not allow an event.
  func facts(of order: Order) -> [Fact]
}

/// What a rule decided of one order. The row's effects come upon it.
struct RuleOutcome: Sendable {
  /// As the rule leaves it, but for status and version.
  var order: Order
  /// Where it leads, which must be among the row's targets. Nil: to the only one.
  var status: Status?
  /// What is told before `order:updated`…
  var events: [EventPayload] = []
  /// …and what after it.
  var later: [EventPayload] = []
  /// A new delivery.
  var insertedDelivery: Delivery?
  /// Deliveries that changed.
  var changedDeliveries: [Delivery] = []
  /// A new invoice.
  var insertedInvoice: Invoice?
  /// An invoice that changed.
  var changedInvoice: Invoice?
  /// Other invoices, whose dues were rounded.
  var roundedInvoices: [Invoice] = []
  /// The items whose remaining quantity is another than before.
  var changedItems: [ItemID] = []

  /// Nothing is decided yet.
  init(_ order: Order) { self.order = order }
}
