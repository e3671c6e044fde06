/// What somebody is to an order, beside their role.
public enum Relation: String, Sendable, Hashable, CaseIterable {
  /// The order's own customer: a customer, or one of the staff who orders for himself.
  case owner
  /// Who sells it: the user of the role `seller` that its particular `sellerId` names.
  case counterpart
  /// A timer of the order: nobody who asks by a request is one.
  case timer
}

extension Relation {
  /// Whether somebody of this role can be that to an order. A user whose role was changed is by its name no more than its
  /// role allows.
  func fits(_ role: Role) -> Bool {
    switch self {
    case .owner: role.sight == .ownOrders || role.sight == .business
    case .counterpart: role.sight == .soldOrders
    case .timer: false
    }
  }

  /// Whether the actor of this context is that to an order.
  func holds(of order: Order, in context: RuleContext) -> Bool {
    switch self {
    case .owner, .counterpart: holds(of: order.parties, in: context)
    case .timer: context.origin == .timer
    }
  }

  /// Whether the actor is that to an order that it asks for.
  func holds(of draft: OrderDraft, in context: RuleContext) -> Bool {
    self == .owner && holds(of: OrderParties(customer: draft.customer.id), in: context)
  }

  private func holds(of parties: OrderParties, in context: RuleContext) -> Bool {
    guard context.origin == .request, fits(context.actor.role) else { return false }
    switch self {
    case .owner: return parties.customer == context.actor.user.name
    case .counterpart: return parties.seller == context.actor.user.name
    case .timer: return false
    }
  }
}
