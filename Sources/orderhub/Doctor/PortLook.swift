import Glibc
import HubContracts

/// Who is at a port that a process of the hub listens on.
enum PortLook: Equatable {
  case free
  /// A process of a hub, which says how it is.
  case hub(String)
  /// Another program.
  case taken

  /// How long a program that is there may take to answer, in milliseconds.
  private static let patienceMs: Int32 = 2_000

  /// What stands in the answer of a hub's `/readyz`.
  private static let states = ["ready", "draining", "unavailable"]

  /// Looks at a port of an address to listen on. It waits some seconds at most.
  static func at(_ host: String, _ port: Int) -> PortLook {
    let reached =
      switch host {
      case "0.0.0.0", "localhost": "127.0.0.1"
      case "::": "::1"
      default: host
      }
    guard let answer = ask(reached, port) else { return .free }
    return states.first { answer.contains("\"status\":\"\($0)\"") }.map { .hub($0) } ?? .taken
  }

  /// What a port answers to a question for `/readyz`; nil if nobody is there.
  private static func ask(_ host: String, _ port: Int) -> String? {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    let socket = Glibc.socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    defer { close(socket) }
    var limit = timeval(tv_sec: Int(patienceMs / 1_000), tv_usec: 0)
    for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(socket, SOL_SOCKET, name, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(socket, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else { return nil }
    let question = Array("GET /readyz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
    _ = send(socket, question, question.count, Int32(MSG_NOSIGNAL))
    var answer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4_096)
    while answer.count < 16_384 {
      let count = recv(socket, &part, part.count, 0)
      guard count > 0 else { break }
      answer += part[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
