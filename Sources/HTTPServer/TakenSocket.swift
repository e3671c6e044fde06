import Glibc

/// A socket for whoever takes a connection over from the library.
enum TakenSocket {
  /// A duplicate that is the taker's to close: it does not block, sends at once, and no child process inherits it.
  /// Negative if the system has none left; errno says why.
  static func duplicate(_ socket: Int32) -> Int32 {
    let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { return duplicate }
    _ = fcntl(duplicate, F_SETFL, fcntl(duplicate, F_GETFL) | O_NONBLOCK)
    var on: Int32 = 1
    setsockopt(duplicate, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return duplicate
  }
}
