import CMicrohttpd
import Glibc
import HubContracts
import HubRuntime
import Orders

/// Answers, put into the library's form.
extension ServerCore {
  /// Bodies up to this many bytes are copied; a larger one is held until it is sent.
  private static let copyLimit = 16_384

  /// Queues an answer.
  func send(
    _ reply: HTTPReply, on connection: OpaquePointer, _ state: ConnectionState, requestID: String?, closes: Bool
  ) -> MHD_Result {
    state.phase = .answered
    noLongerNew(state)
    state.owesReading()
    var reply = reply
    if reply.body.bytes.count > Self.copyLimit, !hold(reply.body.bytes.count, connection, state) {
      log.error("an answer is larger than all may be together", [("bytes", String(reply.body.bytes.count))])
      reply.undelivered?()
      reply = overloaded(requestID ?? "")
    }
    guard let response = response(with: reply.body) else { return .NO }
    defer { MHD_destroy_response(response) }
    func requestLog() -> Log { requestID.map { log.with(Log.requestIDField, $0) } ?? log }
    if let type = reply.contentType { add("Content-Type", type, to: response, requestLog()) }
    for header in reply.headers { add(header.name, header.value, to: response, requestLog()) }
    if crossOrigin.varies { addCrossOrigin(state.scan, to: response, requestLog()) }
    if let requestID { add("X-Request-Id", requestID, to: response, requestLog()) }
    // What the library makes of chunks is not all seen, so nothing is read behind them; an extra connection has no place.
    if closes || state.scan.isChunked || state.isExtra { MHD_add_response_header(response, "Connection", "close") }
    var status = reply.status
    if !(200...599).contains(status) {
      requestLog().error("an answer has an impossible status", [("status", String(status))])
      status = 500
    }
    // A method that nobody knows is the client's fault, whatever its status begins with.
    if status >= 500, status != 501 { metrics?.failed.add() }
    return MHD_queue_response(connection, UInt32(status), response)
  }

  /// Counts a large answer, and closes whoever has to make room for it; false if there can be none.
  private func hold(_ bytes: Int, _ connection: OpaquePointer, _ state: ConnectionState) -> Bool {
    let peer = state.remoteAddress(connection)
    let client = proxies.isEmpty ? peer : proxies.client(peer: peer, headers: headers(of: connection))
    guard let closed = answers.take(bytes, of: NetworkAddress.limitKey(of: client), by: state) else { return false }
    for state in closed { shutdown(state.socket, Int32(SHUT_RDWR)) }
    if !closed.isEmpty { metrics?.unreadClosed.add(closed.count) }
    return true
  }

  /// Queues the 101; the socket goes to the taker after it is sent.
  func upgrade(
    _ connection: OpaquePointer, _ state: ConnectionState, _ request: HTTPRequest,
    _ headers: [(name: String, value: String)]
  ) -> MHD_Result {
    guard let response = MHD_create_response_for_upgrade(handOver, Unmanaged.passUnretained(self).toOpaque()) else {
      return .NO
    }
    defer { MHD_destroy_response(response) }
    for header in headers where header.name.lowercased() != "connection" {
      add(header.name, header.value, to: response, log.with(Log.requestIDField, request.requestID))
    }
    state.upgrade = request
    state.phase = .answered
    noLongerNew(state)
    // From now on the socket is the taker's: the sweep would shut it down through the duplicate.
    state.owesNothing()
    return MHD_queue_response(connection, UInt32(MHD_HTTP_SWITCHING_PROTOCOLS), response)
  }

  /// Says whether the page that asks may read the answer. The head stands where it was read until the request is over.
  private func addCrossOrigin(_ scan: HeaderScan, to response: OpaquePointer, _ log: @autoclosure () -> Log) {
    // Most ask from no page, and make nothing new here.
    guard scan.origin != nil else { return add("Vary", "Origin", to: response, log()) }
    for header in originHeaders(scan) { add(header.name, header.value, to: response, log()) }
  }

  /// The headers that say so.
  func originHeaders(_ scan: HeaderScan) -> [(name: String, value: String)] {
    crossOrigin.headers(origin: scan.origin.map { Text(decoding: $0) }, host: scan.host.map { Text(decoding: $0) })
  }

  private func add(_ name: String, _ value: String, to response: OpaquePointer, _ log: @autoclosure () -> Log) {
    if MHD_add_response_header(response, name, value) == .NO {
      log().error("a header cannot be sent", [("name", name)])
    }
  }

  private func response(with body: SharedBytes) -> OpaquePointer? {
    body.bytes.withUnsafeBytes { bytes in
      // The library only reads the buffer.
      let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
      guard bytes.count > Self.copyLimit else {
        return MHD_create_response_from_buffer(bytes.count, start, .RESPMEM_MUST_COPY)
      }
      // The array is a constant of an object that the response holds, so its bytes stay where they are.
      let holder = Unmanaged.passRetained(body)
      let response = MHD_create_response_from_buffer_with_free_callback_cls(
        bytes.count, start, { holder in holder.map { Unmanaged<SharedBytes>.fromOpaque($0).release() } },
        holder.toOpaque())
      if response == nil { holder.release() }
      return response
    }
  }
}

/// Gives an upgraded connection's socket to the taker, as a duplicate: the library's part is freed at once.
private let handOver: MHD_UpgradeHandler = { core, _, state, extra, extraCount, socket, handle in
  guard let core, let state else {
    hub_mhd_upgrade_close(handle)
    return
  }
  let server = Unmanaged<ServerCore>.fromOpaque(core).takeUnretainedValue()
  let connection = Unmanaged<ConnectionState>.fromOpaque(state).takeUnretainedValue()
  let duplicate = TakenSocket.duplicate(socket)
  let leftover = extra.map { Array(UnsafeRawBufferPointer(start: $0, count: extraCount)) } ?? []
  if duplicate >= 0, let request = connection.upgrade {
    server.upgrades?.upgraded(request, socket: duplicate, leftover: leftover)
  } else {
    server.log.error("an upgraded socket could not be duplicated", [("errno", String(errno))])
    if duplicate >= 0 { close(duplicate) }
  }
  // It frees its part as one that is resumed.
  hub_mhd_upgrade_close(handle)
  server.bell.ring()
}
