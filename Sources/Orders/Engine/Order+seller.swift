extension Order {
  /// Refuses a seller that can be none, and another than the order has: of one that is taken away nobody would tell the
  /// seller, whose list would go on showing it. That there is such a user is not asked: tokens of other programs may name
  /// users that the hub has not heard of.
  func check(seller: Particular, at field: String) throws(Refusal) {
    guard case .text(let name) = seller, UserID(name) != nil else {
      throw .wrong(field, "Not a user name: 1 to 128 bytes of printable ASCII without spaces. It names the seller.")
    }
    if let sold = particulars.seller, sold != name {
      throw .conflict(
        "seller_is_set", "Order \(number) is sold by \(sold.start(64)); its seller stays.",
        facts: version > 0 ? [.status(status.rawValue), .version(version)] : [])
    }
  }

  /// Refuses what a seller places for another to sell.
  func check(placedBy actor: Actor) throws(Refusal) {
    guard actor.role == .seller, !actor.maySee(parties) else { return }
    throw .wrong(
      ParticularName.sellerID.text.string, "A seller places what it sells itself: \(actor.user) was expected.")
  }
}

extension Refusal {
  fileprivate static func wrong(_ path: String, _ message: String) -> Refusal {
    Refusal(
      kind: .invalid, code: "validation_failed", detail: "\(path): \(message)",
      fields: [FieldProblem(path: path, message: message)])
  }
}
