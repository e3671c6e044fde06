import HubContracts
import HubWire

/// One order from its creation to its last payment, each answer held against what it must be.
final class JourneyErrand: Errand {
  private let text: RequestText
  private let firstOperation: Int
  private let book: OrderBook
  private var step: Step?
  private var order = ""
  private var total: Int64 = 0
  private var deliveries: [String] = []
  private var invoices: [(id: String, total: Int64, due: String)] = []

  /// The steps in their order.
  enum Step: Int, CaseIterable {
    case create, deliverPart, deliverRest, invoiceFirst, payFirst, invoiceSecond, paySecond, check

    /// Under which of `operationNames` it is counted.
    var operation: Int {
      switch self {
      case .create: 0
      case .deliverPart, .deliverRest: 1
      case .invoiceFirst, .invoiceSecond: 2
      case .payFirst, .paySecond: 3
      case .check: 4
      }
    }
  }

  static let operationNames = ["create", "deliver", "invoice", "pay", "read"]

  init(_ text: RequestText, book: OrderBook, operation: Int) {
    self.text = text
    self.book = book
    firstOperation = operation
  }

  /// The whole journey is counted after its steps.
  var round: Int? { firstOperation + Self.operationNames.count }

  func next(startNs: Int64) -> Request? {
    guard let step = step.map({ Step(rawValue: $0.rawValue + 1) }) ?? .create else {
      step = nil
      return nil
    }
    if step == .create { begin() }
    self.step = step
    return Request(operation: firstOperation + step.operation, bytes: SharedBytes(request(step)))
  }

  func take(_ answer: Answer) -> String? {
    guard let step else { return "answer without a request" }
    var wrong: String?
    if answer.status != (step == .check ? 200 : 201) {
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
    deliveries = []
    invoices = []
  }

  private func request(_ step: Step) -> [UInt8] {
    let items = "/api/orders/\(order)/deliveries"
    switch step {
    case .create: return text.post("/api/orders", Goods.order(number: book.takeNumber() ?? 0))
    case .deliverPart:
      return text.post(items, #"{"status":"delivered","items":[{"productId":"desk","quantity":3}]}"#)
    case .deliverRest:
      return text.post(
        items,
        #"{"status":"delivered","items":[{"productId":"desk","quantity":1},{"productId":"chair","quantity":12}]}"#)
    case .invoiceFirst: return text.post("/api/orders/deliveries/\(deliveries.first ?? "")/invoice", "{}")
    case .invoiceSecond: return text.post("/api/orders/deliveries/\(deliveries.last ?? "")/invoice", "{}")
    case .payFirst, .paySecond:
      let invoice = invoices.last
      return text.post(
        "/api/invoices/\(invoice?.id ?? "")/payments", #"{"amount":\#(invoice?.due ?? "0"),"method":"card"}"#)
    case .check: return text.get("/api/orders/\(order)")
    }
  }

  /// What is wrong with an answer; nil if nothing is.
  private func check(_ step: Step, _ json: JSON) -> String? {
    let order = json["order"]
    switch step {
    case .create:
      guard let id = order?["id"]?.string, let total = order?["total"]?.units else { return "an order without total" }
      self.order = id
      self.total = total
      return expect(order, status: "open")
    case .deliverPart, .deliverRest:
      guard let id = json["delivery"]?["id"]?.string else { return "no delivery" }
      deliveries.append(id)
      return expect(order, status: step == .deliverPart ? "partial_delivered" : "delivered")
    case .invoiceFirst, .invoiceSecond:
      guard let invoice = json["invoice"], let id = invoice["id"]?.string, let total = invoice["total"]?.units,
        let due = invoice["due"]?.numberText
      else { return "no invoice" }
      invoices.append((id, total, due))
      return nil
    case .payFirst: return expect(order, status: "delivered")
    case .paySecond: return expect(order, status: "completed")
    case .check:
      // However an order is cut into deliveries, its invoices come to its total, to the last decimal.
      let invoiced = invoices.reduce(0) { $0 &+ $1.total }
      if invoiced != total { return "invoices come to \(invoiced), the order to \(total)" }
      if order?["paid"]?.units != total { return "paid is not the total" }
      return expect(order, status: "completed")
    }
  }

  private func expect(_ order: JSON?, status: String) -> String? {
    let found = order?["status"]?.string ?? "nothing"
    return found == status ? nil : "\(found), not \(status)"
  }
}

extension JSON {
  /// A string's text.
  var string: String? { if case .string(let text) = self { text } else { nil } }
  /// A number's text.
  var numberText: String? { if case .number(let text) = self { text } else { nil } }
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
