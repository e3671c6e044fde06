public import HubContracts
import HubRuntime
import Orders
import Spelling

extension MongoStore {
  /// One page of orders, read along an index whatever is asked for; see `OrderQuery`.
  public func list(_ query: OrderQuery) async throws(StoreError) -> OrderPage {
    try await list(query, SearchLimits())
  }

  /// The same with other limits of a search.
  func list(_ query: OrderQuery, _ limits: SearchLimits) async throws(StoreError) -> OrderPage {
    guard (1...100).contains(query.limit) else { throw .broken("a page of \(query.limit); 1 to 100 are allowed") }
    guard (0...OrderQuery.skipLimit).contains(query.skip) else {
      throw .broken("\(query.skip) passed over; 0 to \(OrderQuery.skipLimit) are allowed")
    }
    guard let search = query.search else {
      return try await read { worker in try worker.list(worker.resolved(query), limits) }
    }
    let question = Question(search)
    return try await read { [isSearchRenewed] worker in
      // Words that are the same by both rules find every order.
      var isRenewed = question.isSameByBothRules || isSearchRenewed.with { $0 }
      if !isRenewed {
        isRenewed = try worker.renewalPlace()?.isDone == true
        if isRenewed { isSearchRenewed.with { $0 = true } }
      }
      let resolved = try worker.resolved(query)
      return try worker.page(query, worker.search(resolved, question, isRenewed: isRenewed, limits))
    }
  }
}

extension MongoWorker {
  fileprivate func list(_ query: OrderQuery, _ limits: SearchLimits) throws -> OrderPage {
    let filter = OrderFilter(query: query)
    guard query.sort == .createdAt, !filter.isSieve else { return try ranked(query, limits) }
    let found = try find(Self.page(filter), Order.read)
    guard filter.needsCount else { return OrderPage(found, of: query, total: nil, isCapped: false) }
    let count = try count(.orders, hint: filter.index, limit: OrderQuery.searchLimit + 1) {
      filter.write(to: &$0, cursor: false)
    }
    let limit = Int64(OrderQuery.searchLimit)
    return OrderPage(found, of: query, total: min(count, limit), isCapped: count > limit)
  }

  /// The read of a page without a search: one more than asked for shows whether the list goes on.
  static func page(_ filter: OrderFilter) -> Find {
    Find(
      .orders, limit: filter.query.limit + 1,
      options: {
        $0.document("sort") { filter.writeOrder(to: &$0) }
        $0.string("hint", filter.index)
        if filter.query.skip > 0 { $0.int64("skip", Int64(filter.query.skip)) }
      }, filter: { filter.write(to: &$0) })
  }
}

extension OrderPage {
  /// A page of what was found, which is one more than asked for if the list goes on.
  init(_ found: [Order], of query: OrderQuery, total: Int64?, isCapped: Bool) {
    let orders = Array(found.prefix(query.limit))
    let goesOn = found.count > query.limit
    self.init(
      orders: orders, total: total, totalIsCapped: isCapped,
      next: goesOn ? orders.last.map { OrderCursor($0, by: query.sort) } : nil)
  }
}
