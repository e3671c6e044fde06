import HubContracts
import HubRuntime
import HubWire
import OrderDesk
import Orders

/// What of a process one tenant or user may have, so that others find it as quick as if they were alone: places among
/// the requests under way, and turns where a single request takes long.
final class Shares: Sendable {
  private let underWay: Locked<Places>
  /// Turns at reads whose answers may be large: as many at a time as MongoDB's threads are by default, and memory is for.
  let lists: Turnstile

  /// A body or an answer of more bytes is long work: it is read or written at some 30 bytes a microsecond.
  static let longBytes = 16 << 10
  /// How many lists are read and written at a time.
  private static let listsAtOnce = 16

  /// Shares of a process that works on at most `pendingLimit` requests at once.
  init(pendingLimit: Int) {
    underWay = Locked(Places(limit: pendingLimit))
    lists = Turnstile(places: Self.listsAtOnce, queueLimit: pendingLimit, quantum: 4 * Self.longBytes)
  }

  /// Runs a request's answer as one of its party's, and so that the store knows whose it is.
  func admit<Success>(_ party: Party, _ body: () async throws -> Success) async throws -> Success {
    // The HTTP server keeps places of its own for what operators ask.
    if party.household == .hub { return try await body() }
    if let lack = underWay.with({ $0.take(party) }) {
      // To one of many strangers it says nothing that the others are as many.
      throw party.household == .strangers ? .all : lack
    }
    defer { underWay.with { $0.leave(party) } }
    return try await Party.$current.withValue(party, operation: body)
  }
}

extension Call {
  /// Whose request it is. What operators ask is the hub's own: it is answered whoever else asks for what.
  var party: Party {
    if let caller { return Party(caller) }
    return route.isOperators ? .hub : .strangers
  }
}

extension OrderAPI {
  /// What a request's body says.
  func read<Success: Sendable>(
    _ call: Call, _ make: @escaping @Sendable (JSON) throws -> Success
  ) async throws -> Success {
    guard call.request.body.count > Shares.longBytes else { return try make(call.json()) }
    return try await LongWork.run(as: call.party) { try make(call.json()) }
  }
}

extension Problem {
  /// A party or the process has as much under way as it may.
  init(_ lack: Places.Lack) {
    switch lack {
    case .all: self = .unavailable("too much waits already", code: "overloaded", retryAfterSeconds: 1)
    case .household: self = .ownOverload("this tenant has")
    case .user: self = .ownOverload("this user has")
    }
  }

  private static func ownOverload(_ who: String) -> Problem {
    Problem(
      status: 429, code: "overloaded",
      detail: "\(who) as much under way here as one may have while others are to be served; nothing was written",
      canRetry: true, suggestedAction: "send fewer requests at once, and repeat this one with the same Idempotency-Key",
      headers: [("Retry-After", "1")])
  }
}
