/// Whom an order concerns beside the staff. By these names it is known who else may see it, read or live.
///
/// The customer and the kiosk are there from the beginning. A seller may come later, and then stays: so whoever follows
/// what it may see is never left with what it may not see any more.
public struct OrderParties: Sendable, Hashable {
  /// The user name of its customer, if it has one.
  public var customer: Text?
  /// The user name of who sells it: its particular `sellerId`.
  public var seller: Text?
  /// The user name of the kiosk that placed it; nil if it was placed by somebody in another role.
  public var kiosk: Text?
  /// Names them.
  public init(customer: Text? = nil, seller: Text? = nil, kiosk: Text? = nil) {
    self.customer = customer
    self.seller = seller
    self.kiosk = kiosk
  }
}

extension Order {
  /// Whom it concerns.
  public var parties: OrderParties {
    OrderParties(customer: customer.id, seller: particulars.seller, kiosk: kiosk?.name)
  }
}

extension Particulars {
  /// Who sells the order.
  public var seller: Text? { if case .text(let name) = self[.sellerID] { name } else { nil } }
}

/// Whose orders are meant, where it is not all of a tenant's.
public enum OrdersOf: Hashable, Sendable {
  /// Those whose customer is a user.
  case customer(Text)
  /// Those that a user sells.
  case seller(Text)
  /// Those that a kiosk placed.
  case kiosk(Text)

  /// Whether an order of these parties is one of them.
  public func includes(_ parties: OrderParties) -> Bool {
    switch self {
    case .customer(let name): parties.customer == name
    case .seller(let name): parties.seller == name
    case .kiosk(let name): parties.kiosk == name
    }
  }
}
