/// How much of its tenant's orders somebody sees.
///
/// The one right from which those to read and to follow come: of routes, live commands, rooms, streams and pages; and
/// which members of a document are shown. So whoever may follow something may read it too, and the other way round.
public enum Sight: Sendable, CaseIterable {
  /// All of the tenant's orders, its products and its sums, with all their members.
  case business
  /// The orders whose `customer.id` is the user's own name; of these, what the table of columns shows.
  case ownOrders
  /// The orders whose particular `sellerId` is the user's own name; of these, what a customer sees, and what it needs to
  /// send the goods.
  case soldOrders
  /// The orders that the user placed as a kiosk; of these, what a customer sees.
  case placedOrders
  /// Nothing, as long as somebody has not said who it is.
  case nothing
}

extension Role {
  /// How much the role sees.
  public var sight: Sight {
    switch self {
    case .admin, .employee, .system: .business
    case .customer: .ownOrders
    case .seller: .soldOrders
    case .kiosk: .placedOrders
    }
  }
}

extension Set<Role> {
  /// Those who run the business.
  public static let staff = Set(Role.allCases.filter { $0.sight == .business })
  /// Those who see orders: staff, and a customer, a seller or a kiosk what is its own.
  public static let staffAndOwner = Set(Role.allCases.filter { $0.sight != .nothing })
}

extension Actor {
  /// Whether the actor may see an order of its own tenant that concerns these.
  public func maySee(_ parties: OrderParties) -> Bool {
    switch role.sight {
    case .business: true
    case .ownOrders: parties.customer == user.name
    case .soldOrders: parties.seller == user.name
    case .placedOrders: parties.kiosk == user.name
    case .nothing: false
    }
  }

  /// The orders that the actor sees; nil if it is all of its tenant's.
  public var orders: OrdersOf? {
    switch role.sight {
    case .business: nil
    case .ownOrders, .nothing: .customer(user.name)
    case .soldOrders: .seller(user.name)
    case .placedOrders: .kiosk(user.name)
    }
  }
}
