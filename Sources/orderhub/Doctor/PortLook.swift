import Glibc
import HubRuntime

/// Who is at a port that a process of the hub listens on.
enum PortLook: Equatable {
  case free
  /// A process of a hub, which says how it is.
  case hub(String)
  /// Another program.
  case taken

  /// How long a program that is there may take to answer, in all.
  private static let patienceMicros: UInt64 = 2_000_000
  /// The most that is read of an answer.
  private static let answerLimitBytes = 16_384

  /// What stands in the answer of a hub's `/readyz`.
  private static let states = ["ready", "draining", "unavailable"]

  /// Looks at a port of an address to listen on. It waits two seconds at most.
  static func at(_ host: String, _ port: Int) -> PortLook {
    let reached =
      switch host {
      case "0.0.0.0", "localhost": "127.0.0.1"
      case "::": "::1"
      default: host
      }
    guard let answer = ask(reached, port) else { return .free }
    return states.first { holds(answer, "\"status\":\"\($0)\"") }.map { .hub($0) } ?? .taken
  }

  /// Whether a word of ours stands in what another program said.
  static func holds(_ answer: [UInt8], _ word: String) -> Bool {
    let word = Array(word.utf8)
    return answer.indices.contains { answer[$0...].starts(with: word) }
  }

  /// What a port answers to a question for `/readyz` within two seconds; nil if nobody is there.
  private static func ask(_ host: String, _ port: Int) -> [UInt8]? {
    let deadline = monotonicMicros() + patienceMicros
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let socket = Glibc.socket(found.pointee.ai_family, Int32(kind), 0)
    guard socket >= 0 else { return nil }
    defer { close(socket) }
    guard isConnected(socket, found.pointee, until: deadline) else { return nil }
    // It fits into the socket's buffer; who does not take it is asked in vain.
    let question = Array("GET /readyz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
    _ = send(socket, question, question.count, Int32(MSG_NOSIGNAL))
    var answer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4_096)
    while answer.count < answerLimitBytes, wait(for: POLLIN, socket, until: deadline) {
      let count = recv(socket, &part, part.count, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count > 0 else { break }
      answer += part[..<count]
    }
    return answer
  }

  /// Connects. Nobody is there either where nothing says so in time.
  private static func isConnected(_ socket: Int32, _ place: addrinfo, until deadline: UInt64) -> Bool {
    if connect(socket, place.ai_addr, place.ai_addrlen) == 0 { return true }
    guard errno == EINPROGRESS, wait(for: POLLOUT, socket, until: deadline) else { return false }
    var failure: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 && failure == 0
  }

  /// Waits until a socket is ready for something; false if it is not, in time.
  private static func wait(for events: Int32, _ socket: Int32, until deadline: UInt64) -> Bool {
    while true {
      let now = monotonicMicros()
      guard now < deadline else { return false }
      var watched = pollfd(fd: socket, events: Int16(events), revents: 0)
      let count = poll(&watched, 1, Int32(clamping: (deadline - now) / 1_000 + 1))
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
    }
  }
}
