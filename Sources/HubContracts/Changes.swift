public import Orders

/// A place in a tenant's changes: which orders were seen as they were last written.
///
/// Each writing process notes in an order the shard of the tenant's tally that it counts in, and that shard's revision, in
/// the transaction that writes both. A shard's transactions follow one another, so within a shard what is past a revision
/// was committed after all that is not; a place has a mark for each shard, and no write that is under way can come to lie
/// before it.
public struct ChangePlace: Sendable, Equatable {
  /// How far a shard was read.
  public struct Mark: Sendable, Equatable {
    /// The last revision that was seen.
    public var revision: Int64
    /// The last order of that revision that was seen, if there may be more of it.
    public var order: OrderID?
    /// Describes a mark.
    public init(revision: Int64, order: OrderID? = nil) {
      self.revision = revision
      self.order = order
    }
  }
  /// By shard, 0…63; of one that is not here nothing was seen.
  public var marks: [Int: Mark]
  /// Describes a place.
  public init(marks: [Int: Mark]) { self.marks = marks }
}

/// Which changes to read.
public struct ChangeQuery: Sendable, Equatable {
  /// Whose.
  public var tenant: TenantID
  /// Only this customer's, seller's or kiosk's orders, if named.
  public var of: OrdersOf?
  /// What was seen; nil asks for the place of now and no order.
  public var after: ChangePlace?
  /// How many orders at most, 1…100.
  public var limit: Int
  /// Describes a question.
  public init(tenant: TenantID, of: OrdersOf? = nil, after: ChangePlace?, limit: Int) {
    self.tenant = tenant
    self.of = of
    self.after = after
    self.limit = limit
  }
}

/// The orders that were written after a place, each once, as it is now.
public struct ChangePage: Sendable, Equatable {
  /// The orders.
  public var orders: [Order]
  /// Where to go on.
  public var next: ChangePlace
  /// Whether more was there already, however few orders these are: those that were written again since come later.
  public var hasMore: Bool
  /// Describes a page.
  public init(orders: [Order], next: ChangePlace, hasMore: Bool) {
    self.orders = orders
    self.next = next
    self.hasMore = hasMore
  }
}
