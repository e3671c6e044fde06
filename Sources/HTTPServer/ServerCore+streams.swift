import CMicrohttpd
import Glibc
import HubContracts
import HubRuntime

/// Requests whose answers the program writes itself, for as long as it likes.
extension ServerCore {
  /// Whether somebody may want to answer this request himself.
  func mayStream(_ state: ConnectionState, path: UnsafeRawBufferPointer) -> Bool {
    guard let streamingPath, path.count == streamingPath.count else { return false }
    return state.method == .get && !state.isOld && !state.scan.announcesBody && path.elementsEqual(streamingPath)
  }

  /// Holds the connection still and gives a duplicate of its socket to the taker.
  func stream(
    _ connection: OpaquePointer, _ state: ConnectionState, _ request: HTTPRequest, taker: any HTTPUpgrades
  ) -> MHD_Result {
    let duplicate = TakenSocket.duplicate(state.socket)
    guard duplicate >= 0 else {
      log.error("a socket for a stream could not be duplicated", [("errno", String(errno))])
      return .NO
    }
    let stream = HTTPStream(connection: connection, socket: state.socket, bell: bell)
    state.stream = stream
    state.phase = .streaming
    noLongerNew(state)
    // From now on the socket is the taker's: the sweep would shut it down through the duplicate.
    state.owesNothing()
    MHD_suspend_connection(connection)
    guard streams.begin(stream) else {
      close(duplicate)
      stream.finish()
      return .YES
    }
    metrics?.streamed.add()
    taker.stream(request, socket: duplicate) { stream.finish() }
    return .YES
  }

  /// Ends the conversations that are left when the server must end; their takers see the end of the socket.
  func cutStreams() {
    for stream in streams.close() { stream.cut() }
  }

  /// Lets go of the streams whose takers have not: a connection that is held still keeps the library from ending.
  func releaseStreams() {
    for stream in streams.close() { stream.finish() }
  }
}
