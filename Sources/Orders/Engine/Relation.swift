/// What somebody is to an order, beside their role.
public enum Relation: String, Sendable, Hashable, CaseIterable {
  /// The order's own customer.
  case owner
  /// Who sells it: the user that its particular `sellerId` names.
  case counterpart
  /// A timer of the order: nobody who asks by a request is one.
  case timer
}

extension Relation {
  /// Whether the actor of this context is that to an order.
  func holds(of order: Order, in context: RuleContext) -> Bool {
    switch self {
    case .owner: return context.origin == .request && order.customer.id == context.actor.user.name
    case .counterpart:
      guard context.origin == .request, case .text(let seller) = order.particulars[.sellerID] else { return false }
      return seller == context.actor.user.name
    case .timer: return context.origin == .timer
    }
  }

  /// Whether the actor is that to an order that it asks for.
  func holds(of draft: OrderDraft, in context: RuleContext) -> Bool {
    self == .owner && context.origin == .request && draft.customer.id == context.actor.user.name
  }
}
