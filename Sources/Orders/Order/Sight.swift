/// How much of its tenant's orders somebody sees.
///
/// The one right from which those to read and to follow come: of routes, live commands, rooms, streams and pages; and
/// which members of a document are shown. So whoever may follow something may read it too, and the other way round.
public enum Sight: Sendable, CaseIterable {
  /// All of the tenant's orders, its products and its sums, with all their members.
  case business
  /// The orders whose `customer.id` is the user's own name; of these, what the table of columns shows.
  case ownOrders
  /// Nothing.
  case nothing
}

extension Role {
  /// How much the role sees.
  public var sight: Sight {
    switch self {
    case .admin, .employee, .system: .business
    case .customer: .ownOrders
    case .kiosk: .nothing
    }
  }
}

extension Set<Role> {
  /// Those who run the business.
  public static let staff = Set(Role.allCases.filter { $0.sight == .business })
  /// Those who see an order: staff, and the customer whose it is.
  public static let staffAndOwner = Set(Role.allCases.filter { $0.sight != .nothing })
}

extension Actor {
  /// Whether the actor may see an order of its own tenant whose `customer.id` is this.
  public func maySee(orderOf customer: Text?) -> Bool {
    switch role.sight {
    case .business: true
    case .ownOrders: customer == user.name
    case .nothing: false
    }
  }
}
