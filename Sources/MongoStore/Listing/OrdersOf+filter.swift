import Orders

extension OrdersOf {
  /// The field of an order that says it.
  private var field: StaticString {
    switch self {
    case .customer: "customer.id"
    case .seller: "seller"
    case .kiosk: "kiosk"
    }
  }

  private var name: Text {
    switch self {
    case .customer(let name), .seller(let name), .kiosk(let name): name
    }
  }

  /// The index that has them by creation.
  var index: StaticString {
    switch self {
    case .customer: Indexes.customer
    case .seller: Indexes.seller
    case .kiosk: Indexes.kiosk
    }
  }

  /// Whether they are few, so that all of them may be looked at. Who sells, or a kiosk, may have any number.
  var areFew: Bool { if case .customer = self { true } else { false } }

  /// Writes the condition.
  func write(to writer: inout BSONWriter) { writer.string(field, name) }
}
