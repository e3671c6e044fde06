import Foundation
import Glibc
import HubRuntime

/// A client that writes bytes and reads answers, so that a test can break HTTP as it likes. It blocks: use it in
/// `onThread`.
public final class RawClient {
  private let socket: Int32
  private var ownsSocket = true
  private var buffer: [UInt8] = []
  private let port: Int
  /// The requests that are not answered yet; nil once bytes were sent that may be any request.
  private var asked: [(method: String, target: String)]? = []

  /// Whether its answers are told to whoever watches the port.
  public var isWatched = true

  /// What is told of each answer that comes from a port to a `request`: its method, its target, the answer.
  public static let watches = Locked<[Int: @Sendable (String, String, Answer) -> Void]>([:])

  /// Why it gave up.
  public struct Failure: Error, CustomStringConvertible {
    /// In words.
    public let description: String
    /// Names the reason.
    public init(_ description: String) { self.description = description }
  }

  /// One answer.
  public struct Answer: Sendable {
    /// Its status.
    public var status: Int
    /// Its headers, by their names in small letters. One that was sent twice has both values, with a comma between them.
    public var headers: [String: String]
    /// Its body as text.
    public var body: String
  }

  /// Connects to a port of 127.0.0.1. Reads give up after `timeoutSeconds`: leave it out, unless nothing is to come.
  /// `source` is the address that the server sees, of 127.0.0.0/8; nil for 127.0.0.1.
  public init(port: Int, timeoutSeconds: Int = HangLimit.seconds, from source: String? = nil) throws {
    self.port = port
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    if let source {
      address.sin_addr.s_addr = inet_addr(source)
      let isBound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard isBound else { throw Failure("cannot be \(source): errno \(errno)") }
    }
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard connected else { throw Failure("cannot connect: errno \(errno)") }
  }

  deinit { if ownsSocket { close(socket) } }

  /// Gives the socket away, to whoever speaks another protocol on it, with what was read past the last answer.
  public func release() -> (socket: Int32, rest: [UInt8]) {
    ownsSocket = false
    return (socket, buffer)
  }

  /// Sends a text as it stands.
  public func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends bytes as they are.
  public func send(_ bytes: [UInt8]) throws {
    asked = nil
    try write(bytes)
  }

  private func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          socket, UnsafeRawBufferPointer(rebasing: $0[sent...]).baseAddress, $0.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure("cannot send: errno \(errno)") }
      sent += count
    }
  }

  /// Sends it, or what of it the server takes before it closes: what it answers is there to be judged.
  public func sendUntilClosed(_ text: String) throws {
    do { try send(text) } catch  where errno == EPIPE || errno == ECONNRESET {}
  }

  /// Sends a request with a Host and, if given, a body of known length.
  public func request(_ method: String, _ target: String, headers: [String] = [], body: String? = nil) throws {
    var text = "\(method) \(target) HTTP/1.1\r\nHost: test\r\n"
    for header in headers { text += header + "\r\n" }
    if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
    asked?.append((method, target))
    try write(Array((text + "\r\n" + (body ?? "")).utf8))
  }

  /// Reads one answer; `hasBody` is false for the answer to a HEAD.
  public func answer(hasBody: Bool = true) throws -> Answer {
    let end: [UInt8] = [13, 10, 13, 10]
    var start = 0
    while true {
      if buffer.count >= 4,
        let at = (start...(buffer.count - 4)).first(where: { buffer[$0..<($0 + 4)].elementsEqual(end) })
      {
        start = at
        break
      }
      start = max(0, buffer.count - 3)
      if buffer.count < 4 { start = 0 }
      guard try fill() else { throw Failure("closed within a head: \(String(decoding: buffer, as: UTF8.self))") }
    }
    let lines = String(decoding: buffer[..<start], as: UTF8.self).split(separator: "\r\n")
    buffer.removeFirst(start + 4)
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
      let name = parts[0].lowercased()
      headers[name] = headers[name].map { "\($0), \(value)" } ?? value
    }
    let words = lines[0].split(separator: " ")
    guard words.count > 1, let status = Int(words[1]) else { throw Failure("no status in \(lines[0])") }
    let length = hasBody && status >= 200 ? Int(headers["content-length"] ?? "0") ?? 0 : 0
    while buffer.count < length {
      guard try fill() else { throw Failure("closed within a body") }
    }
    let body = String(decoding: buffer[..<length], as: UTF8.self)
    buffer.removeFirst(length)
    let answer = Answer(status: status, headers: headers, body: body)
    if status >= 200, asked?.isEmpty == false, let (method, target) = asked?.removeFirst(), isWatched {
      Self.watches.with { $0[port] }?(method, target, answer)
    }
    return answer
  }

  /// Reads exactly so many bytes.
  public func read(_ count: Int) throws -> String {
    while buffer.count < count {
      guard try fill() else { throw Failure("closed after \(buffer.count) bytes") }
    }
    let text = String(decoding: buffer[..<count], as: UTF8.self)
    buffer.removeFirst(count)
    return text
  }

  /// Reads up to the end of a line, which is left out.
  public func line() throws -> String {
    while true {
      if let end = buffer.firstIndex(of: 0x0a) {
        let line = String(decoding: buffer[..<end].filter { $0 != 0x0d }, as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      guard try fill() else { throw Failure("closed within a line") }
    }
  }

  /// Whether the server closes, or resets, without sending anything more.
  ///
  /// With `ignoringRest` up to 1 KiB may come before.
  public func isClosedByServer(ignoringRest: Bool = false) -> Bool {
    do {
      while try fill() {
        if !ignoringRest || buffer.count > 1_024 { return false }
      }
      return ignoringRest || buffer.isEmpty
    } catch {
      return (error as? Failure)?.description == "reset"
    }
  }

  /// All that comes until the server closes, or resets.
  public func rest() -> String {
    while (try? fill()) == true {}
    return String(decoding: buffer, as: UTF8.self)
  }

  /// Whether something of the server's is here or comes in time, if only its end.
  public func isReadable(withinMs: Int32) -> Bool {
    var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return !buffer.isEmpty || poll(&watched, 1, withinMs) > 0
  }

  private func fill() throws -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(socket, &bytes, bytes.count, 0)
    if count < 0 { throw Failure(errno == ECONNRESET ? "reset" : "cannot read: errno \(errno)") }
    buffer.append(contentsOf: bytes[..<count])
    return count > 0
  }
}

/// Runs what blocks on a thread of its own: the tasks of whatever is under test need the cooperative ones.
@discardableResult
public func onThread<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws -> Success {
  try await withCheckedThrowingContinuation { continuation in
    Foundation.Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
