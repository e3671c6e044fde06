import CMicrohttpd
import Glibc
import HubContracts
import HubRuntime
import Orders
import Synchronization

/// The steps of a request, on its connection's server thread.
///
/// The library calls once when the head is read, then for each part of a body, then once when the request is whole, and
/// once more after a suspended connection is resumed.
extension ServerCore {
  /// One such call.
  func step(
    _ connection: OpaquePointer, _ state: ConnectionState, target: UnsafePointer<CChar>,
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, upload: UnsafePointer<CChar>?,
    uploadCount: UnsafeMutablePointer<Int>
  ) -> MHD_Result {
    switch state.phase {
    case .begun:
      return readHead(connection, state, target: target, method: method, version: version)
    case .headRead:
      return wholeHead(connection, state, target: target)
    case .readingBody where uploadCount.pointee > 0:
      takeBody(state, UnsafeRawBufferPointer(start: upload, count: uploadCount.pointee))
      uploadCount.pointee = 0
      return .YES
    case .readingBody:
      return bodyIsWhole(connection, state) ? whole(connection, state, target: target) : refuseBody(connection, state)
    case .discardingBody where uploadCount.pointee > 0:
      state.discarded += uploadCount.pointee
      state.intake.take(uploadCount.pointee)
      uploadCount.pointee = 0
      return state.discarded > Self.discardFactor * max(state.bodyLimit, 16_384) ? .NO : .YES
    case .discardingBody:
      return refuseBody(connection, state)
    case .waiting:
      return finish(connection, state)
    case .streaming:
      // Resumed: the answer is out, so the library has to close.
      return .NO
    case .answered:
      return .YES
    }
  }

  // MARK: The head

  /// Judges a head, before a byte of the body is read.
  private func readHead(
    _ connection: OpaquePointer, _ state: ConnectionState, target: UnsafePointer<CChar>,
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) -> MHD_Result {
    state.scan = HeaderScan.read(connection, method: method, version: version)
    heads.end(state)
    open.hasSpoken(state)
    state.method = HTTPMethod(method)
    state.isOld = version[7] == 0x30
    // Whatever is answered here is answered before what may follow: that must not reset the answer away.
    state.leavesBody = state.scan.announcesBody
    guard leavesRoom(state.scan) else {
      answerAlone(state, .headTooLarge)
      return .NO
    }
    if let fault = state.scan.fault {
      state.leavesBody = true
      return refuse(connection, state, .malformed(fault))
    }
    // One space stands before the target and one behind it in the library's buffer, unless a NUL cut something short.
    guard version - target == state.targetCount + 1, target - method == strlen(method) + 1 else {
      return refuse(connection, state, .malformed("the request line has a NUL or too many spaces"))
    }
    guard state.method != nil else {
      return refuse(connection, state, .unknownMethod(Text(String(cString: method)).start(32)))
    }
    let path = state.path(in: target)
    // Whoever asks for a stream takes an answer of 503 for the last word, and one that is cut off for bad luck.
    if isOver || state.isExtra, mayStream(state, path: path) {
      // Done with: what the library says of it is not taken for a refusal of its own.
      state.phase = .answered
      return .NO
    }
    if isOver {
      return refuse(connection, state, .draining(retryAfterSeconds: Self.retryAfterSeconds))
    }
    if state.isExtra, !isVital(path) {
      return refuse(connection, state, .overloaded(retryAfterSeconds: Self.retryAfterSeconds))
    }
    guard state.scan.announcesBody else {
      state.phase = .headRead
      return .YES
    }
    if state.scan.isChunked, state.isOld {
      return refuse(connection, state, .malformed("HTTP/1.0 has no Transfer-Encoding"))
    }
    return expectBody(connection, state, target: target)
  }

  // MARK: The whole request

  /// The way that must be short: no body, and often an answer at hand.
  private func wholeHead(
    _ connection: OpaquePointer, _ state: ConnectionState, target: UnsafePointer<CChar>
  ) -> MHD_Result {
    let path = state.path(in: target)
    guard !state.scan.wantsUpgrade || upgrades == nil, !mayStream(state, path: path) else {
      return whole(connection, state, target: target)
    }
    let head = HTTPHead(
      method: presented(state.method), path: path,
      hasQuery: state.query != nil, authorization: state.scan.authorization)
    guard let reply = application.replyAtHand(head) else { return whole(connection, state, target: target) }
    metrics?.atHand.add()
    let requestID = state.scan.requestID.map { String(decoding: $0, as: UTF8.self) }
    return send(reply, on: connection, state, requestID: requestID, closes: isLeaving)
  }

  /// Hands a request to the program.
  private func whole(
    _ connection: OpaquePointer, _ state: ConnectionState, target: UnsafePointer<CChar>
  ) -> MHD_Result {
    let path = state.path(in: target)
    let isVital = isVital(path)
    let isBegun = followsBodies && state.begunHead != nil
    if exchanges.isFull(vital: isVital), !isBegun, !state.scan.wantsUpgrade, !mayStream(state, path: path) {
      return turnAway(connection, state)
    }
    var request: HTTPRequest
    if let begun = state.begunHead {
      request = begun
      state.begunHead = nil
    } else {
      switch head(connection, state, target: target) {
      case .success(let head): request = head
      case .failure(let fault): return refuse(connection, state, .malformed(fault.text))
      }
    }
    request.body = state.body
    state.body = []
    if state.scan.wantsUpgrade, let upgrades, state.method == .get {
      switch upgrades.decide(request) {
      case .accept(let headers): return upgrade(connection, state, request, headers)
      case .refuse(let reply): return send(reply, on: connection, state, requestID: request.requestID, closes: true)
      case .notAnUpgrade: break
      }
    }
    if mayStream(state, path: path), let upgrades {
      switch upgrades.streams(request) {
      case .stream: return stream(connection, state, request, taker: upgrades)
      case .refuse(let reply): return send(reply, on: connection, state, requestID: request.requestID, closes: true)
      case .notMine: break
      }
    }
    wait(connection, state, request, isVital: isVital)
    return .YES
  }

