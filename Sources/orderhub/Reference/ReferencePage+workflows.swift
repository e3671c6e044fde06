import Orders

extension ReferencePage {
  static var workflowsPage: String {
    var text = """
      # Workflows

      For those who want to know what an order may do: the tables of the workflows that every tenant has. Printed by
      `orderhub describe workflows` from the definitions themselves. Pages about each: [delivery](delivery.md),
      [pickup](pickup.md). A tenant may have [workflows of its own](own-workflow.md), and what these words mean is [said
      there](own-workflow.md#what-a-definition-says).


      """
    for name in Workflows.builtIn.names {
      if let definition = Workflows.builtIn[name]?.definition { text += section(definition) }
    }
    // Each section ends with an empty line, and a page does not.
    return String(decoding: text.utf8.dropLast(), as: UTF8.self)
  }

  private static func section(_ definition: WorkflowDefinition) -> String {
    let name = definition.name.rawValue.string
    var states = MarkdownTable("state", "phase", "")
    for state in definition.states {
      states.add(code(state.status.rawValue), state.phase.rawValue, state.isTerminal ? "ends there" : "")
    }
    var rows = MarkdownTable("event", "from", "to", "who", "asks for", "if", "does")
    for row in definition.rows {
      rows.add(
        code(row.event.rawValue), code(row.from?.rawValue ?? ""), row.targets.map { code($0.rawValue) }.joined(", "),
        who(row), row.input.map(field).joined(", "), row.conditions.map(\.words).joined(", "),
        (row.effects.map(\.words) + row.announces.map { "announces \(code($0.rawValue))" }).joined(", "))
    }
    var text = """
      ## The workflow \(name)

      ![The states of \(name), and what leads from one to another](\(name).svg)

      \(states.text)
      \(rows.text)

      """
    if definition.rules != nil {
      text += "Which of several states it comes to is derived from the deliveries and invoices.\n\n"
    }
    for timer in definition.timers {
      text += """
        The timer \(code(timer.name.text.string)) does \(code(timer.event.rawValue)) \(timer.afterSeconds) seconds after it is
        started; \(code(timer.moment.text.string)) says when.


        """
    }
    return text
  }

  private static func who(_ row: WorkflowRow) -> String {
    let staff: [Role] = [.admin, .employee, .system]
    let hasStaff = staff.allSatisfy(row.roles.contains)
    let roles = row.roles.filter { !hasStaff || !staff.contains($0) }.map(\.rawValue)
    return ((hasStaff ? ["staff"] : []) + roles + row.relations.map(\.rawValue)).joined(", ")
  }

  /// A field that must be given stands without a question mark.
  private static func field(_ field: InputField) -> String {
    code(field.name.text.string + (field.isRequired ? "" : "?"))
  }
}

extension [String] {
  fileprivate func joined(_ separator: String) -> String { joined(separator: separator) }
}

extension WorkflowCondition {
  /// The condition as the page says it.
  fileprivate var words: String {
    switch self {
    case .payment(let statuses): "payment is " + statuses.map { code($0.rawValue) }.joined(separator: " or ")
    case .stockSuffices: "stock suffices"
    case .before(let moment, let refusal): "before \(code(moment.text.string)) (\(code(refusal.string)))"
    case .after(let moment): "after \(code(moment.text.string))"
    case .amountIsDue(let field): "\(code(field.text.string)) is what is due"
    case .has(let name): "has \(code(name.text.string))"
    case .partIs(let kind, let statuses):
      "the \(kind.text) is " + statuses.map { code($0.rawValue) }.joined(separator: " or ")
    }
  }
}

extension WorkflowEffect {
  /// The effect as the page says it, in the words of a definition.
  fileprivate var words: String {
    switch self {
    case .deductStock: code("deductStock")
    case .reserveStock: code("reserveStock")
    case .confirmStock: code("confirmStock")
    case .releaseStock: code("releaseStock")
    case .restoreStock: code("restoreStock")
    case .editOrder: code("editOrder")
    case .reduceItems: code("reduceItems")
    case .cancelItems: code("cancelItems")
    case .recordPayment: code("recordPayment")
    case .takePayment: code("takePayment")
    case .refundPayment: code("refundPayment")
    case .notify(let template): "notifies \(code(template.string))"
    case .startTimer(let timer): "starts \(code(timer.text.string))"
    case .stopTimer(let timer): "stops \(code(timer.text.string))"
    case .call(let partner): "calls \(code(partner.string))"
    case .set(let name, _): "sets \(code(name.text.string))"
    case .addPart(let kind, let status, _): "adds a \(kind.text), \(code(status.rawValue))"
    case .movePart(let kind, let status, _): "moves the \(kind.text) to \(code(status.rawValue))"
    }
  }
}
