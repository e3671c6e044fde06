public import HubContracts
import HubRuntime
import LiveProtocol
public import Orders
import SocketLoop

extension LiveHub {
  /// Ends tokens: from now on none of them is taken, and whoever is here with one goes.
  public func end(_ ends: [TokenEnd]) {
    guard !gate.verifier.end(ends).isEmpty else { return }
    for loop in loops { loop.post(urgent: .ended) }
  }
}

extension LiveHub: BusListener {
  /// Encodes the event, if anybody wants it. What is no event of the tenant is dropped and counted.
  public func received(_ message: UnsafeRawBufferPointer, tenant: TenantID) {
    metrics.eventsIn.add()
    do throws(JSONFault) {
      let envelope = try Envelope.read(message)
      guard envelope.isOf(tenant: tenant.text, in: message) else { throw .wrongMember("tenant") }
      feeds.add(envelope, of: message, tenant: tenant)
    } catch {
      complaints.note(error, tenant)
    }
  }

  /// Sends what was received to the loops.
  public func flush() { feeds.flush() }

  /// What is published now is missed, until `subscribed` comes and it can be read from the stream.
  public func lost() {
    feeds.fall()
    log.warning("the event bus is gone")
  }

  /// Nothing that is published from now on is missed. What was before is looked for.
  public func subscribed(_ tenant: TenantID) {
    guard let fill = feeds.subscribed(tenant) else { return }
    let (feeds, reader) = (feeds, reader)
    Task {
      guard let filled = await reader.fill(fill, isWanted: { feeds.awaits(fill) }) else { return }
      feeds.filled(filled, fill)
    }
  }

  /// Hands it to the loops, whose Socket.IO clients it may be for.
  public func emitted(_ event: EmittedEvent) {
    metrics.eventsIn.add()
    for loop in loops { loop.post(event) }
  }

  /// Each tenant's members are served once what they missed was looked for.
  public func restored() { log.info("the event bus is back") }
}

/// Says of messages on the bus that are no events what is wrong with them, at most once a second.
final class Complaints: Sendable {
  private struct State {
    /// When one was last logged, and how many came since.
    var loggedMs = Int64.min
    var count = 0
  }
  private let state = Locked(State())
  private let log: Log
  private let broken: Counter

  init(log: Log, broken: Counter) {
    self.log = log
    self.broken = broken
  }

  func note(_ fault: JSONFault, _ tenant: TenantID) {
    broken.add()
    let nowMs = Int64(monotonicMicros() / 1_000)
    let count: Int? = state.with { state in
      state.count += 1
      guard nowMs - 1_000 >= state.loggedMs else { return nil }
      state.loggedMs = nowMs
      defer { state.count = 0 }
      return state.count
    }
    guard let count else { return }
    log.warning(
      "a message on the bus is no event", [("fault", "\(fault)"), ("tenant", tenant.text), ("count", "\(count)")])
  }
}
