import Glibc
import HubContracts
import SocketLoop

/// One user's keep-alive connection, and the round that is under way on it. Touched only on its loop's thread.
final class UserLine: ConnectionOwner {
  private unowned let group: UserGroup
  private let errand: any Errand
  private let endpoint: Endpoint
  private let number: Int
  private var connection: Connection?
  private var unread: [UInt8] = []
  private var needed: Int?
  private var operation = 0
  /// Whether a request is under way.
  private(set) var hasRequest = false
  private(set) var sentNs: Int64 = 0
  private var startNs: Int64 = 0
  private var roundStartNs: Int64 = 0
  private var isClosed = false
  /// Whether anything came on the connection: before that, its end means that nobody took it.
  private var hasHeard = false

  init(group: UserGroup, errand: any Errand, endpoint: Endpoint, number: Int) {
    self.group = group
    self.errand = errand
    self.endpoint = endpoint
    self.number = number
  }

  /// Begins a round that should have started at `intendedNs`.
  func begin(intendedNs: Int64) {
    roundStartNs = intendedNs
    // A user that has nothing more to ask for is not asked again.
    guard let request = errand.next(startNs: intendedNs) else { return }
    send(request, startNs: intendedNs)
  }

  /// Gives up a request that was sent before `momentNs`.
  func giveUp(sentBefore momentNs: Int64) {
    guard hasRequest, sentNs < momentNs else { return }
    fail("timeout")
  }

  /// Begins nothing more. What is under way goes on to its answer; without any the connection ends at once.
  func close() {
    isClosed = true
    if !hasRequest { connection?.end() }
  }

  /// Closes the connection for good. Whether a request was under way: it is not counted.
  func stop() -> Bool {
    let wasWaiting = hasRequest
    isClosed = true
    hasRequest = false
    if wasWaiting { errand.broke() }
    connection?.end()
    return wasWaiting
  }

  private func send(_ request: Request, startNs: Int64) {
    operation = request.operation
    self.startNs = startNs
    sentNs = monotonicNs()
    hasRequest = true
    unread.removeAll(keepingCapacity: true)
    needed = nil
    if connection == nil {
      guard let socket = endpoint.dial(source: number) else {
        return fail(errno == ECONNREFUSED ? "refused connection" : "no connection: errno \(errno)")
      }
      hasHeard = false
      connection = group.loop.adopt(socket, owner: self)
    }
    guard let connection else { return fail("no connection") }
    connection.send(request.bytes)
  }

  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
    hasHeard = true
    guard hasRequest else { return connection.end() }
    if unread.isEmpty {
      if !read(bytes) { unread.append(contentsOf: bytes) }
      return
    }
    unread.append(contentsOf: bytes)
    if let needed, unread.count < needed { return }
    // The answer is looked at where it lies; what it starts may empty `unread`, so the buffer is held meanwhile.
    let held = unread
    _ = held.withUnsafeBytes { read($0) }
  }

  /// Looks for an answer; false if more must come.
  private func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
    switch AnswerReader.read(bytes) {
    case .partial(let needed):
      self.needed = needed
      return false
    case .malformed:
      fail("malformed answer")
    case .whole(let answer, let length) where length == bytes.count:
      take(answer)
    case .whole:
      fail("more than one answer")
    }
    return true
  }

  private func take(_ answer: Answer) {
    hasRequest = false
    let now = monotonicNs()
    if let failure = errand.take(answer) {
      if answer.isTurnedAway {
        group.recorder.refused(operation, failure, latencyNs: now - startNs)
      } else {
        group.recorder.failed(operation, failure)
      }
      return rest(succeeded: false)
    }
    group.recorder.succeeded(operation, latencyNs: now - startNs)
    // A round that is cut short by the end is none, but its last answer may have come as the last of all.
    if let request = errand.next(startNs: now) {
      return isClosed ? rest(succeeded: true) : send(request, startNs: now)
    }
    if let round = errand.round { group.recorder.succeeded(round, latencyNs: now - roundStartNs) }
    rest(succeeded: true)
  }

  private func rest(succeeded: Bool) {
    if isClosed { connection?.end() } else { group.rested(self, succeeded: succeeded) }
  }

  /// Counts the request as failed and leaves the connection, whose state is not known any more.
  private func fail(_ kind: String) {
    hasRequest = false
    let old = connection
    connection = nil
    old?.end()
    errand.broke()
    group.recorder.failed(operation, kind)
    rest(succeeded: false)
  }

  func ended(_ connection: Connection) {
    guard connection === self.connection else { return }
    self.connection = nil
    if hasRequest { fail(hasHeard ? "closed connection" : "no connection") }
  }

  func overflowed(_ connection: Connection) { connection.end() }
  func reminded(nowMs: Int64, on connection: Connection) {}
}
