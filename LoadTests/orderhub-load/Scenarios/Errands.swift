import HubContracts

/// What went wrong, from an answer that is no success: `409 exceeds_remaining`.
func failure(_ answer: Answer) -> String {
  guard answer.status >= 400, let code = answer.body.quoted(after: "\"code\":\"") else { return "\(answer.status)" }
  return "\(answer.status) \(code.prefix(40))"
}

extension Answer {
  /// The id of an order, delivery or invoice in the body: the first one after `name`.
  func id(of name: StaticString) -> String? {
    guard let start = body.firstIndex(of: name) else { return nil }
    return body.quoted(after: "\"id\":\"", from: start)
  }
}

/// Reads the same things in turn. It makes its requests once.
final class ReadErrand: Errand {
  private let requests: [Request]
  private var place: Int
  private var isUnderWay = false

  init(_ requests: [Request], first: Int) {
    self.requests = requests
    place = first % requests.count
  }

  func next(startNs: Int64) -> Request? {
    if isUnderWay {
      isUnderWay = false
      return nil
    }
    isUnderWay = true
    let request = requests[place]
    place += 1
    if place == requests.count { place = 0 }
    return request
  }

  func take(_ answer: Answer) -> String? {
    if answer.status == 200 { return nil }
    isUnderWay = false
    return failure(answer)
  }

  func broke() { isUnderWay = false }
}

/// Creates an order, and makes `deliveries` of it.
final class CreateErrand: Errand {
  private let text: RequestText
  private let book: OrderBook
  private let operations: (create: Int, deliver: Int)
  private let isStamped: Bool
  private let deliveries: [String]
  private var step = 0
  private var number: Int64 = 0
  private var order = ""

  init(
    _ text: RequestText, book: OrderBook, operations: (create: Int, deliver: Int), isStamped: Bool = false,
    deliveries: [String] = []
  ) {
    self.text = text
    self.book = book
    self.operations = operations
    self.isStamped = isStamped
    self.deliveries = deliveries
  }

  func next(startNs: Int64) -> Request? {
    defer { step += 1 }
    if step == 0 {
      guard let taken = book.takeNumber() else {
        step = -1
        return nil
      }
      number = taken
      let body = Goods.order(number: taken, stamp: isStamped ? Stamp(momentNs: startNs, number: taken) : nil)
      return Request(operation: operations.create, bytes: SharedBytes(text.post("/api/orders", body)))
    }
    guard step <= deliveries.count else {
      step = -1
      return nil
    }
    let path = "/api/orders/\(order)/deliveries"
    return Request(operation: operations.deliver, bytes: SharedBytes(text.post(path, deliveries[step - 1])))
  }

  func take(_ answer: Answer) -> String? {
    if answer.status == 201 {
      if step == 1 {
        order = answer.id(of: "\"order\":") ?? ""
        book.created(id: order, number: number)
      }
      return nil
    }
    // After these nobody knows whether the order was written.
    if answer.status >= 500 { broke() } else { end() }
    return failure(answer)
  }

  func broke() {
    if step == 1 { book.lost() }
    end()
  }

  private func end() {
    if step == 1 { book.giveBack() }
    step = 0
  }
}

/// Makes one delivery after another, of orders that it shares with the other users. When they are full it creates more
/// of them, or, if that is not counted, is done.
final class DeliverErrand: Errand {
  private let text: RequestText
  private let book: OrderBook
  private let operations: (create: Int?, deliver: Int)
  private let isHot: Bool
  private let body: String
  private var phase = Phase.resting
  private var place = 0

  private enum Phase {
    case resting, creating, delivering
  }

  init(
    _ text: RequestText, book: OrderBook, operations: (create: Int?, deliver: Int), isHot: Bool,
    body: String = Goods.delivery(status: "pending", desks: 1)
  ) {
    self.text = text
    self.book = book
    self.operations = operations
    self.isHot = isHot
    self.body = body
  }

  func next(startNs: Int64) -> Request? {
    if phase == .delivering {
      phase = .resting
      return nil
    }
    guard let order = book.takeFromPool(hot: isHot) else {
      guard let create = operations.create else { return nil }
      // All are full: a new one goes to the others too.
      phase = .creating
      return Request(operation: create, bytes: SharedBytes(text.post("/api/orders", Goods.bottomless)))
    }
    place = order.place
    phase = .delivering
    return Request(
      operation: operations.deliver, bytes: SharedBytes(text.post("/api/orders/\(order.id)/deliveries", body)))
  }

  func take(_ answer: Answer) -> String? {
    if answer.status == 201 {
      if phase == .creating, let id = answer.id(of: "\"order\":") { book.addToPool(id) }
      return nil
    }
    broke()
    return failure(answer)
  }

  func broke() {
    // Where more orders can be created, a refusal may be for good: nobody shall try that one again.
    if phase == .delivering, operations.create == nil { book.returnToPool(place) }
    phase = .resting
  }
}
