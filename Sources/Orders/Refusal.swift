/// An expected "no": what was refused, why, and what the caller needs to go on. Nothing was changed.
public struct Refusal: Error, Sendable, Equatable {
  /// What sort of no, in HTTP's terms.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// The request itself is wrong, whatever the state: 422.
    case invalid
    /// The request is sound and the state does not allow it: 409.
    case conflict
    /// The actor may not: 403.
    case forbidden
    /// The actor's tenant has no such thing: 404.
    case notFound
  }
  /// What sort of no.
  public var kind: Kind
  /// A stable name for programs: `exceeds_remaining`.
  public var code: String
  /// What was refused, the value and what is allowed, for people.
  public var detail: String
  /// The fields that are wrong, in the order of the request; only for `invalid`.
  public var fields: [FieldProblem]
  /// What a client needs to go on.
  public var facts: [Fact]
  /// Describes a refusal.
  public init(kind: Kind, code: String, detail: String, fields: [FieldProblem] = [], facts: [Fact] = []) {
    self.kind = kind
    self.code = code
    self.detail = detail
    self.fields = fields
    self.facts = facts
  }
}

/// One field of a request that is wrong.
public struct FieldProblem: Sendable, Equatable {
  /// Where, in the request's own words: `items[0].quantity`.
  public var path: String
  /// What is wrong with it, and what is allowed.
  public var message: String
  /// Describes a problem.
  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }
}

/// One thing a client needs to go on after a refusal.
public enum Fact: Sendable, Equatable {
  /// What remains of each product of the order.
  case remaining([ProductRemaining])
  /// What the stock lacks, a product each.
  case short([StockShortage])
  /// The order's version.
  case version(Int64)
  /// What is still to be paid on the invoice.
  case due(Money)
  /// The invoice that exists already.
  case invoice(Invoice)
  /// The status that the thing is in.
  case status(String)
  /// What is allowed instead: events of a workflow, or statuses of a delivery.
  case allowed([String])
  /// The members that others have changed meanwhile, by path.
  case changed([String])
  /// What happened to the order meanwhile, in order.
  case changes([PastChange])
  /// By how much the order would cost less than was paid for it, or invoiced.
  case excess(Money)
}

extension Refusal {
  static func conflict(_ code: String, _ detail: String, facts: [Fact] = []) -> Refusal {
    Refusal(kind: .conflict, code: code, detail: detail, facts: facts)
  }

  static func notFound(_ code: String, _ detail: String) -> Refusal {
    Refusal(kind: .notFound, code: code, detail: detail)
  }

  /// What is stored contradicts itself: the write is refused rather than made on top of it.
  static func outOfStep(_ what: String, of order: Order) -> Refusal {
    .conflict(
      "order_out_of_step", "Order \(order.number) is not changed: \(what).", facts: [.version(order.version)])
  }

  /// The rules of an order's workflow are asked for, and the workflow is not known here.
  public static func workflowOutOfStep(_ order: Order) -> Refusal {
    .outOfStep("its workflow \(order.workflow.rawValue) is not known", of: order)
  }
}
