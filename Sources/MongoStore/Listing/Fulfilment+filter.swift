import Orders

extension Fulfilment {
  /// What an order's items sum to that is fulfilled so: what `Order.fulfilment` says, in the server's words.
  func write(to writer: inout BSONWriter) {
    let received: Side = .sum("$items.received")
    let returned: Side = .sum("$items.returned")
    let held: Side = .difference(received, returned)
    let kept: Side = .difference(.sum("$items.quantity"), .sum("$items.cancelled"))
    writer.document("$expr") {
      let conditions: [(StaticString, Side, Side)] =
        switch self {
        case .unfulfilled: [("$lte", received, .zero)]
        case .returned: [("$gt", received, .zero), ("$gte", returned, received)]
        case .fulfilled: [("$gt", received, .zero), ("$lt", returned, received), ("$gte", held, kept)]
        case .partial: [("$gt", received, .zero), ("$lt", returned, received), ("$lt", held, kept)]
        }
      $0.documents("$and", conditions) { writer, condition in
        writer.documents(condition.0, [condition.1, condition.2]) { $1.write(to: &$0) }
      }
    }
  }
}

/// One side of a comparison.
private indirect enum Side {
  case zero
  case sum(StaticString)
  case difference(Side, Side)

  func write(to writer: inout BSONWriter) {
    switch self {
    case .zero: writer.int32("$literal", 0)
    case .sum(let path): writer.string("$sum", path)
    case .difference(let whole, let part):
      writer.documents("$subtract", [whole, part]) { $1.write(to: &$0) }
    }
  }
}
