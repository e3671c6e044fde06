public import HubContracts
import HubRuntime
import LiveProtocol
public import Orders
import SocketLoop

extension LiveHub: BusListener {
  /// Encodes the event, if anybody wants it. What is no event of the tenant is dropped and counted.
  public func received(_ message: UnsafeRawBufferPointer, tenant: TenantID) {
    metrics.eventsIn.add()
    do throws(JSONFault) {
      let envelope = try Envelope.read(message)
      guard envelope.isOf(tenant: tenant.text, in: message) else { throw .wrongMember("tenant") }
      if let full = routes.add(envelope, of: message, tenant: tenant) { post(full) }
    } catch {
      complain(error, tenant)
    }
  }

  /// Sends what was received to the loops.
  public func flush() {
    for outgoing in routes.takeAll() { post(outgoing) }
  }

  /// Nothing can be done yet; `restored` follows.
  public func lost() {
    routes.fall()
    log.warning("the event bus is gone: clients will be told to load again when it is back")
  }

  /// Tells those who wait for it that they miss nothing from now on.
  public func subscribed(_ tenant: TenantID) {
    let outgoing = routes.stand(tenant)
    for loop in loops where outgoing & (1 << UInt64(loop.index)) != 0 { loop.post(urgent: .standing(tenant)) }
  }

  /// Tells every subscriber that events may be missing.
  public func restored() {
    log.info("the event bus is back")
    for loop in loops { loop.post(urgent: .resync(reason: "bus")) }
  }

  private func post(_ outgoing: Routes.Outgoing) {
    for loop in loops where outgoing.loops & (1 << UInt64(loop.index)) != 0 { loop.post(outgoing.batch) }
  }

  /// Logs a broken message, at most once a second.
  private func complain(_ fault: JSONFault, _ tenant: TenantID) {
    metrics.eventsBroken.add()
    let nowMs = Int64(monotonicMicros() / 1_000)
    let count: Int? = state.with { state in
      state.complaints += 1
      guard nowMs - 1_000 >= state.complainedMs else { return nil }
      state.complainedMs = nowMs
      defer { state.complaints = 0 }
      return state.complaints
    }
    guard let count else { return }
    log.warning(
      "a message on the bus is no event", [("fault", "\(fault)"), ("tenant", tenant.text), ("count", "\(count)")])
  }
}
