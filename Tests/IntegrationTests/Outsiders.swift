import HubTestSupport

/// Clients of the plain WebSocket that ask for more than they may have. They block.
struct Outsiders: Sendable {
  let port: Int
  let token: String

  /// Opens so many connections one after the other, each without waiting for the answer to the one before, and leaves
  /// once all are answered: how many answers there were of each status.
  func knock(_ count: Int) throws -> [Int: Int] {
    let clients = try (0..<count).map { _ in
      let client = try RawClient(port: port, timeoutSeconds: 120)
      try client.request("GET", "/ws", headers: LiveSocket.handshake + ["Authorization: Bearer \(token)"])
      return client
    }
    return try clients.reduce(into: [:]) { $0[try $1.answer().status, default: 0] += 1 }
  }

  /// Each of some members asks to follow one order after the other, more than it may send in a minute: what each is
  /// closed with.
  func subscribe(members: Int, messages: Int) throws -> [UInt16] {
    try (0..<members).map { _ in
      let socket = try admitted()
      for number in 0..<messages {
        let order = String(repeating: "0", count: 16) + String(number + 0x1000_0000, radix: 16)
        socket.client.send(#"{"type":"subscribe:order","orderId":"\#(order)"}"#)
      }
      return try socket.client.nextClose(withinMs: 120_000).code
    }
  }

  /// A member; whoever finds no place among the handshakes of a second tries again.
  private func admitted() throws -> LiveSocket {
    for _ in 0..<10_000 {
      if let socket = try? LiveSocket(port: port, headers: ["Authorization: Bearer \(token)"]) {
        try socket.greet(subscribes: false)
        return socket
      }
    }
    throw TestServerError("no place among the handshakes")
  }
}
