import Orders

extension OrderCheck {
  /// Where an invoice does not bill what its delivery holds, at the prices of the order, line by line.
  var billing: [String] {
    invoices.flatMap { billing(of: $0) } + order.items.compactMap { billing(of: $0) }
  }

  private func billing(of invoice: Invoice) -> [String] {
    guard let delivery = deliveries.first(where: { $0.id == invoice.deliveryID }) else {
      return ["\(invoice.number) is for a delivery that is not there"]
    }
    var wrong: [String] = []
    let held = delivery.items.map { "\($0.quantity.millionths) of \($0.productID) \($0.itemID)" }.sorted()
    let billed = invoice.lines.map { "\($0.quantity.millionths) of \($0.productID) \($0.itemID)" }.sorted()
    if held != billed { wrong.append("\(invoice.number) bills \(billed), \(delivery.number) holds \(held)") }
    for line in invoice.lines {
      let price = order.items.first { $0.id == line.itemID }?.unitPrice.units
      if price != line.unitPrice.units {
        wrong.append(
          "\(invoice.number) bills \(line.productID) at \(line.unitPrice.units), ordered at \(price ?? -1)")
      }
      if line.subtotal.units - line.discount.units + line.tax.units != line.total.units {
        wrong.append("\(invoice.number): the line of \(line.productID) does not sum to \(line.total.units)")
      }
    }
    for (name, stands, sum) in [
      ("subtotal", invoice.subtotal, invoice.lines.reduce(0) { $0 + $1.subtotal.units }),
      ("discount", invoice.discount, invoice.lines.reduce(0) { $0 + $1.discount.units }),
      ("tax", invoice.tax, invoice.lines.reduce(0) { $0 + $1.tax.units }),
    ] where stands.units != sum {
      wrong.append("\(invoice.number): \(name) is \(stands.units), lines sum to \(sum)")
    }
    return wrong
  }

  /// An item that is billed whole costs what it was ordered for.
  private func billing(of item: OrderItem) -> String? {
    let lines = invoices.flatMap(\.lines).filter { $0.itemID == item.id }
    guard lines.reduce(0, { $0 + $1.quantity.millionths }) == item.quantity.millionths else { return nil }
    let billed = lines.reduce(into: [Int64](repeating: 0, count: 3)) { sums, line in
      for (place, part) in [line.subtotal, line.discount, line.tax].enumerated() { sums[place] += part.units }
    }
    let ordered = [item.subtotal, item.discount, item.tax].map(\.units)
    return billed == ordered ? nil : "all of \(item.productID) is billed for \(billed), ordered for \(ordered)"
  }
}
