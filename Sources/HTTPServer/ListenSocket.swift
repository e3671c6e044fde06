import Glibc

/// A listening socket.
enum ListenSocket {
  /// How many connections may wait to be accepted.
  static let backlog: Int32 = 4096

  /// Listens; port 0 takes any that is free.
  static func open(host: String, port: Int) throws(HTTPServerError) -> (socket: Int32, port: Int) {
    try open(host: host, port: port, backlog: backlog)
  }

  /// Throws if the address cannot be listened on now. Nothing is listened on: a client that came meanwhile would be lost.
  static func check(host: String, port: Int) throws(HTTPServerError) {
    close(try open(host: host, port: port, backlog: nil).socket)
  }

  /// Takes the address, and listens if a backlog is given.
  private static func open(
    host: String, port: Int, backlog: Int32?
  ) throws(HTTPServerError) -> (socket: Int32, port: Int) {
    guard let number = UInt16(exactly: port) else { throw .badOption("port \(port), allowed are 0 to 65535") }
    let numeric = host == "localhost" ? "127.0.0.1" : host
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, numeric, &v4) == 1 {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = number.bigEndian
      address.sin_addr = v4
      return try bound(to: &address, family: AF_INET, host: host, port: port, backlog: backlog)
    }
    if inet_pton(AF_INET6, numeric, &v6) == 1 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = number.bigEndian
      address.sin6_addr = v6
      return try bound(to: &address, family: AF_INET6, host: host, port: port, backlog: backlog)
    }
    throw .badOption("host \"\(host)\", allowed are an IPv4 or IPv6 address and localhost")
  }

  private static func bound<Address>(
    to address: inout Address, family: Int32, host: String, port: Int, backlog: Int32?
  ) throws(HTTPServerError) -> (socket: Int32, port: Int) {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let socket = Glibc.socket(family, kind, 0)
    guard socket >= 0 else { throw .cannotListen(host: host, port: port, reason: lastError()) }
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, size)
    // Accepted sockets inherit it: an answer never waits for an acknowledgement.
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
    var length = socklen_t(MemoryLayout<Address>.size)
    let isTaken = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && (backlog.map { listen(socket, $0) == 0 } ?? true)
          && getsockname(socket, $0, &length) == 0
      }
    }
    guard isTaken else {
      let reason = lastError()
      Glibc.close(socket)
      throw .cannotListen(host: host, port: port, reason: reason)
    }
    // The port stands at the same place in both families' addresses.
    let bound = withUnsafeBytes(of: &address) {
      UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
    return (socket, Int(bound))
  }

  /// Closes it.
  static func close(_ socket: Int32) { Glibc.close(socket) }

  private static func lastError() -> String { String(cString: strerror(errno)) }
}
