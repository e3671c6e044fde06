import CMicrohttpd
import Glibc

/// Who is at the other end of a connection, to count by: an IPv4 address, or the 64 bits of an IPv6 address that name its
/// network, for whoever has one of these has them all.
struct PeerKey: Hashable, Sendable {
  private let bits: UInt64
  private let family: UInt16

  /// The peer of a connection; all whose address is not known are one.
  init(of connection: OpaquePointer?) {
    guard let connection, let peer = hub_mhd_peer(connection) else {
      (bits, family) = (0, 0)
      return
    }
    let raw = UnsafeRawPointer(peer)
    family = peer.pointee.sa_family
    // Where the address stands in sockaddr_in and sockaddr_in6.
    switch Int32(family) {
    case AF_INET: bits = UInt64(raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    case AF_INET6: bits = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    default: bits = 0
    }
  }

}
