import HubContracts
import HubRuntime
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
    case .auth(let token): authenticate(token)
    case .subscribeOrders(let tenant): subscribe(tenant)
    case .unsubscribeOrders(let tenant): unsubscribe(tenant)
    case .recover: recover()
    }
  }

  private func authenticate(_ token: String) {
    do throws(TokenRefusal) {
      guard token.utf8.count <= Gate.tokenLimitBytes else { throw .malformed }
      admit(try home.verifier.verify(token, now: home.clock.now()))
    } catch {
      // A client that is known keeps the token it has until that runs out.
      if identity == nil {
        close(.unauthorised, "the token is refused: \(error)")
      } else {
        refuse("unauthorised", "the token is refused: \(error)")
      }
    }
  }

  private func subscribe(_ wanted: String?) {
    guard let actor = permitted(wanted) else { return }
    guard actor.mayHearTenant else {
      return refuse("forbidden", "a \(actor.role.rawValue) may only see its own orders, not all of the tenant's")
    }
    home.join(self, .tenant(actor.tenant))
    // Told only when it is so: who loads the orders after this answer has missed nothing.
    awaitsSubscription = true
    if home.isStanding(actor.tenant) { stands(actor.tenant) }
  }

  private func unsubscribe(_ wanted: String?) {
    guard let actor = permitted(wanted) else { return }
    home.leave(self, .tenant(actor.tenant))
    awaitsSubscription = false
    send(PlainFrame.unsubscribed(tenant: actor.tenant.text))
  }

  private func recover() {
    guard permitted(nil) != nil else { return }
    home.metrics.resyncs.add()
    resync(reason: "events are not kept for recovery")
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
