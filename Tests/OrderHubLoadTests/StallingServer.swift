import Foundation
import Glibc
import HubRuntime
import HubTestSupport

@testable import orderhub_load

/// Answers every request with 200, but for those that its fault says. It counts the requests of all connections together.
final class StallingServer: @unchecked Sendable {
  // Owner: nobody changes it; the threads share `count`.
  let port: UInt16
  /// How many requests have come.
  var requestCount: Int { count.with { $0 } }
  private let count = Locked(0)
  private let listening: Int32

  /// What it does beside answering.
  enum Fault: Sendable {
    /// It answers the request with this number only after a rest.
    case rest(at: Int, seconds: Double)
    /// From the request with this number on it answers nothing any more.
    case hang(from: Int)
    case none
  }

  init(_ fault: Fault) throws {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let port = try freePort()
    let isBound = Endpoint.with(address: 0x7f00_0001, port: UInt16(port)) { bind(socket, $0, $1) }
    guard isBound == 0, listen(socket, 64) == 0 else { throw TestServerError("cannot listen: errno \(errno)") }
    self.port = UInt16(port)
    listening = socket
    let count = count
    Foundation.Thread.detachNewThread {
      while true {
        let connection = accept(socket, nil, nil)
        guard connection >= 0 else { return }
        Foundation.Thread.detachNewThread { Self.serve(connection, fault, count) }
      }
    }
  }

  deinit {
    // Ends the waiting thread, which closing alone does not.
    shutdown(listening, Int32(SHUT_RDWR))
    close(listening)
  }

  private static func serve(_ connection: Int32, _ fault: Fault, _ count: Locked<Int>) {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".utf8)
    while read(connection, &bytes, bytes.count) > 0 {
      let number = count.with { count in
        count += 1
        return count
      }
      switch fault {
      case .rest(let stalled, let seconds): if number == stalled { usleep(UInt32(seconds * 1e6)) }
      case .hang(let first): if number >= first { continue }
      case .none: break
      }
      _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
    }
    close(connection)
  }

  /// It as a hub under load, with a token that nobody looks at.
  func site() throws -> Site {
    let words = ["--api", "127.0.0.1:\(port)", "--live", "127.0.0.1:\(port)", "--tenant", "load-stall", "--token", "t"]
    return try Site(try GivenOptions(words, kinds: Site.kinds), users: 1)
  }
}
