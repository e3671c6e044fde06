import HubContracts

/// A dashboard: what its page asks for, in turn, one thing each time it refreshes.
final class DashboardErrand: Errand {
  private let text: RequestText
  private let book: OrderBook
  private let unread: UnreadOrders?
  private let views: [View]
  private let first: Int
  private var turn: Int
  private var isUnderWay = false
  /// The order whose first read is under way, and the last one that this dashboard read first.
  private var opening: String?
  private var opened: String?

  /// What can be asked for. The name is that of its row.
  enum View: String, Sendable {
    /// The counters.
    case stats
    /// The newest orders.
    case list
    /// Today's deliveries.
    case today
    /// One order, or one of 31, by a search.
    case search
    /// An order that nobody has read before, so that the hub cannot have kept its document.
    case firstRead = "first-read"
    /// The order that this dashboard read first, which the hub keeps; where there are no unread ones, one of the newest.
    case order
    /// How much of one of the newest orders remains, and its progress.
    case remaining, progress
    /// The deliveries of the same order as `order`.
    case deliveries
  }

  /// Asks for these things in turn, the first time for that after `turn`. They are counted from `first` on.
  init(
    _ text: RequestText, book: OrderBook, unread: UnreadOrders? = nil, views: [View], operation first: Int, turn: Int
  ) {
    self.text = text
    self.book = book
    self.unread = unread
    self.views = views
    self.first = first
    self.turn = turn
  }

  func next(startNs: Int64) -> Request? {
    if isUnderWay {
      isUnderWay = false
      return nil
    }
    // What cannot be asked for yet gives its turn to the next.
    for _ in views {
      turn += 1
      let place = turn % views.count
      guard let path = path(views[place]) else { continue }
      isUnderWay = true
      return Request(operation: first + place, bytes: SharedBytes(text.get(path)))
    }
    return nil
  }

  func take(_ answer: Answer) -> String? {
    defer { opening = nil }
    if answer.status == 200 {
      if let opening { opened = opening }
      return nil
    }
    isUnderWay = false
    return failure(answer)
  }

  func broke() {
    isUnderWay = false
    opening = nil
  }

  private func path(_ view: View) -> String? {
    switch view {
    case .stats: "/api/orders/stats"
    case .list: "/api/orders?limit=20"
    case .today: "/api/deliveries/today"
    case .search:
      turn / views.count % 2 == 0
        ? Goods.searchByPhone(1 + Int64(turn % max(1, unread?.total ?? 1))) : Goods.searchByName(turn)
    case .firstRead: open().map { "/api/orders/\($0)" }
    case .order: known.map { "/api/orders/\($0)" }
    case .remaining, .progress: book.recent(turn).map { "/api/orders/\($0)/\(view.rawValue)" }
    case .deliveries: known.map { "/api/orders/\($0)/deliveries" }
    }
  }

  private func open() -> String? {
    opening = unread?.take()
    return opening
  }

  private var known: String? { unread == nil ? book.recent(turn) : opened }
}
