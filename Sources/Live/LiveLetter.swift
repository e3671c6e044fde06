import HubContracts
import Orders

/// What other threads ask of a loop.
enum LiveLetter: Sendable {
  /// A new client.
  case arrival(Arrival)
  /// A new reader of server-sent events.
  case stream(StreamArrival)
  /// Events for the members of a tenant.
  case events(EventBatch)
  /// A tenant's subscription stands: those who wait for it get their start.
  case standing(TenantID)
  /// Members of a tenant may have missed events.
  case resync(TenantID, reason: String, offset: StreamOffset?)
  /// The answer to what the loop has asked, by the number of the question.
  case answered(UInt64, any Sendable)
  /// A program outside the hub sent something to Socket.IO's clients.
  case emitted(EmittedEvent)
  /// Tokens were ended: whose they are go.
  case ended
  /// Send everybody away, spread over so long.
  case drain(overMs: Int64)
}

/// A client whose handshake is done.
struct Arrival: Sendable {
  let socket: Int32
  let leftover: [UInt8]
  /// As limits count it.
  let address: Text
  /// What its token said; nil if it brought none, or is to be told why it is turned away.
  let claims: TokenClaims?
  /// Why it is turned away, as soon as it can be told.
  let farewell: Gate.Refused?
}
