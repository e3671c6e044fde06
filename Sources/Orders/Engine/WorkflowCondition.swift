/// What must hold of an order, beside its status, for an event: a small closed set.
public enum WorkflowCondition: Sendable, Hashable {
  /// Its payment is one of these. Else 409 `payment_not_allowed`.
  case payment([PaymentStatus])
  /// The catalogue has all that the event deducts or reserves. Else 409 `out_of_stock`, with what is short.
  case stockSuffices
  /// The moment in this particular has not come. Else 409 with this code.
  case before(ParticularName, code: Text)
  /// The moment in this particular has come: what a timer waits for. Else 409 `too_early`.
  case after(ParticularName)
  /// This field, if it is given, is what is still to be paid. Else 422.
  case amountIsDue(ParticularName)
  /// This particular is there. Else 409 `not_ready`.
  case has(ParticularName)
  /// The part of this kind that the input names by `<kind>Id` is in one of these statuses. Else 409 `part_not_allowed`.
  case partIs(PartKind, [Status])
}

extension WorkflowCondition {
  /// Refuses where it does not hold. Of stock the effects know better than this: they refuse themselves.
  func check(_ order: Order, _ parts: [Part], _ input: StepInput, in context: RuleContext) throws(Refusal) {
    switch self {
    case .stockSuffices: break
    case .payment(let allowed):
      guard !allowed.contains(order.paymentStatus) else { return }
      throw .conflict(
        "payment_not_allowed",
        "Order \(order.number) is \(order.paymentStatus.rawValue); it must be "
          + allowed.map(\.rawValue).joined(separator: " or ") + ".",
        facts: [.status(order.status.rawValue), .version(order.version)])
    case .before(let name, let code):
      guard case .time(let end) = order.particulars[name], context.now >= end else { return }
      throw .conflict(
        code.string, "The time for this is over: \(name.text) has passed.",
        facts: [.status(order.status.rawValue), .version(order.version)])
    case .after(let name):
      if case .time(let end) = order.particulars[name], context.now >= end { return }
      throw .conflict(
        Refusal.tooEarly, "It is not yet time: \(name.text) has not come.",
        facts: [.status(order.status.rawValue), .version(order.version)])
    case .amountIsDue(let name):
      guard case .money(let amount) = input.values[name], amount != order.due else { return }
      var problems = FieldProblems()
      problems.add(name.text.string, "\(amount.decimal) is not what is due: \(order.due.decimal).")
      try problems.refuse()
    case .has(let name):
      guard order.particulars[name] == nil else { return }
      throw .conflict(
        "not_ready", "Order \(order.number) has no \(name.text) yet.",
        facts: [.status(order.status.rawValue), .version(order.version)])
    case .partIs(let kind, let allowed):
      let part = try PartBook.named(kind, among: parts, input)
      guard !allowed.contains(part.status) else { return }
      let words = allowed.map(\.rawValue)
      throw .conflict(
        "part_not_allowed",
        "The \(kind.text) \(part.number) is \(part.status.rawValue); it must be \(words.joined(separator: " or ")).",
        facts: [.status(part.status.rawValue), .allowed(words), .version(order.version)])
    }
  }
}

extension Order {
  /// What is still to be paid of what is kept of it; zero if more was paid.
  public var due: Money { max(.zero, total.subtracting(paid) ?? .zero) }
}

extension Refusal {
  /// The code of what is refused because its moment has not come.
  public static let tooEarly = "too_early"
}
