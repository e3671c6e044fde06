import Glibc

/// Where a server is: an IPv4 address and a port, looked up once.
struct Endpoint: Sendable, Equatable {
  /// As the user wrote it, without a path: `127.0.0.1:3002`.
  let name: String
  /// The address in host order.
  let address: UInt32
  let port: UInt16

  /// Whether the address is this machine's own.
  var isLoopback: Bool { address >> 24 == 127 }

  /// Begins to connect without waiting; the socket, or nil with `errno` set.
  ///
  /// `source` spreads many sockets over 127.0.0.1, 127.0.0.2, …: one source address has about 28,000 ports for a target.
  func dial(source: Int) -> Int32? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    if isLoopback {
      let shift = UInt32(truncatingIfNeeded: source / Self.socketsPerSource % 200)
      _ = Self.with(address: 0x7f00_0001 &+ shift, port: 0) { bind(socket, $0, $1) }
    }
    let outcome = Self.with(address: address, port: port) { connect(socket, $0, $1) }
    if outcome == 0 || errno == EINPROGRESS { return socket }
    let reason = errno
    close(socket)
    errno = reason
    return nil
  }

  private static let socketsPerSource = 20_000

  /// Lends an address in the form that the system takes.
  static func with<Result>(
    address: UInt32, port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = address.bigEndian
    return withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// Looks a host up; nil if it has no IPv4 address.
  static func lookUp(host: String) -> UInt32? {
    var hints = addrinfo()
    hints.ai_family = AF_INET
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &found) == 0, let first = found else { return nil }
    defer { freeaddrinfo(first) }
    guard let place = first.pointee.ai_addr else { return nil }
    return place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt32(bigEndian: $0.pointee.sin_addr.s_addr) }
  }
}

/// Nanoseconds of a clock that never jumps.
@inline(__always)
func monotonicNs() -> Int64 {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}
