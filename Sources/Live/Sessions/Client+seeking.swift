import HubContracts
import LiveProtocol
import Orders

/// What was found of an order that a client wants to follow.
enum Found {
  /// It may follow it, as far as is known.
  case followable
  /// It is not there, or is none of the client's: which of the two is not told.
  case nothing
  /// The client wants it no more.
  case left
}

/// Looking whether an order is there before it is followed: nobody is to wait for events that never come.
extension Client {
  /// What is told of an order that is not there, and of one that is somebody else's.
  static let noSuchOrder = (code: "order_not_found", message: "there is no such order, or it is none of yours")

  /// Looks for the order that a command is to follow, and goes on with what was found; false, and nothing is begun, if
  /// there is nothing to look for.
  func seek(for command: PlainCommand, then goOn: @escaping (Found) -> Void) -> Bool {
    guard case .subscribeOrder(let text, _) = command, let actor = identity, let order = OrderID(text),
      !isMember(.order(actor.tenant, order)), roomsOfOrders + seeks.count < home.options.ordersPerConnection
    else { return false }
    seek(order, then: goOn)
    return true
  }

  /// Looks for an order. Where nobody knows, as without the database, it is followed: of what is not its own a client
  /// hears nothing in any case.
  func seek(_ order: OrderID, then goOn: @escaping (Found) -> Void) {
    seeks[order, default: []].append(goOn)
    guard seeks[order]?.count == 1, let actor = identity else { return }
    let owners = home.owners
    home.ask(
      { () -> Found in
        do { return try await owners.maySee(order, actor) ? .followable : .nothing } catch { return .followable }
      },
      then: { found in
        guard self.seat >= 0, self.identity != nil else { return self.seeks = [:] }
        self.endSeek(order, found)
      })
  }

  /// What was to be followed is not wanted any more, or was found.
  func endSeek(_ order: OrderID, _ found: Found) {
    for goOn in seeks.removeValue(forKey: order) ?? [] { goOn(found) }
  }
}
