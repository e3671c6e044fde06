import CMicrohttpd
import HubContracts
import HubRuntime
import Synchronization

/// A request that waits for the program while its connection is suspended.
final class Exchange: @unchecked Sendable {
  // Owner: `reply` belongs to whoever wins `isAnswered`, and after the resume to the connection's server thread.
  private let connection: OpaquePointer
  private let bell: Bell
  private let isAnswered = Atomic<Bool>(false)
  private(set) var reply: HTTPReply?
  /// The request's id, for the answer.
  let requestID: String
  /// When it began.
  let startMicros = monotonicMicros()

  /// Describes one on a connection that is suspended already.
  init(connection: OpaquePointer, requestID: String, bell: Bell) {
    self.connection = connection
    self.bell = bell
    self.requestID = requestID
  }

  /// Gives the answer; only the first counts. The connection goes on, on its own thread.
  func answer(_ reply: HTTPReply) {
    guard isAnswered.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
    self.reply = reply
    MHD_resume_connection(connection)
    bell.ring()
  }
}

/// The exchanges under way, from when they begin to wait until their answer is sent.
final class Exchanges: Sendable {
  private struct State {
    var underWay: [ObjectIdentifier: Exchange] = [:]
    var isClosed = false
  }
  private let state = Locked(State())
  private let limit: Int

  /// Holds at most `limit`.
  init(limit: Int) { self.limit = limit }

  /// How many there are.
  var count: Int { state.with { $0.underWay.count } }

  /// How many vital ones there may be above the limit.
  private static let reserve = 16

  /// Whether one more is sure to be refused now.
  func isFull(vital: Bool) -> Bool { state.with { !hasRoom($0, vital) } }

  private func hasRoom(_ state: State, _ isVital: Bool) -> Bool {
    !state.isClosed && state.underWay.count < limit + (isVital ? Self.reserve : 0)
  }

  /// Adds one; false if there are as many as may be, or no more are taken.
  func begin(_ exchange: Exchange, vital: Bool) -> Bool {
    state.with { state in
      guard hasRoom(state, vital) else { return false }
      state.underWay[ObjectIdentifier(exchange)] = exchange
      return true
    }
  }

  /// Its answer is sent, or its client gone.
  func end(_ exchange: Exchange) {
    _ = state.with { $0.underWay.removeValue(forKey: ObjectIdentifier(exchange)) }
  }

  /// Takes no more, and gives those that there are.
  func close() -> [Exchange] {
    state.with { state in
      state.isClosed = true
      return Array(state.underWay.values)
    }
  }
}