  /// A request without its body, or what is wrong with its target.
  func head(
    _ connection: OpaquePointer, _ state: ConnectionState, target: UnsafePointer<CChar>
  ) -> Result<HTTPRequest, MalformedTarget> {
    let path = state.path(in: target)
    if let fault = RequestTarget.fault(inPath: path, of: state.method) { return .failure(MalformedTarget(fault)) }
    return RequestTarget.pairs(inQuery: state.query ?? []).map { query in
      let headers = headers(of: connection)
      var request = HTTPRequest(
        method: presented(state.method), path: Text(decoding: path), query: query,
        headers: headers, remoteAddress: proxies.client(peer: state.remoteAddress(connection), headers: headers),
        requestID: requestID(state))
      request.isHead = state.method == .head
      return request
    }
  }

  /// Answers 503 as soon as the request is whole, and keeps the connection. Where far more is asked for than can be
  /// done, this is done most often: neither is the request looked at further nor the connection suspended.
  private func turnAway(_ connection: OpaquePointer, _ state: ConnectionState) -> MHD_Result {
    metrics?.refused.add()
    state.begunHead = nil
    letGo(state)
    let id = requestID(state)
    return send(overloaded(id), on: connection, state, requestID: id, closes: isLeaving)
  }

  /// Suspends the connection until the program has answered.
  private func wait(
    _ connection: OpaquePointer, _ state: ConnectionState, _ request: HTTPRequest, isVital: Bool
  ) {
    let exchange = Exchange(connection: connection, requestID: request.requestID, bell: bell)
    state.exchange = exchange
    state.phase = .waiting
    state.owesNothing()
    // Suspended before anybody else knows the exchange: its answer may come at once, from another thread.
    MHD_suspend_connection(connection)
    guard exchanges.begin(exchange, vital: isVital) else {
      metrics?.refused.add()
      exchange.answer(overloaded(request.requestID))
      return
    }
    let application = application
    Task { exchange.answer(await application.reply(to: request)) }
  }

  /// Sends the program's answer.
  private func finish(_ connection: OpaquePointer, _ state: ConnectionState) -> MHD_Result {
    guard let exchange = state.exchange, let reply = exchange.reply else { return .YES }
    if let metrics {
      metrics.waited.add()
      metrics.seconds.record(micros: monotonicMicros() &- exchange.startMicros)
    }
    // `completed` tells the program.
    if reply.undelivered != nil, state.isClientGone { return .NO }
    return send(reply, on: connection, state, requestID: exchange.requestID, closes: isLeaving)
  }

  // MARK: Refusals

  /// Answers what the server itself does not take, and closes: the rest of such a request cannot be trusted.
  func refuse(
    _ connection: OpaquePointer, _ state: ConnectionState, _ reason: HTTPRefusal
  ) -> MHD_Result {
    metrics?.refused.add()
    let id = requestID(state)
    var reply = application.refusal(reason, requestID: id)
    switch reason {
    case .draining(let seconds), .overloaded(let seconds): reply = reply.retryAfter(seconds)
    case .bodyTooLarge, .headTooLarge, .unknownMethod, .malformed: break
    }
    return send(reply, on: connection, state, requestID: id, closes: true)
  }

  func overloaded(_ requestID: String) -> HTTPReply {
    let seconds = Self.retryAfterSeconds
    let reason: HTTPRefusal =
      isOver ? .draining(retryAfterSeconds: seconds) : .overloaded(retryAfterSeconds: seconds)
    return application.refusal(reason, requestID: requestID).retryAfter(seconds)
  }

  /// Answers in the program's place those that wait still when the server must end.
  func giveUp() {
    end()
    for exchange in exchanges.close() { exchange.answer(overloaded(exchange.requestID)) }
  }

  // MARK: Parts

  func presented(_ method: HTTPMethod?) -> HTTPMethod { method == .head ? .get : method ?? .get }

  func requestID(_ state: ConnectionState) -> String {
    state.scan.requestID.map { String(decoding: $0, as: UTF8.self) } ?? requestIDs.next()
  }

  func headers(of connection: OpaquePointer) -> [(name: Text, value: Text)] {
    var headers: [(name: Text, value: Text)] = []
    withUnsafeMutablePointer(to: &headers) { pointer in
      _ = MHD_get_connection_values_n(
        connection, .HEADER_KIND,
        { context, _, key, keySize, value, valueSize in
          guard let context, let key else { return .YES }
          let name = UnsafeRawBufferPointer(start: key, count: keySize)
          let text = UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueSize)
          context.assumingMemoryBound(to: [(name: Text, value: Text)].self).pointee
            .append((Text(decoding: name), Text(decoding: text)))
          return .YES
        }, pointer)
    }
    return headers
  }
}

extension HTTPReply {
  /// The answer with `Retry-After`, unless it has one.
  fileprivate func retryAfter(_ seconds: Int) -> HTTPReply {
    guard !headers.contains(where: { Text($0.name).isWord("Retry-After") }) else { return self }
    var reply = self
    reply.headers.append(("Retry-After", String(seconds)))
    return reply
  }
}
