import HubContracts

/// A dashboard: what its page asks for, in turn, one thing each time it refreshes.
final class DashboardErrand: Errand {
  private let text: RequestText
  private let book: OrderBook
  private let views: [View]
  private let first: Int
  private var turn: Int
  private var isUnderWay = false

  /// What can be asked for. The name is that of its row.
  enum View: String, Sendable {
    /// The counters.
    case stats
    /// The newest orders.
    case list
    /// Today's deliveries.
    case today
    /// One of the newest orders.
    case order
  }

  /// Asks for these things in turn, the first time for that after `turn`. They are counted from `first` on.
  init(_ text: RequestText, book: OrderBook, views: [View], operation first: Int, turn: Int) {
    self.text = text
    self.book = book
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
    if answer.status == 200 { return nil }
    isUnderWay = false
    return failure(answer)
  }

  func broke() { isUnderWay = false }

  private func path(_ view: View) -> String? {
    switch view {
    case .stats: "/api/orders/stats"
    case .list: "/api/orders?limit=20"
    case .today: "/api/deliveries/today"
    case .order: book.recent(turn).map { "/api/orders/\($0)" }
    }
  }
}
