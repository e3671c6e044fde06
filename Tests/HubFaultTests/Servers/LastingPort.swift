import Glibc
import HubRuntime
import HubTestSupport

/// A port of 127.0.0.1 that stays free while its process is down: below those that the system gives to connections that
/// go out, and below those that other tests take.
func lastingPort() throws -> Int {
  for _ in 0..<200 {
    let port = Int.random(in: 2_000..<9_000)
    guard givenPorts.with({ $0.insert(port).inserted }) else { continue }
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let isFree = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if isFree { return port }
  }
  throw TestServerError("no port from 2000 to 8999 is free")
}

private let givenPorts = Locked<Set<Int>>([])
