public import Orders

/// What orders hold of the catalogue's stock, as steps of their workflows wrote it into the ledger.
public protocol StockStore: Sendable {
  /// What each of these orders holds; one that no step moved stock of is left out. At most `StoreCall.limit` ids.
  ///
  /// Whoever writes an order's rows writes the order too: what was read of both, the order first, is of one moment if the
  /// order still has the version that was read.
  func holdings(of orders: [OrderID]) async throws(StoreError) -> [OrderID: StockHoldings]
  /// A product's open reservations; see `ReservationQuery`.
  func reservations(_ query: ReservationQuery) async throws(StoreError) -> ReservationPage
}

/// Which reservations are asked for: a product's open ones, those of the newest orders first. One is open while the rows
/// of its order and the product sum to more than nothing reserved.
public struct ReservationQuery: Sendable, Equatable {
  /// Whose.
  public var tenant: TenantID
  /// Of what.
  public var productID: Text
  /// The last order of the page before.
  public var after: OrderID?
  /// At most so many: 1 to 1,000.
  public var limit: Int
  /// Asks for a page.
  public init(tenant: TenantID, productID: Text, after: OrderID? = nil, limit: Int) {
    self.tenant = tenant
    self.productID = productID
    self.after = after
    self.limit = limit
  }
  /// How many rows of the ledger a page looks at: where most reservations are over it may be short, and go on.
  public static let rowLimit = 10_000
}

/// A page of reservations.
public struct ReservationPage: Sendable, Equatable {
  /// The newest order's first.
  public var reservations: [Reservation]
  /// Where the next page goes on; nil at the end.
  public var next: OrderID?
  /// Describes a page.
  public init(reservations: [Reservation], next: OrderID?) {
    self.reservations = reservations
    self.next = next
  }
}

/// What is set aside of a product for an order.
public struct Reservation: Sendable, Equatable {
  /// The order.
  public var orderID: OrderID
  /// Its number; nil if it is being removed.
  public var orderNumber: Text?
  /// Whose the order is: its customer's user name, or that of whoever made it, if it has none.
  public var owner: Text
  /// How much; more than zero.
  public var quantity: Quantity
  /// When it goes back by itself; nil if it is firm.
  public var expiresAt: Timestamp?
  /// Describes it.
  public init(orderID: OrderID, orderNumber: Text?, owner: Text, quantity: Quantity, expiresAt: Timestamp?) {
    self.orderID = orderID
    self.orderNumber = orderNumber
    self.owner = owner
    self.quantity = quantity
    self.expiresAt = expiresAt
  }
}
