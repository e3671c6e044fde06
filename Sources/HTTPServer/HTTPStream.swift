import CMicrohttpd
import Glibc
import HubRuntime

/// A connection that the library holds still while somebody else writes the answer on a duplicate of its socket.
final class HTTPStream: @unchecked Sendable {
  // Owner: whoever holds the lock of `isHeld`, and only while that is true.
  private let connection: OpaquePointer
  private let socket: Int32
  private let bell: Bell
  private let isHeld = Locked(true)

  /// Describes one on a connection that is suspended already.
  init(connection: OpaquePointer, socket: Int32, bell: Bell) {
    self.connection = connection
    self.bell = bell
    self.socket = socket
  }

  /// The answer is written: the connection goes on, on its own thread, which closes it. Only the first time counts.
  ///
  /// Under the lock, so that after any call of this the library has been told, whoever was first.
  func finish() {
    isHeld.with { isHeld in
      guard isHeld else { return }
      isHeld = false
      MHD_resume_connection(connection)
      bell.ring()
    }
  }

  /// Ends the conversation under whoever writes. While it is held the descriptor cannot be another's.
  func cut() {
    isHeld.with { isHeld in
      if isHeld { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }
}

/// The streams under way, from when they begin until their connections are closed. There are never more than connections.
final class HTTPStreams: Sendable {
  private struct State {
    var underWay: [ObjectIdentifier: HTTPStream] = [:]
    var isClosed = false
  }
  private let state = Locked(State())

  /// How many there are.
  var count: Int { state.with { $0.underWay.count } }

  /// Adds one; false if no more are taken.
  func begin(_ stream: HTTPStream) -> Bool {
    state.with { state in
      state.underWay[ObjectIdentifier(stream)] = stream
      return !state.isClosed
    }
  }

  /// Its connection is closed.
  func end(_ stream: HTTPStream) {
    _ = state.with { $0.underWay.removeValue(forKey: ObjectIdentifier(stream)) }
  }

  /// Takes no more, and gives those that there are.
  func close() -> [HTTPStream] {
    state.with { state in
      state.isClosed = true
      return Array(state.underWay.values)
    }
  }
}
