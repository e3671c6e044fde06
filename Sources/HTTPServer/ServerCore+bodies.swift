import CMicrohttpd
import HubContracts
import HubRuntime
import Orders
import Synchronization

/// The bodies of requests: who may send one, what they hold in memory, and what becomes of those that are refused.
extension ServerCore {
  /// What a body's array has at least once something of it came.
  private static let leastRoom = 4_096

  /// Judges a head whose body follows, before a byte of it is read. A client that waits for 100 gets it afterwards.
  func expectBody(
    _ connection: OpaquePointer, _ state: ConnectionState, target: UnsafePointer<CChar>
  ) -> MHD_Result {
    let path = state.path(in: target)
    if let fault = RequestTarget.fault(inPath: path, of: state.method) {
      return refuse(connection, state, .malformed(fault))
    }
    // Whatever is answered from here on is answered before the body.
    state.leavesBody = true
    // Where heads are not judged nobody is told from strangers.
    var (isKnown, limitBytes): (Bool, Int?) = (true, nil)
    if wantsBodyHeads {
      switch head(connection, state, target: target) {
      case .failure(let fault): return refuse(connection, state, .malformed(fault.text))
      case .success(var head):
        head.bodyNumber = bodyCount.wrappingAdd(1, ordering: .relaxed).newValue
        switch application.bodyBegins(head) {
        case .refuse(let reply):
          return send(reply, on: connection, state, requestID: head.requestID, closes: true)
        case .take(let known, let limit): (isKnown, limitBytes) = (known, limit)
        }
        state.begunHead = head
      }
    }
    state.bodyLimit =
      limitBytes ?? application.bodyLimitBytes(method: presented(state.method), path: Text(decoding: path))
    let announced = state.scan.contentLength ?? 0
    guard announced <= UInt64(max(state.bodyLimit, 0)) else {
      state.bodyFault = .tooLarge
      return refuseBody(connection, state)
    }
    // By what all limits count a client by: of IPv6 the network, for a host has as many addresses of it as it likes.
    let address = NetworkAddress.limitKey(of: state.begunHead?.remoteAddress ?? state.remoteAddress(connection))
    let holder = BodyLedger.Holder(address: address, isKnown: isKnown)
    let headBytes = headBytes(state)
    guard bodies.hasRoom(for: headBytes + Int(announced), of: holder), bodies.take(headBytes, of: holder) else {
      state.bodyFault = .noRoom
      return refuseBody(connection, state)
    }
    state.holder = holder
    state.heldBytes = headBytes
    state.leavesBody = false
    state.phase = .readingBody
    state.intake.begin(second: open.second)
    if state.scan.isChunked { state.chunks = state.scan.end.map { ChunkScan(start: $0) } }
    return .YES
  }

  /// What the head takes in memory while its body comes: as text, and the query once more.
  private func headBytes(_ state: ConnectionState) -> Int {
    state.begunHead == nil ? 0 : 2 * state.scan.headBytes
  }

  /// Takes the next part of a body, or begins to throw it away.
  func takeBody(_ state: ConnectionState, _ bytes: UnsafeRawBufferPointer) {
    state.intake.take(bytes.count)
    if state.chunks?.takes(bytes) == false {
      return discardBody(state, .malformed("a chunk's size or extension is not one of RFC 9112"))
    }
    let count = state.body.count + bytes.count
    guard count <= state.bodyLimit else { return discardBody(state, .tooLarge) }
    guard makeRoom(for: count, state) else { return discardBody(state, .noRoom) }
    state.body.append(contentsOf: bytes)
  }

  /// Sees to it that the array has room for so many bytes, and that this is counted. It grows with what comes and not with
  /// what is announced, to the double each time, and not above what may come.
  private func makeRoom(for count: Int, _ state: ConnectionState) -> Bool {
    guard count > state.body.capacity else { return true }
    let most = state.scan.contentLength.map { Int(clamping: $0) } ?? state.bodyLimit
    let room = max(count, min(most, max(2 * state.body.capacity, Self.leastRoom)))
    guard let holder = state.holder, bodies.take(room - state.roomBytes, of: holder) else { return false }
    state.heldBytes += room - state.roomBytes
    state.roomBytes = room
    state.body.reserveCapacity(room)
    return true
  }

  private func discardBody(_ state: ConnectionState, _ fault: BodyFault) {
    state.phase = .discardingBody
    state.bodyFault = fault
    state.body = []
    giveBack(state.roomBytes, state)
    state.roomBytes = 0
  }

  /// Nothing of a body is held for the connection any more.
  func letGo(_ state: ConnectionState) {
    if !state.body.isEmpty { state.body = [] }
    giveBack(state.heldBytes, state)
    state.roomBytes = 0
  }

  private func giveBack(_ bytes: Int, _ state: ConnectionState) {
    guard bytes > 0, let holder = state.holder else { return }
    bodies.giveBack(bytes, of: holder)
    state.heldBytes -= bytes
  }

  /// The last of a body came: whether its end is one of RFC 9112 too.
  func bodyIsWhole(_ connection: OpaquePointer, _ state: ConnectionState) -> Bool {
    state.intake.end()
    guard state.chunks != nil, let start = state.scan.end else { return true }
    if HeaderScan.trailersAreWhole(connection, from: start) { return true }
    state.bodyFault = .malformed("the body's end has a folded line, an LF without CR, or a NUL")
    return false
  }

  /// Answers a body that is not taken, and closes.
  func refuseBody(_ connection: OpaquePointer, _ state: ConnectionState) -> MHD_Result {
    state.intake.end()
    let head = state.begunHead
    state.begunHead = nil
    letGo(state)
    switch state.bodyFault {
    case .tooLarge, nil:
      guard let head, let reply = application.bodyFailed(head, isTooLarge: true) else {
        return refuse(connection, state, .bodyTooLarge(limitBytes: state.bodyLimit))
      }
      metrics?.refused.add()
      return send(reply, on: connection, state, requestID: head.requestID, closes: true)
    case .noRoom:
      if let head { _ = application.bodyFailed(head, isTooLarge: false) }
      return refuse(connection, state, .overloaded(retryAfterSeconds: Self.retryAfterSeconds))
    case .malformed(let why):
      if let head { _ = application.bodyFailed(head, isTooLarge: false) }
      return refuse(connection, state, .malformed(why))
    }
  }
}
