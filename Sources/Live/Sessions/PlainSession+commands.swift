import HubContracts
import LiveProtocol
import Orders

extension PlainSession {
  private static let pong = SharedBytes(PlainFrame.pong())

  /// Does what a message asks, or says why not.
  func obey(_ message: [UInt8]) {
    let command: PlainCommand
    do {
      command = try PlainCommand.read(message)
    } catch {
      return refuse("bad_command", error.explanation)
    }
    switch command {
    case .ping: send(Self.pong)
    case .auth(let token): renew(token)
    case .subscribeOrders(let tenant):
      guard let actor = permitted(tenant) else { return }
      home.follow(self, [actor.ownRoom])
    case .unsubscribeOrders(let tenant):
      guard let actor = permitted(tenant) else { return }
      home.leave(self, actor.ownRoom)
      send(PlainFrame.unsubscribed(tenant: actor.tenant.text, order: nil))
    case .subscribeOrder(let order, let offset): subscribe(order, after: offset)
    case .unsubscribeOrder(let order): unsubscribe(order)
    case .recover(let offset): recover(offset)
    }
  }

  private func subscribe(_ text: String, after offset: String?) {
    guard let actor = permitted(nil), let order = order(text) else { return }
    var place: StreamOffset?
    if let offset {
      place = StreamOffset(offset.utf8)
      if place == nil { return refuse("bad_offset", "offset must be that of an event: digits, a dash, digits") }
    }
    guard roomsOfOrders < home.options.ordersPerConnection || isMember(.order(actor.tenant, order)) else {
      return refuse("too_many", "at most \(home.options.ordersPerConnection) orders may be followed")
    }
    home.follow(self, [.order(actor.tenant, order)], after: place)
  }

  private func unsubscribe(_ text: String) {
    guard let actor = permitted(nil), let order = order(text) else { return }
    home.leave(self, .order(actor.tenant, order))
    send(PlainFrame.unsubscribed(tenant: actor.tenant.text, order: "\(order)"))
  }

  private func recover(_ offset: String?) {
    guard let actor = permitted(nil) else { return }
    guard let offset, let place = StreamOffset(offset.utf8) else {
      return refuse("bad_offset", "offset must be that of the last event that came: digits, a dash, digits")
    }
    home.follow(self, [actor.ownRoom], after: place)
  }

  private func order(_ text: String) -> OrderID? {
    guard let order = OrderID(text) else {
      refuse("bad_order", "orderId must be 24 hex digits")
      return nil
    }
    return order
  }

  /// Who asks, if it is known and means its own tenant; otherwise it is told.
  private func permitted(_ wanted: String?) -> Actor? {
    guard let actor = identity else {
      refuse("unauthenticated", "send {\"type\":\"auth\",\"token\"} first")
      return nil
    }
    if let wanted, wanted != actor.tenant.text {
      refuse("forbidden", "the token is not for this tenant")
      return nil
    }
    return actor
  }
}
