public import Orders

/// Which orders to list.
public struct OrderQuery: Sendable, Equatable {
  /// Whose.
  public var tenant: TenantID
  /// Only this customer's, seller's or kiosk's, if named.
  public var of: OrdersOf?
  /// Starts of words of the order's number, the customer's name, or the phone, as people type them; 2 to 64
  /// characters, or one that is not of ASCII. Where more than `searchLimit` orders fit the start of a word, those that have the word whole go first;
  /// a page may then be short, or empty, and still name a place to go on from.
  public var search: Text?
  /// Only of this workflow; of any, if none is named.
  public var workflow: WorkflowName?
  /// Only in one of these, of whatever workflow; in any, if none is named.
  public var statuses: [Status]
  /// Only in a state that amounts to one of these; to anything, if none is named.
  public var phases: [Phase]
  /// Only of which the customer holds so much. No index knows it: where the other filters leave more than `searchLimit`
  /// orders, a page looks at a bounded part of them, and may be short, or empty, and still name a place to go on from.
  public var fulfilment: Fulfilment?
  /// Only with this payment status.
  public var paymentStatus: PaymentStatus?
  /// Only created at or after.
  public var from: Timestamp?
  /// Only created before.
  public var before: Timestamp?
  /// What it is sorted by; orders of the same are sorted by their ids.
  public var sort: OrderSort
  /// The newest, largest or latest first, or the other way round.
  public var descending: Bool
  /// How many at most, 1…100.
  public var limit: Int
  /// How many to pass over; 0…`skipLimit`. Past it a cursor goes on at any depth.
  public var skip: Int
  /// Go on after this order.
  public var cursor: OrderCursor?
  /// The states that the tenant's workflows have. The store finds by itself all those in which orders are; one that comes
  /// into another of these meanwhile is found in it.
  public var states: [Standing]
  /// Describes a query.
  public init(
    tenant: TenantID, customerID: Text? = nil, search: Text? = nil, workflow: WorkflowName? = nil,
    statuses: [Status] = [],
    phases: [Phase] = [], fulfilment: Fulfilment? = nil, paymentStatus: PaymentStatus? = nil, from: Timestamp? = nil,
    before: Timestamp? = nil,
    sort: OrderSort = .createdAt, descending: Bool = true, limit: Int = 20, skip: Int = 0, cursor: OrderCursor? = nil,
    states: [Standing] = []
  ) {
    self.tenant = tenant
    of = customerID.map(OrdersOf.customer)
    self.search = search
    self.workflow = workflow
    self.statuses = statuses
    self.phases = phases
    self.fulfilment = fulfilment
    self.paymentStatus = paymentStatus
    self.from = from
    self.before = before
    self.sort = sort
    self.descending = descending
    self.limit = limit
    self.skip = skip
    self.cursor = cursor
    self.states = states
  }
  /// The customer, if only one's are asked for.
  public var customerID: Text? {
    get { if case .customer(let id) = of { id } else { nil } }
    set { of = newValue.map(OrdersOf.customer) }
  }
  /// Whether a state, or some of several, is asked for.
  public var namesStates: Bool { workflow != nil || !statuses.isEmpty || !phases.isEmpty }
  /// Whether an order in this state may be meant.
  public func admits(_ state: Standing) -> Bool {
    (workflow.map { $0 == state.workflow } ?? true) && (statuses.isEmpty || statuses.contains(state.status))
      && (phases.isEmpty || phases.contains(state.phase))
  }
  /// The most orders a page number may pass over.
  public static let skipLimit = 10_000
  /// The most matches of a search that are gathered, and the most that are counted where no tally answers.
  public static let searchLimit = 10_000
}

/// What a list of orders is sorted by: the member's name.
public enum OrderSort: String, Sendable, CaseIterable {
  /// When they were created.
  case createdAt
  /// The amount, whatever its currency.
  case total
  /// When the customer wants them. Those without a date stand before all others, and so last where it descends.
  case deliveryDate
}

/// A place in a list: the last order seen.
public struct OrderCursor: Sendable, Equatable {
  /// What the list is sorted by: milliseconds since 1970, or 10⁻⁸ of an amount. Nil for an order without it.
  public var key: Int64?
  /// Which it was.
  public var id: OrderID
  /// Names a place.
  public init(key: Int64?, id: OrderID) {
    self.key = key
    self.id = id
  }
  /// The place of an order.
  public init(_ order: Order, by sort: OrderSort) {
    let key: Int64? =
      switch sort {
      case .createdAt: order.createdAt.millis
      case .total: order.total.units
      case .deliveryDate: order.deliveryDate?.millis
      }
    self.init(key: key, id: order.id)
  }
}

/// A page of orders.
public struct OrderPage: Sendable, Equatable {
  /// The orders.
  public var orders: [Order]
  /// How many there are in all, or nil where a tally knows better than a count (no search, no dates, no customer, no fulfilment).
  public var total: Int64?
  /// Whether `total` stopped at `OrderQuery.searchLimit`.
  public var totalIsCapped: Bool
  /// Where the next page begins; nil at the end.
  public var next: OrderCursor?
  /// Describes a page.
  public init(orders: [Order], total: Int64?, totalIsCapped: Bool, next: OrderCursor?) {
    self.orders = orders
    self.total = total
    self.totalIsCapped = totalIsCapped
    self.next = next
  }
}
