import Foundation
import HubTestSupport

/// The operations on orders and stock.
extension Shopper {
  func place(_ operation: Operation) {
    if let business = operation.business { return place(operation, by: business) }
    let count = 1 + operation.draw(0, below: 3)
    var rows: [String] = []
    for index in 0..<count {
      let all = Self.products + Self.loose
      let product = all[(operation.draw(1, below: all.count) + index) % all.count]
      // Thousandths, millionths and whole numbers by turns; enough for a number of deliveries.
      let millionths =
        Int64(20_000_000 + operation.draw(2, below: 60_000_000)) / [1, 1_000, 1_000_000][index]
        * [1, 1_000, 1_000_000][index]
      let discount = operation.draw(3, below: 3) == 0 ? #","discount":0.07"# : ""
      let price = Self.loose.contains(product) ? #","unitPrice":3.33333333,"taxRate":0.19"# : ""
      rows.append(#"{"productId":"\#(product)","quantity":\#(Decimals.quantity(millionths))\#(price)\#(discount)}"#)
    }
    let advance = operation.draw(4, below: 4) == 0 ? #","advance":{"amount":25.5,"method":"card"}"# : ""
    let answer = call(.order, "POST", "/api/orders", isPatient: operation.isPatient) { tag in
      #"{"customer":{"id":"c\#(operation.draw(5, below: 9))","name":"Asha Rao"},"#
        + #""items":[\#(rows.joined(separator: ","))]\#(advance),"notes":"\#(tag)"}"#
    }
    if let answer { world.put(World.Known(answer["order"]), in: operation.slot) }
  }

  /// Any operation on an order that is there.
  func work(_ operation: Operation, on order: World.Known) {
    switch operation.kind {
    case .deliver, .overDeliver, .deliverTwice: deliver(operation, order)
    case .move, .cancelDelivery: move(operation, order)
    case .cancelOrder:
      let answer = call(
        .cancelOrder(order.id), "PATCH", "/api/orders/\(order.id)/cancel", isPatient: operation.isPatient
      ) { #"{"reason":"\#($0)"}"# }
      learn(answer, operation)
    case .close:
      let answer = call(
        .closeOrder(order.id), "POST", "/api/orders/\(order.id)/close", isPatient: operation.isPatient
      ) { #"{"reason":"\#($0)"}"# }
      learn(answer, operation)
    case .invoice: invoice(operation, order)
    case .pay, .overPay: pay(operation, order)
    case .read: read(operation, order)
    case .place, .stock, .replay, .conflictingReplay, .act, .stray, .trespass: place(operation)
    }
  }

  private func deliver(_ operation: Operation, _ order: World.Known) {
    guard !order.items.isEmpty else { return }
    let item = order.items[operation.draw(0, below: order.items.count)]
    let left = item.remainingMillionths
    var millionths = Int64(1 + operation.draw(1, below: Int(max(2, left / 4))))
    if operation.draw(2, below: 3) == 0 { millionths = max(1, millionths / 1_000_000) * 1_000_000 }
    if operation.draw(2, below: 7) == 6 { millionths = max(1, left) }
    if operation.kind == .overDeliver { millionths = left + 1 + Int64(operation.draw(3, below: 5_000_000)) }
    let subject =
      operation.draw(3, below: 2) == 0 ? #""itemId":"\#(item.id)""# : #""productId":"\#(item.product)""#
    var rows = [#"{\#(subject),"quantity":\#(Decimals.quantity(millionths))}"#]
    var total = millionths
    if operation.kind == .deliverTwice {
      // Together they may be too many: they are summed before they are judged.
      rows.append(#"{"itemId":"\#(item.id)","quantity":\#(Decimals.quantity(max(1, left - millionths / 2)))}"#)
      total += max(1, left - millionths / 2)
    }
    let status = ["pending", "pending", "dispatched", "delivered"][operation.draw(4, below: 4)]
    let answer = call(
      .delivery(order: order.id, millionths: total), "POST", "/api/orders/\(order.id)/deliveries",
      isPatient: operation.isPatient
    ) { #"{"items":[\#(rows.joined(separator: ","))],"status":"\#(status)","notes":"\#($0)"}"# }
    learn(answer, operation)
  }

  private func move(_ operation: Operation, _ order: World.Known) {
    let open = order.deliveries.filter { !["delivered", "cancelled"].contains($0.status) }
    guard let delivery = open.isEmpty ? order.deliveries.last : open[operation.draw(0, below: open.count)] else {
      return deliver(operation, order)
    }
    let next = ["dispatched", "delivered", "delivered", "failed", "delivered"][operation.draw(1, below: 5)]
    let status = operation.kind == .cancelDelivery ? "cancelled" : next
    let answer = call(
      .move(order: order.id, delivery: delivery.id, status: status), "PATCH",
      "/api/orders/deliveries/\(delivery.id)/status", isPatient: operation.isPatient
    ) { _ in #"{"status":"\#(status)"}"# }
    learn(answer, operation)
  }

  private func invoice(_ operation: Operation, _ order: World.Known) {
    guard !order.deliveries.isEmpty else { return deliver(operation, order) }
    let delivery = order.deliveries[operation.draw(0, below: order.deliveries.count)]
    let answer = call(
      .invoice(order: order.id, delivery: delivery.id), "POST", "/api/orders/deliveries/\(delivery.id)/invoice",
      isPatient: operation.isPatient
    ) { #"{"reason":"\#($0)"}"# }
    learn(answer, operation)
  }

  private func pay(_ operation: Operation, _ order: World.Known) {
    let open = order.invoices.filter { $0.dueUnits > 0 }
    guard !open.isEmpty else { return invoice(operation, order) }
    let bill = open[operation.draw(0, below: open.count)]
    // Whole cents: nothing less can be paid.
    let cents = Int(bill.dueUnits / Decimals.cent)
    var units =
      operation.draw(1, below: 2) == 0
      ? bill.dueUnits : Int64(1 + operation.draw(2, below: max(1, cents))) * Decimals.cent
    if operation.kind == .overPay { units = bill.dueUnits + Int64(1 + operation.draw(2, below: 100)) * Decimals.cent }
    let answer = call(
      .payment(order: order.id, invoice: bill.id, amountUnits: units), "POST", "/api/invoices/\(bill.id)/payments",
      isPatient: operation.isPatient
    ) { #"{"amount":\#(Decimals.money(units)),"method":"\#($0)"}"# }
    learn(answer, operation)
  }

  func moveStock(_ operation: Operation) {
    let products = operation.business == nil ? Self.products : Self.scarce
    let product = products[operation.draw(0, below: products.count)]
    let kind = ["receipt", "correction", "damaged", "on_hold"][operation.draw(1, below: 4)]
    var millionths = Int64(1 + operation.draw(2, below: 90_000_000))
    // What is scarce is never owed.
    let isOwed = kind == "correction" && operation.business != nil
    if kind != "receipt", !isOwed, operation.draw(3, below: 3) == 0 { millionths = -millionths }
    call(
      .stock(product: product, millionths: millionths), "POST", "/api/products/\(product)/stock",
      isPatient: operation.isPatient
    ) { #"{"kind":"\#(kind)","quantity":\#(Decimals.quantity(millionths)),"reason":"\#($0)"}"# }
  }

  func read(_ operation: Operation, _ order: World.Known) {
    let path = "/api/orders/\(order.id)" + ["", "/remaining", "/progress", "/deliveries"][operation.draw(0, below: 4)]
    guard let answer = client.attempt("GET", path) else { return client.move() }
    if answer.status == 404 || answer.status == 500 {
      world.note(
        Violation(
          "what was acknowledged is found",
          "GET \(path) of slot \(operation.slot), \(order): \(answer.status) \(answer.body.prefix(200))",
          about: [order.id]))
    }
  }

  /// Takes what an answer says of the order, its delivery and its invoice.
  private func learn(_ answer: Document?, _ operation: Operation) {
    guard let answer else { return }
    let order = answer["order"]
    world.learn(order, slot: operation.slot)
    let delivery = answer["delivery"]
    if delivery != .missing {
      world.learn(
        delivery: delivery["id"].text, status: delivery["status"].text, slot: operation.slot, order: order["id"].text)
    }
    let invoice = answer["invoice"]
    if invoice != .missing {
      world.learn(
        invoice: invoice["id"].text, dueUnits: Int64((invoice["due"].value * 1e8).rounded()), slot: operation.slot,
        order: order["id"].text)
    }
  }
}

/// Exact amounts as a request writes them.
enum Decimals {
  /// A hundredth in 10⁻⁸.
  static let cent: Int64 = 1_000_000
  static func quantity(_ millionths: Int64) -> String { text(millionths, places: 6) }
  static func money(_ units: Int64) -> String { text(units, places: 8) }

  private static func text(_ number: Int64, places: Int) -> String {
    var digits = String(number.magnitude)
    while digits.count <= places { digits = "0" + digits }
    return (number < 0 ? "-" : "") + digits.dropLast(places) + "." + digits.suffix(places)
  }
}
