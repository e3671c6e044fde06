import CMicrohttpd
import Glibc
import HubContracts
import HubRuntime
import Orders

/// Heads that the library cannot answer, or answers wrongly: the answer is written past it.
extension ServerCore {
  /// How many bytes of a connection's memory an answer's head may need.
  static let answerHeadBytes = 2_048

  /// The library is about to refuse a head by itself: a missing Host, a length that is none, cookies that find no room.
  ///
  /// libmicrohttpd 0.9.75 puts the head of such an answer before it twice (`parse_connection_headers` queues it, and
  /// `MHD_connection_handle_idle` in its connection.c goes on as if it had not): a proxy takes the second for an answer to
  /// somebody else's request. So it is answered here, and the socket takes no more of what the library writes. It says
  /// what it is about to do to the log, and to nobody else: this is called with each message of it.
  func refuseByItself() {
    guard let state = heads.refused(), let connection = state.connection, let target = state.target else { return }
    heads.end(state)
    open.hasSpoken(state)
    // The library has not said which, and the connection's last request may have had another.
    state.method = nil
    // One space stands behind the target; where it is another number, the lines are not where they should be.
    state.scan = HeaderScan.read(connection, method: nil, version: target + state.targetCount + 1)
    answerAlone(state, reasonToRefuse(state.scan, path: state.path(in: target)))
  }

  private func reasonToRefuse(_ scan: HeaderScan, path: UnsafeRawBufferPointer) -> HTTPRefusal {
    if let fault = scan.fault { return .malformed(fault) }
    if scan.host == nil { return .malformed(HeaderScan.noHost) }
    if scan.contentLength == .max {
      return .bodyTooLarge(limitBytes: application.bodyLimitBytes(method: .post, path: Text(decoding: path)))
    }
    return .headTooLarge
  }

  /// Whether an answer's head would find room in the connection's memory, of which this is how much the request's takes.
  func leavesRoom(_ scan: HeaderScan) -> Bool {
    scan.memoryBytes <= connectionBytes - min(Self.answerHeadBytes, connectionBytes / 2)
  }

  /// Refuses a request with a head and a body that the library knows nothing of, and ends what is written. Whoever calls
  /// this from a step lets the library close.
  func answerAlone(_ state: ConnectionState, _ reason: HTTPRefusal) {
    metrics?.refused.add()
    state.phase = .answered
    noLongerNew(state)
    state.owesNothing()
    // What follows the head must not reset the answer away.
    state.leavesBody = true
    let id = requestID(state)
    var reply = application.refusal(reason, requestID: id)
    reply.headers += originHeaders(state.scan)
    let bytes = Self.written(reply, requestID: id, hasBody: state.method != .head)
    // One that reads so little that its socket has no room for this gets what there is room for.
    _ = Glibc.send(state.socket, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    shutdown(state.socket, Int32(SHUT_WR))
  }

  private static func written(_ reply: HTTPReply, requestID: String, hasBody: Bool) -> [UInt8] {
    let phrase = MHD_get_reason_phrase_for(UInt32(reply.status)).map { String(cString: $0) } ?? ""
    var head = "HTTP/1.1 \(reply.status) \(phrase)\r\nDate: \(HTTPDate.text(ofSecond: time(nil)))\r\n"
    if let type = reply.contentType { head += "Content-Type: \(type)\r\n" }
    for header in reply.headers { head += "\(header.name): \(header.value)\r\n" }
    head += "X-Request-Id: \(requestID)\r\nConnection: close\r\nContent-Length: \(reply.body.bytes.count)\r\n\r\n"
    return Array(head.utf8) + (hasBody ? reply.body.bytes : [])
  }
}
