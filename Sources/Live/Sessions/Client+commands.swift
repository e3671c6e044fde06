import HubContracts
import LiveProtocol
import Orders

/// What comes of a client's command at once.
enum CommandOutcome {
  case pong
  /// Its token is taken; this is who it is.
  case known(Actor)
  /// It is a member of a room; `Subscriber.follows` says when it is served.
  case following(RoomName)
  /// It is no member of a room any more.
  case left(RoomName)
  case refused(code: String, message: String)
}

extension Client {
  /// Does what a command asks.
  func run(_ command: PlainCommand) -> CommandOutcome {
    switch command {
    case .ping: .pong
    case .auth(let token): renew(token)
    case .subscribeOrders(let tenant): permitted(tenant) { follow($0.ownRoom, after: nil) }
    case .unsubscribeOrders(let tenant): permitted(tenant) { leave($0.ownRoom) }
    case .subscribeOrder(let order, let offset):
      permitted(nil) { actor in
        guard let order = OrderID(order) else { return Self.badOrder }
        return follow(.order(actor.tenant, order), after: offset)
      }
    case .unsubscribeOrder(let order):
      permitted(nil) { actor in
        guard let order = OrderID(order) else { return Self.badOrder }
        endSeek(order, .left)
        return leave(.order(actor.tenant, order))
      }
    case .recover(let offset): permitted(nil) { follow($0.ownRoom, after: offset ?? "") }
    }
  }

  private static var badOrder: CommandOutcome {
    .refused(code: "bad_order", message: "orderId must be 24 hex digits")
  }

  private func follow(_ room: RoomName, after offset: Text?) -> CommandOutcome {
    var place: StreamOffset?
    if let offset {
      place = StreamOffset(offset.utf8)
      guard place != nil else {
        return .refused(
          code: "bad_offset", message: "offset must be that of the last event that came: digits, a dash, digits")
      }
    }
    if case .order = room, !isMember(room), roomsOfOrders + seeks.count >= home.options.ordersPerConnection {
      return .refused(
        code: "too_many", message: "at most \(home.options.ordersPerConnection) orders may be followed one by one")
    }
    home.follow(self, [room], after: place)
    return .following(room)
  }

  private func leave(_ room: RoomName) -> CommandOutcome {
    home.leave(self, room)
    return .left(room)
  }

  /// Takes a token that the client sends later on: it keeps the one it has if the new one is refused.
  private func renew(_ token: Text) -> CommandOutcome {
    do throws(Gate.Refused) {
      let claims = try home.gate.verified(token, of: address)
      switch admit(claims) {
      case .taken: return .known(claims.actor)
      case .anotherUser: return .refused(code: "forbidden", message: "the token is another user's")
      case .mayNot(let why): return .refused(code: "forbidden", message: why)
      case .tooMany: return .refused(code: "too_many", message: Self.tooMany)
      }
    } catch {
      return .refused(code: error.commandCode, message: error.detail)
    }
  }

  /// Asks who it is, and that it means its own tenant.
  private func permitted(_ wanted: Text?, _ body: (Actor) -> CommandOutcome) -> CommandOutcome {
    guard let actor = identity else {
      return .refused(code: "unauthenticated", message: "send {\"type\":\"auth\",\"token\"} first")
    }
    if let wanted, wanted != Text(actor.tenant.text) {
      return .refused(code: "forbidden", message: "the token is not for this tenant")
    }
    return body(actor)
  }
}

extension Gate.Refused {
  /// The code of a token's refusal on a connection.
  var commandCode: String { reason == .refusedTokens ? "refused_tokens" : "unauthorised" }
}
