import Foundation
import Glibc
import HubTestSupport

/// Many clients of the plain WebSocket that come at once. It blocks: used on a thread of its own.
///
/// A client that is told 503 comes again after the `Retry-After`, plus up to a second by its place in the herd.
final class Herd: @unchecked Sendable {
  // Owner: the test that holds it; it is used by one call at a time.
  private var members: [Member]
  private let port: Int
  private let request: [UInt8]
  /// How many answers of 503 there were, and how many of them did not say when to come again.
  private(set) var refusals = 0
  private(set) var refusalsWithoutTime = 0
  /// What else went wrong.
  private(set) var failures: [String] = []

  private struct Member {
    var socket: Int32 = -1
    var hasAsked = false
    var isIn = false
    var comesAt = 0.0
    var received: [UInt8] = []
  }

  init(_ count: Int, port: Int, token: String) {
    members = Array(repeating: Member(), count: count)
    self.port = port
    let lines = ["GET /ws HTTP/1.1", "Host: test"] + LiveSocket.handshake + ["Authorization: Bearer \(token)", "", ""]
    request = Array(lines.joined(separator: "\r\n").utf8)
  }

  deinit { for member in members where member.socket >= 0 { close(member.socket) } }

  /// Goes until all are in, at most so long; how many seconds it took.
  func gather(withinSeconds limit: Double) -> Double {
    let began = now()
    while members.contains(where: { !$0.isIn }), now() - began < limit {
      for index in members.indices where members[index].socket < 0 && members[index].comesAt <= now() { come(index) }
      turn { members[$0].hasAsked ? POLLIN : POLLOUT }
    }
    return now() - began
  }

  /// How many hear a text, within so long.
  func hear(_ text: String, withinSeconds limit: Double) -> Int {
    let wanted = Array(text.utf8)
    var heard = Set<Int>()
    let began = now()
    while heard.count < members.count, now() - began < limit {
      turn { _ in POLLIN }
      for index in members.indices where !heard.contains(index) && members[index].received.contains(wanted) {
        heard.insert(index)
      }
    }
    return heard.count
  }

  /// How many are in.
  var countIn: Int { members.count { $0.isIn } }

  /// Waits until the server is gone: every connection has ended.
  func scatter() {
    for index in members.indices { leave(index, comesAt: 0) }
  }

  private func come(_ index: Int) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let done = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard socket >= 0, done == 0 || errno == EINPROGRESS else {
      failures.append("cannot connect: errno \(errno)")
      if socket >= 0 { close(socket) }
      members[index].comesAt = now() + 1
      return
    }
    members[index].socket = socket
  }

  private func leave(_ index: Int, comesAt: Double) {
    if members[index].socket >= 0 { close(members[index].socket) }
    members[index] = Member(comesAt: comesAt)
  }

  /// Waits a moment for any of them, and does what each can.
  private func turn(_ wish: (Int) -> Int32) {
    let open = members.indices.filter { members[$0].socket >= 0 }
    var watched = open.map { pollfd(fd: members[$0].socket, events: Int16(wish($0)), revents: 0) }
    guard poll(&watched, nfds_t(watched.count), 20) > 0 else { return }
    for (index, state) in zip(open, watched) where state.revents != 0 {
      if members[index].hasAsked { read(index) } else { ask(index) }
    }
  }

  private func ask(_ index: Int) {
    // So little fits into the buffer of a new connection.
    let sent = request.withUnsafeBytes { send(members[index].socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if sent == request.count { members[index].hasAsked = true } else { fail(index, "cannot ask: errno \(errno)") }
  }

  private func read(_ index: Int) {
    var chunk = [UInt8](repeating: 0, count: 16_384)
    let count = recv(members[index].socket, &chunk, chunk.count, 0)
    guard count > 0 else { return fail(index, count == 0 ? "closed" : "cannot read: errno \(errno)") }
    members[index].received += chunk[..<count]
    guard !members[index].isIn, members[index].received.contains([13, 10, 13, 10]) else { return }
    let head = String(decoding: members[index].received, as: UTF8.self)
    if head.hasPrefix("HTTP/1.1 101 ") {
      members[index].isIn = true
      let frame = WebSocketClient.frame(opcode: 1, Array(#"{"type":"subscribe:orders"}"#.utf8))
      _ = frame.withUnsafeBytes { send(members[index].socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    } else if head.hasPrefix("HTTP/1.1 503 ") {
      refusals += 1
      let seconds = head.firstMatch(of: /Retry-After: (\d+)/).flatMap { Double($0.output.1) }
      if seconds == nil { refusalsWithoutTime += 1 }
      leave(index, comesAt: now() + (seconds ?? 1) + Double(index) / Double(members.count))
    } else {
      fail(index, String(head.prefix(80)))
    }
  }

  private func fail(_ index: Int, _ why: String) {
    failures.append(why)
    leave(index, comesAt: now() + 1)
  }

  private func now() -> Double { Date().timeIntervalSince1970 }
}
