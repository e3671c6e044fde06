import HubWire
import Orders

/// `POST /api/products/:id/stock`: `{"kind","quantity","reason"?}`, or `{"kind":"transfer","from","to","quantity","reason"}`,
/// which need not say its kind.
enum StockRequest: Sendable {
  case movement(StockMovement)
  case transfer(StockTransfer)

  /// The movements that people make; the others come from orders.
  static let kinds: [LedgerKind] = [.receipt, .correction, .damaged, .onHold, .transfer]

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let kind = fields.kind(&problems)
    let (from, to) = (fields.place("from", of: kind, &problems), fields.place("to", of: kind, &problems))
    let quantity = fields.requiredQuantity(&problems)
    let reason = fields.string("reason", &problems)
    fields.finish(&problems)
    try problems.refuse()
    if kind == .transfer, let from, let to {
      self = .transfer(StockTransfer(from: from, to: to, quantity: quantity, reason: reason))
    } else {
      self = .movement(StockMovement(kind: kind ?? .receipt, quantity: quantity, reason: reason))
    }
  }
}

extension JSONFields {
  /// Why it moves; what names places is a transfer.
  fileprivate mutating func kind(_ problems: inout FieldProblems) -> LedgerKind? {
    let word = string("kind", &problems)
    if isAbsent("kind") {
      if !isAbsent("from") || !isAbsent("to") { return .transfer }
      problems.add("kind", "is required")
    }
    guard let word else { return nil }
    if let kind = StockRequest.kinds.first(where: { Text($0.rawValue) == word }) { return kind }
    let known = StockRequest.kinds.map(\.rawValue).joined(separator: ", ")
    problems.add("kind", "\"\(word.start(40))\" is not known; known are \(known)")
    return nil
  }

  /// One of the places between which people move goods.
  fileprivate mutating func place(_ name: Text, of kind: LedgerKind?, _ problems: inout FieldProblems) -> StockPlace? {
    let word = string(name, &problems)
    guard kind == .transfer else {
      if kind != nil, !isAbsent(name) { problems.add(name.string, "is for the kind transfer alone") }
      return nil
    }
    if isAbsent(name) { problems.add(name.string, "is required") }
    guard let word else { return nil }
    if let place = StockPlace.movable.first(where: { Text($0.rawValue) == word }) { return place }
    let known = StockPlace.movable.map(\.rawValue).joined(separator: ", ")
    problems.add(name.string, "\"\(word.start(40))\" is not known; known are \(known)")
    return nil
  }
}
