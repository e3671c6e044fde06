import Glibc
import HubRuntime
import HubTestSupport

/// Many clients of the plain WebSocket on one thread, which read whatever comes and hold it against the numbers that the
/// events carry: each once, in order.
final class Crowd: Sendable {
  /// What one client has come by.
  struct Seen: Sendable, Equatable {
    /// The number of the last event.
    var last = 0
    /// Events that came twice, or not in their turn.
    var wrong = 0
    var resyncs = 0
    /// What it was closed with; 0 if the connection ended without a word.
    var closedWith: Int?
  }

  private struct Member {
    let socket: Int32
    var held: [UInt8] = []
  }

  private let seen: Locked<[Seen]>
  private let isEnding = Locked(false)
  private let thread = Locked<HubRuntime.Thread?>(nil)

  /// Joins so many to the tenant's room; they read until `end`. It blocks.
  init(_ count: Int, port: Int, token: String) throws {
    let sockets = try (0..<count).map { _ in
      let socket = try LiveSocket(port: port, headers: ["Authorization: Bearer \(token)"])
      try socket.greet(subscribes: true)
      return dup(socket.client.socket)
    }
    seen = Locked(Array(repeating: Seen(), count: count))
    thread.with { $0 = HubRuntime.Thread.start(name: "crowd") { [self] in read(sockets.map { Member(socket: $0) }) } }
  }

  /// What each has come by so far.
  var all: [Seen] { seen.with { $0 } }

  /// Ends the reading and closes the connections.
  func end() {
    isEnding.with { $0 = true }
    thread.with { thread in
      thread?.join()
      thread = nil
    }
  }

  private func read(_ all: [Member]) {
    var members = all
    var chunk = [UInt8](repeating: 0, count: 256 << 10)
    var open = Array(members.indices)
    while !isEnding.with({ $0 }) {
      var watched = open.map { pollfd(fd: members[$0].socket, events: Int16(POLLIN), revents: 0) }
      guard poll(&watched, nfds_t(watched.count), 50) > 0 else { continue }
      for (index, state) in zip(open, watched) where state.revents != 0 {
        let count = recv(members[index].socket, &chunk, chunk.count, 0)
        guard count > 0 else {
          seen.with { $0[index].closedWith = $0[index].closedWith ?? 0 }
          open.removeAll { $0 == index }
          continue
        }
        members[index].held += chunk[..<count]
        take(&members[index].held, of: index)
      }
    }
    for member in members { close(member.socket) }
  }

  /// Takes the whole frames that have come.
  private func take(_ held: inout [UInt8], of index: Int) {
    var at = 0
    var now = seen.with { $0[index] }
    while held.count - at >= 2 {
      var (length, head) = (Int(held[at + 1] & 0x7f), 2)
      if length == 126 { head = 4 } else if length == 127 { head = 10 }
      guard held.count - at >= head else { break }
      if head > 2 { length = held[at + 2..<at + head].reduce(0) { $0 << 8 | Int($1) } }
      guard held.count - at >= head + length else { break }
      let payload = held[at + head..<at + head + length]
      switch held[at] & 0x0f {
      case 1: hear(payload, &now)
      case 8: now.closedWith = length >= 2 ? payload.prefix(2).reduce(0) { $0 << 8 | Int($1) } : 1_005
      default: break
      }
      at += head + length
    }
    held.removeFirst(at)
    seen.with { $0[index] = now }
  }

  private static let numberMark = Array(#""data":{"n":"#.utf8)
  private static let resyncMark = Array(#"{"type":"resync""#.utf8)

  private func hear(_ text: ArraySlice<UInt8>, _ seen: inout Seen) {
    if text.starts(with: Self.resyncMark) {
      seen.resyncs += 1
      return
    }
    guard let mark = text.firstRange(of: Self.numberMark) else { return }
    let number = text[mark.upperBound...].prefix { (0x30...0x39).contains($0) }.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    // After a resync whoever was told loads again, and goes on from wherever that is.
    if number != seen.last + 1, seen.resyncs == 0 { seen.wrong += 1 }
    seen.last = number
  }
}
