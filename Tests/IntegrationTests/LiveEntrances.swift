import HubTestSupport

/// Where the live side takes text.
enum LiveEntrances {
  static func all(token: String, redisPort: Int) -> [Entrance] {
    handshakes(token) + commands(token) + socketIO(token) + [emitted(token, redisPort)]
  }

  private static func handshakes(_ token: String) -> [Entrance] {
    let wanted = LiveSocket.handshake
    return [
      Entrance("Origin") { try ask($1, "/ws", wanted + ["Origin: \($0.text)"]) },
      Entrance("Origin of polling") { try ask($1, "/socket.io/?EIO=4&transport=polling", ["Origin: \($0.text)"]) },
      Entrance("Upgrade") { try ask($1, "/ws", ["Connection: \($0.text)", "Upgrade: \($0.text)"]) },
      Entrance("subprotocols") { try ask($1, "/ws", wanted + ["Sec-WebSocket-Protocol: bearer, \($0.text)"]) },
      Entrance("a bearer") { try ask($1, "/ws", wanted + ["Authorization: Bearer \($0.text)"]) },
      Entrance("a token in the query") { try ask($1, "/ws?token=\($0.escaped)", wanted) },
      Entrance("a path") { try ask($1, "/\($0.escaped)", wanted) },
      Entrance("a session's id") { try ask($1, "/socket.io/?EIO=4&transport=polling&sid=\($0.escaped)", []) },
      Entrance("a transport") { try ask($1, "/socket.io/?EIO=\($0.escaped)&transport=\($0.escaped)", []) },
      Entrance("a query's name") { try ask($1, "/socket.io/?\($0.escaped)=1", []) },
      Entrance("a stream's order") { try ask($1, "/events?orderId=\($0.escaped)", ["Authorization: Bearer \(token)"]) },
      Entrance("a stream's unknown name") {
        try ask($1, "/events?\($0.escaped)=1", ["Authorization: Bearer \(token)"])
      },
      Entrance("Last-Event-ID") {
        try ask($1, "/events", ["Authorization: Bearer \(token)", "Last-Event-ID: \($0.text)"])
      },
    ]
  }

  private static func commands(_ token: String) -> [Entrance] {
    let messages: [(String, @Sendable (String) -> String)] = [
      ("a command's member", { #"{"type":"ping","\#($0)":1,"\#($0)1":2}"# }),
      ("a command", { #"{"type":"\#($0)"}"# }),
      ("a command's tenant", { #"{"type":"subscribe:orders","tenantId":"\#($0)"}"# }),
      ("a command's order", { #"{"type":"subscribe:order","orderId":"\#($0)","offset":"\#($0)"}"# }),
      ("a command's place", { #"{"type":"recover","offset":"\#($0)"}"# }),
      ("a command's token", { #"{"type":"auth","token":"\#($0)"}"# }),
    ]
    return messages.map { name, message in
      Entrance(name) { probe, port in
        let socket = try LiveSocket(port: port, headers: ["Authorization: Bearer \(token)"])
        try socket.greet(subscribes: false)
        socket.client.send(message(probe.text))
        _ = try socket.client.nextText(withinMs: 120_000)
      }
    }
  }

  private static func socketIO(_ token: String) -> [Entrance] {
    @Sendable func peer(_ port: Int) throws -> SocketIOPeer {
      let peer = SocketIOPeer(try EnginePeer(port: port, over: .websocket))
      try peer.connect(auth: #"{"token":"\#(token)"}"#)
      return peer
    }
    return [
      Entrance("auth of Socket.IO") { probe, port in
        let peer = SocketIOPeer(try EnginePeer(port: port, over: .websocket))
        try peer.connect(auth: #"{"\#(probe.text)":1,"token":"\#(probe.text)"}"#)
      },
      Entrance("pid and place of Socket.IO") { probe, port in
        let peer = SocketIOPeer(try EnginePeer(port: port, over: .websocket))
        try peer.connect(auth: #"{"token":"\#(token)","pid":"\#(probe.text)","offset":"\#(probe.text)"}"#)
      },
      Entrance("an event's name") { _ = try peer($1).request($0.text, "{}") },
      Entrance("an event's members") { probe, port in
        _ = try peer(port).request("subscribe:orders", #"{"\#(probe.text)":1,"tenantId":"\#(probe.text)"}"#)
      },
    ]
  }

  /// Names and rooms in what another program sends by way of Redis.
  private static func emitted(_ token: String, _ redisPort: Int) -> Entrance {
    Entrance("an emitter's rooms") { probe, port in
      let peer = SocketIOPeer(try EnginePeer(port: port, over: .websocket))
      try peer.connect(auth: #"{"token":"\#(token)"}"#)
      _ = try peer.nextEvent(withinMs: 120_000)
      for (name, rooms) in [(probe.text, [probe.text, probe.text + "1"]), ("end", [])] {
        try publish(name: name, rooms: rooms, redisPort)
      }
      while try peer.nextEvent(withinMs: 120_000).name != "end" {}
    }
  }

  private static func publish(name: String, rooms: [String], _ port: Int) throws {
    var message: [UInt8] = [0x93]
    message += text("emitter")
    for part in [[0x83], text("type"), [2], text("data"), [0x91], text(name), text("nsp"), text("/")] {
      message += part
    }
    message += [0x83] + text("rooms")
    message.append(0x90 | UInt8(rooms.count))
    for room in rooms { message += text(room) }
    for part in [text("except"), [0x90], text("flags"), [0x80]] { message += part }
    let client = try RawClient(port: port)
    let channel = "socket.io#/#"
    let head = "*3\r\n$7\r\nPUBLISH\r\n$\(channel.utf8.count)\r\n\(channel)\r\n$\(message.count)\r\n"
    try client.send(Array(head.utf8) + message + [13, 10])
    _ = try client.line()
  }

  /// MessagePack's string of at most 65,535 bytes.
  private static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [0xda, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
  }

  private static func ask(_ port: Int, _ target: String, _ headers: [String]) throws {
    let client = try RawClient(port: port)
    try client.request("GET", target, headers: headers)
    let answer = try client.answer()
    guard answer.status < 500 else { throw TestServerError("GET \(target.prefix(60)): \(answer.status)") }
  }
}
