import Glibc

/// Calls the hub one request at a time, for what stands around a measurement. It blocks: for the main thread.
final class DirectCaller {
  private let endpoint: Endpoint
  private var socket: Int32 = -1
  private let timeoutSeconds: Int

  /// An answer, kept.
  struct Reply {
    let status: Int
    let body: [UInt8]

    /// What to tell somebody who did not expect it.
    var summary: String { "\(status) \(String(decoding: body.prefix(300), as: UTF8.self))" }
  }

  init(endpoint: Endpoint, timeoutSeconds: Int = 30) {
    self.endpoint = endpoint
    self.timeoutSeconds = timeoutSeconds
  }

  deinit { if socket >= 0 { close(socket) } }

  /// Sends a request and waits for its answer. A kept connection that has died meanwhile is replaced once.
  func call(_ request: [UInt8]) throws(RunProblem) -> Reply {
    if socket >= 0, let reply = exchange(request) { return reply }
    try connect()
    guard let reply = exchange(request) else {
      throw RunProblem(message: "\(endpoint.name) gives no answer within \(timeoutSeconds) s, or one that is not HTTP")
    }
    return reply
  }

  private func connect() throws(RunProblem) {
    if socket >= 0 { close(socket) }
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(socket, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    let socket = socket
    guard Endpoint.with(address: endpoint.address, port: endpoint.port, { Glibc.connect(socket, $0, $1) }) == 0 else {
      throw RunProblem(
        message:
          "nobody answers at \(endpoint.name): start the hub (scripts/run), or say where it is with --api and --live")
    }
  }

  private func exchange(_ request: [UInt8]) -> Reply? {
    var sent = 0
    while sent < request.count {
      let count = request.withUnsafeBytes {
        send(socket, UnsafeRawBufferPointer(rebasing: $0[sent...]).baseAddress, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return nil }
      sent += count
    }
    var buffer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk[..<count]
      let outcome: Reply?? = buffer.withUnsafeBytes { bytes in
        switch AnswerReader.read(bytes) {
        case .partial: .none
        case .malformed: .some(nil)
        case .whole(let answer, _): .some(Reply(status: answer.status, body: Array(answer.body)))
        }
      }
      if let outcome { return outcome }
    }
  }
}
