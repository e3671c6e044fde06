import EngineIO
import EngineServer
import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// How a Socket.IO client is let in: anew, or where it was.
extension SocketIOClient {
  /// It asks for the namespace, with its auth object as JSON.
  func connect(_ json: [UInt8]) {
    guard let auth = try? SocketIOAuth(json, options: home.options.socketIO) else {
      return refuse("unauthorised", "the token is refused: \(TokenRefusal.malformed.message)")
    }
    do throws(Gate.Refused) {
      guard let token = auth.token ?? handshakeToken else {
        // Who comes again without leaving the connection is known still, until its token runs out.
        if let known = identity { return enter(known, auth) }
        return refuse("unauthenticated", "no token: send {\"token\"} as auth")
      }
      let claims = try home.gate.verified(token, of: address)
      switch admit(claims) {
      case .taken:
        transports.trust()
        enter(claims.actor, auth)
      case .anotherUser: refuse("forbidden", "the token is another user's")
      case .mayNot(let why): refuse("forbidden", why)
      // It passes, and a refused connection is the last word to the usual clients: they come again after a connection
      // that ends.
      case .tooMany: close(.tryAgainLater, Self.tooMany)
      }
    } catch {
      refuse(error.commandCode, error.detail)
      // As a handshake with such a token has no connection then.
      if case .refusedTokens = error.reason, identity == nil { close(.tooManyMessages, error.detail) }
    }
  }

  private func refuse(_ code: String, _ message: String) {
    guard countOffence(message) else { return }
    refuseConnection(message, data: JSONText.object([("code", code)]))
  }

  private func enter(_ actor: Actor, _ auth: SocketIOAuth) {
    handshakeToken = nil
    guard let pid = auth.pid else { return beginAnew(actor) }
    let now = home.clock.now()
    guard let place = auth.offset.flatMap({ StreamOffset($0.utf8) }),
      let ticket = SessionTicket(pid, of: actor, key: home.options.ticketKey, now: now)
    else {
      home.metrics.recoveriesMissed.add()
      return beginAnew(actor, lost: Self.gone)
    }
    standing = .returning
    self.ticket = ticket
    let reader = home.reader
    home.ask({ await reader.note(of: ticket.sid, for: Party(actor)) }, then: { self.goOn($0, ticket, after: place) })
  }

  private static let gone = "too far behind"

  /// Lets a client in under a new name; `lost` is why it must load again, if it has been here before.
  private func beginAnew(_ actor: Actor, lost: String? = nil) {
    lostReason = lost
    accept(SessionTicket.fresh(now: home.clock.now()), actor)
    home.follow(self, [actor.ownRoom])
  }

  /// What the session had noted is here: looks for what it missed.
  private func goOn(_ note: StreamReader.Note, _ ticket: SessionTicket, after place: StreamOffset) {
    guard seat >= 0, case .returning = standing, let actor = identity, self.ticket == ticket else { return }
    switch note {
    case .none: home.follow(self, [actor.ownRoom], after: place)
    case .rooms(let text):
      let rooms = RoomNote.rooms(in: text, of: actor)
      if rooms.isEmpty { accept(ticket, actor) } else { home.follow(self, rooms, after: place) }
    case .unavailable:
      home.metrics.recoveriesMissed.add()
      beginAnew(actor, lost: "bus")
    }
  }

  /// A client that came back is served: it goes on under its ticket, and what it missed follows; or it begins anew.
  func takeUp(_ outcome: FollowOutcome) {
    guard let actor = identity, let ticket else { return }
    switch outcome {
    case .new, .recovered: accept(ticket, actor)
    case .lost(let reason):
      home.leaveAll(self)
      beginAnew(actor, lost: reason)
    }
  }

  /// It is served in rooms.
  func served(_ rooms: [RoomName], from offset: StreamOffset?, _ outcome: FollowOutcome) {
    guard let actor = identity else { return }
    if case .lost(let reason) = outcome { resync(reason: reason, offset: offset) }
    for room in rooms {
      for ack in owed.removeValue(forKey: room) ?? [] { answerWhenNoted(ack) }
      justServed.insert(room)
      guard room == actor.ownRoom else { continue }
      // A client that never got an event could not come back: this is its first.
      emit("hub:ready", JSONText.object([("tenant", actor.tenant.text), ("user", actor.user.text)]), offset)
      if let lostReason { resync(reason: lostReason, offset: offset) }
      lostReason = nil
    }
  }
}
