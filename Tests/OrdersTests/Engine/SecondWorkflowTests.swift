import HubTestSupport
import Orders
import Testing

/// Two workflows of which each has a state `completed` and one `cancelled`.
@Suite struct SecondWorkflowTests {
  private let both: Workflows

  init() throws { both = try CounterWorkflow.withDelivery() }

  @Test func `each workflow says what its own word amounts to`() throws {
    #expect(both[.delivery]?.phase(of: .completed) == .closed)
    #expect(both[CounterWorkflow.name]?.phase(of: CounterWorkflow.completed) == .fulfilled)
    #expect(CounterWorkflow.completed == .completed)
    #expect(
      both.statuses.map(\.rawValue)
        == ["open", "in_progress", "partial_delivered", "delivered", "completed", "cancelled", "waiting"])
    #expect(both.standings.count == 9)
  }

  @Test func `orders are placed by the workflows that are handed in`() throws {
    var draft = try draft(item("a", "1"))
    draft.workflow = CounterWorkflow.name
    let order = try Rules.place(draft, number: "O", products: [:], in: context(workflows: both)).order
    #expect(order.standing == Standing(CounterWorkflow.name, CounterWorkflow.waiting, .active))
    let cancelled = try Rules.cancel(order, deliveries: [], products: [:], in: context(workflows: both)).order
    #expect(cancelled.standing == Standing(CounterWorkflow.name, CounterWorkflow.cancelled, .cancelled))
    // Who has not that workflow is told which there are.
    let refused = try refusal { try Rules.place(draft, number: "O", products: [:], in: context()) }
    #expect(refused.fields.map(\.message) == ["counter is not known; known are: delivery, pickup."])
    #expect(
      try refusal { try Rules.cancel(order, deliveries: [], products: [:], in: context()) }.code
        == "order_out_of_step")
    // An event that its table has not in this state is refused by that table.
    let lost = try refusal { try Rules.cancel(cancelled, deliveries: [], products: [:], in: context(workflows: both)) }
    #expect(lost.code == "transition_not_allowed" && lost.facts.contains(.status("cancelled")))
  }

  @Test func `a changed definition changes no order that there is`() throws {
    var draft = try draft(item("a", "1"))
    draft.workflow = CounterWorkflow.name
    let order = try Rules.place(draft, number: "O", products: [:], in: context(workflows: both)).order
    var changed = CounterWorkflow.definition
    changed.states[0].phase = .open
    let later = try Workflows([.delivery, changed])
    #expect(order.phase == .active)
    #expect(try Rules.place(draft, number: "O", products: [:], in: context(workflows: later)).order.phase == .open)
  }

  @Test func `a state is one word, by which it is known again`() {
    for state in both.standings { #expect(Standing(word: state.word) == state) }
    #expect(Standing(.delivery, .inProgress).word == "in_progress")
    #expect(Standing(.delivery, .inProgress).phase == .active)
    #expect(
      Standing(CounterWorkflow.name, CounterWorkflow.waiting, .active).word == "counter:active:waiting")
    // What is none is of the workflow that there was before, and nothing that it has.
    for word: Text in ["", "nowhere", "a:b", "a:nothing:b", "a:open:b:c"] {
      let state = Standing(word: word)
      #expect(state.workflow == .plain && state.phase == .problem && state.word == word, "\(word)")
    }
  }

  @Test func `a status that no workflow has judged is a problem, but for those of before`() throws {
    var draft = try draft(item("a", "1"))
    draft.workflow = CounterWorkflow.name
    var order = try Rules.place(draft, number: "O", products: [:], in: context(workflows: both)).order
    order.status = CounterWorkflow.completed
    #expect(order.phase == .problem)
    order.stand(in: CounterWorkflow.completed, by: try #require(both[CounterWorkflow.name]))
    #expect(order.phase == .fulfilled)
    order.workflow = .delivery
    #expect(order.phase == .closed)
  }

  @Test(arguments: ["", "a b", "a:b", "a|b", "a.b", "$a", "é", String(repeating: "a", count: 65)])
  func `a word that could not stand in a key is refused`(word: String) {
    let defect = WorkflowDefect.badWord(Text(word))
    var named = CounterWorkflow.definition
    named.name = WorkflowName(rawValue: Text(word))
    #expect(throws: defect) { try Workflow(named) }
    var stated = CounterWorkflow.definition
    stated.states[0].status = Status(rawValue: word)
    #expect(throws: defect) { try Workflow(stated) }
    var evented = CounterWorkflow.definition
    evented.rows[1].event = WorkflowEvent(rawValue: word)
    #expect(throws: defect) { try Workflow(evented) }
  }

  @Test func `words of 64 letters are taken`() throws {
    var definition = CounterWorkflow.definition
    definition.name = WorkflowName(rawValue: Text(String(repeating: "Z", count: 62) + "_-"))
    #expect(throws: Never.self) { try Workflow(definition) }
  }
}
