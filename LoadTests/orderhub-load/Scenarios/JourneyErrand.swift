import HubContracts
import HubWire
import Orders

/// One order on its way through a course of steps, each answer held against what it must be.
final class JourneyErrand: Errand {
  private let text: RequestText
  private let book: OrderBook
  private let course: @Sendable (Int64) -> [Step]
  private let places: [Step.Kind: Int]
  /// Under which number a whole journey is counted; nil if it is not.
  let round: Int?
  private var steps: ArraySlice<Step> = []
  private var step: Step?
  private var number: Int64 = 0
  private var order = ""
  private var total: Int64 = 0
  private var deliveries: [String] = []
  private var invoices: [(id: String, total: Int64, due: String)] = []

  /// Orders take the `course` for their number, which begins with `create`. The steps are counted by their kinds, the
  /// first of `kinds` under the number `first`; with `countsRounds` whole journeys are counted after these.
  init(
    _ text: RequestText, book: OrderBook, kinds: [Step.Kind], operation first: Int, countsRounds: Bool,
    course: @escaping @Sendable (Int64) -> [Step]
  ) {
    self.text = text
    self.book = book
    self.course = course
    places = Dictionary(kinds.enumerated().map { ($1, first + $0) }) { place, _ in place }
    round = countsRounds ? first + kinds.count : nil
  }

  func next(startNs: Int64) -> Request? {
    if step == nil { begin() }
    step = steps.popFirst()
    guard let step else { return nil }
    guard let place = places[step.kind] else { preconditionFailure("a step that is not counted: \(step.kind)") }
    return Request(operation: place, bytes: SharedBytes(request(step)))
  }

  func take(_ answer: Answer) -> String? {
    guard let step else { return "answer without a request" }
    var wrong: String?
    if answer.status != step.kind.status {
      wrong = failure(answer)
    } else if let json = try? JSONParser.parse(Array(answer.body)) {
      wrong = check(step, json).map { "wrong: \($0)" }
    } else {
      wrong = "wrong: not JSON"
    }
    if wrong != nil { self.step = nil }
    return wrong
  }

  func broke() { step = nil }

  private func begin() {
    number = book.takeNumber() ?? 0
    steps = course(number)[...]
    deliveries = []
    invoices = []
  }

  private func request(_ step: Step) -> [UInt8] {
    switch step {
    case .create: return text.post("/api/orders", Goods.order(number: number))
    case .deliver(let body, _): return text.post("/api/orders/\(order)/deliveries", body)
    case .handOver(let place, _):
      return text.send("PATCH", "/api/orders/deliveries/\(delivery(place))/status", #"{"status":"delivered"}"#)
    case .invoice(let place): return text.post("/api/orders/deliveries/\(delivery(place))/invoice", "{}")
    case .pay:
      let invoice = invoices.last
      return text.post(
        "/api/invoices/\(invoice?.id ?? "")/payments", #"{"amount":\#(invoice?.due ?? "0"),"method":"card"}"#)
    case .cancel: return text.send("PATCH", "/api/orders/\(order)/cancel", "{}")
    case .read: return text.get("/api/orders/\(order)")
    }
  }

  private func delivery(_ place: Int) -> String { deliveries.indices.contains(place) ? deliveries[place] : "" }

  /// What is wrong with an answer; nil if nothing is.
  private func check(_ step: Step, _ json: JSON) -> String? {
    let order = json["order"]
    switch step {
    case .create:
      guard let id = order?["id"]?.string, let total = order?["total"]?.units else { return "an order without total" }
      self.order = id
      self.total = total
      book.created(id: id, number: number)
      return expect(order, status: "open")
    case .deliver(_, let status):
      guard let id = json["delivery"]?["id"]?.string else { return "no delivery" }
      deliveries.append(id)
      return expect(order, status: status)
    case .handOver(_, let status):
      let found = json["delivery"]?["status"]?.string ?? "nothing"
      return found == "delivered" ? expect(order, status: status) : "the delivery is \(found), not delivered"
    case .invoice:
      guard let invoice = json["invoice"], let id = invoice["id"]?.string, let total = invoice["total"]?.units,
        let due = invoice["due"]?.numberText
      else { return "no invoice" }
      invoices.append((id, total, due))
      return nil
    case .pay(let status):
      return expect(order, status: status) ?? (status == "completed" ? paidInFull(order) : nil)
    case .cancel: return expect(order, status: "cancelled")
    case .read: return paidInFull(order) ?? expect(order, status: "completed")
    }
  }

  /// However an order is cut into deliveries, its invoices come to its total, to the last decimal.
  private func paidInFull(_ order: JSON?) -> String? {
    let invoiced = invoices.reduce(0) { $0 &+ $1.total }
    if invoiced != total { return "invoices come to \(invoiced), the order to \(total)" }
    return order?["paid"]?.units == total ? nil : "paid is not the total"
  }

  private func expect(_ order: JSON?, status: String) -> String? {
    let found = order?["status"]?.string ?? "nothing"
    return found == status ? nil : "\(found), not \(status)"
  }
}

extension JourneyErrand {
  /// What is done with an order, and what status that must leave it in.
  enum Step: Sendable {
    case create
    /// Makes a delivery with this body.
    case deliver(String, leaves: String)
    /// Says that a delivery, by its place, was handed over.
    case handOver(Int, leaves: String)
    /// Makes the invoice of a delivery, by its place.
    case invoice(Int)
    /// Pays the last invoice in full.
    case pay(leaves: String)
    /// Cancels the order.
    case cancel
    /// Reads the order, which must be completed.
    case read

    /// As what a step is counted.
    enum Kind: String, Sendable {
      case create, deliver, status, invoice, pay, cancel, read

      /// The status of a good answer.
      var status: Int {
        switch self {
        case .create, .deliver, .invoice, .pay: 201
        case .status, .cancel, .read: 200
        }
      }
    }

    var kind: Kind {
      switch self {
      case .create: .create
      case .deliver: .deliver
      case .handOver: .status
      case .invoice: .invoice
      case .pay: .pay
      case .cancel: .cancel
      case .read: .read
      }
    }
  }

  /// Two deliveries, each with its invoice and payment, and a look at the end.
  static let inTwoParts: [Step] = [
    .create, .deliver(Goods.parts[0], leaves: "partial_delivered"), .deliver(Goods.parts[1], leaves: "delivered"),
    .invoice(0), .pay(leaves: "delivered"), .invoice(1), .pay(leaves: "completed"), .read,
  ]

  /// One delivery of all, which is planned first and handed over then.
  static let inOnePart: [Step] = [
    .create,
    .deliver(Goods.delivery(status: "pending", desks: Goods.desks, chairs: Goods.chairs), leaves: "in_progress"),
    .handOver(0, leaves: "delivered"), .invoice(0), .pay(leaves: "completed"),
  ]

  /// Cancelled before anything left.
  static let calledOff: [Step] = [.create, .cancel]
}

extension JSON {
  /// A string's text.
  var string: String? { if case .string(let text) = self { text.string } else { nil } }
  /// A number's text.
  var numberText: String? { if case .number(let text) = self { text.string } else { nil } }
  /// An amount in 10⁻⁸, exact; nil if it is none.
  var units: Int64? {
    guard let text = numberText, !text.contains(where: { "eE-".contains($0) }) else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts[0].count <= 10 else { return nil }
    let decimals = parts.count == 2 ? String(parts[1]) : ""
    guard decimals.count <= 8 else { return nil }
    return Int64(parts[0] + decimals + String(repeating: "0", count: 8 - decimals.count))
  }
}
