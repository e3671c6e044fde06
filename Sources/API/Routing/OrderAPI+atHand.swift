import HubContracts
import HubRuntime
import OrderDesk
import Orders

extension OrderAPI {
  /// The body of a cached read, if everything that it takes is in this process: the token's claims, a permit of the
  /// user's limit, and the copy. Runs on the server's thread, tens of thousands of times a second: it does not allocate.
  func bodyAtHand(_ head: borrowing HTTPHead) -> SharedBytes? {
    guard case .get = head.method, !head.hasQuery, let authorization = head.authorization,
      let token = BearerToken.find(in: authorization), let target = ReadTarget(head.path)
    else { return nil }
    guard let actor = tokens.actor(for: token, now: parts.clock.now()) else { return nil }
    switch target {
    case .statistics:
      guard actor.role.sight == .business,
        let copy = parts.cache.countersAtHand(tenant: actor.tenant),
        let terms = parts.tenants.book.atHand(actor.tenant),
        copy.day == terms.calendar.day(parts.clock.now()), userLimit.takeAtHand(actor)
      else { return nil }
      return copy.body
    case .order(let id, let view):
      guard let copy = parts.cache.copyAtHand(view, of: id), actor.maySee(copy.owner),
        view.isAtHand(for: actor.role.sight), userLimit.takeAtHand(actor)
      else { return nil }
      return copy.body
    }
  }
}

/// A path that can be answered from copies: `/api/orders/stats`, `/api/orders/{id}`, `…/remaining`, `…/progress`.
private enum ReadTarget {
  case statistics
  case order(OrderID, OrderView)

  init?(_ path: UnsafeRawBufferPointer) {
    let prefix: StaticString = "/api/orders/"
    guard path.count > 12, path.starts(with: prefix) else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: path[12...])
    if rest.count == 5, rest.starts(with: "stats") {
      self = .statistics
      return
    }
    guard rest.count >= 24, let id = OrderID(hex: UnsafeRawBufferPointer(rebasing: rest[..<24])) else { return nil }
    let view = UnsafeRawBufferPointer(rebasing: rest[24...])
    switch view.count {
    case 0: self = .order(id, .document)
    case 10 where view.starts(with: "/remaining"): self = .order(id, .remaining)
    case 9 where view.starts(with: "/progress"): self = .order(id, .progress)
    default: return nil
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
    return true
  }
}

extension OrderView {
  /// Whether a copy may be given as it is. Copies hold what the staff see: those in which a customer sees less are put
  /// through the table on the longer way.
  fileprivate func isAtHand(for sight: Sight) -> Bool {
    switch (sight, self) {
    case (.business, _), (_, .remaining), (_, .progress): true
    case (.ownOrders, .document), (.soldOrders, .document), (.placedOrders, .document), (.nothing, .document): false
    }
  }
}
