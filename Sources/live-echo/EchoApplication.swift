import EngineServer
import HTTPServer
import HubContracts
import LiveProtocol
import Orders
import Synchronization

/// What is asked for over HTTP, by its path.
final class EchoApplication: HTTPApplication, HTTPUpgrades {
  private let doors: [EngineDoor]
  private let loops: [EchoLoop]
  private let turn = Atomic<Int>(0)

  init(engine: EngineDoor, socketIO: EngineDoor, loops: [EchoLoop]) {
    doors = [engine, socketIO]
    self.loops = loops
  }

  private func door(_ path: Text) -> EngineDoor? { doors.first { $0.serves(path) } }

  // MARK: HTTPApplication

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    guard let door = door(request.path) else { return Self.plain(404, "there is only /engine.io/, /socket.io/, /echo") }
    return await door.reply(to: request)
  }

  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { door(path)?.bodyLimitBytes(method) ?? 0 }

  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    switch reason {
    case .bodyTooLarge: Self.plain(413, "too large")
    case .headTooLarge: Self.plain(431, "too large a head")
    case .unknownMethod: Self.plain(501, "unknown method")
    case .overloaded, .draining: Self.plain(503, "come again")
    case .malformed(let text): Self.plain(400, text)
    }
  }

  var wantsBodyHeads: Bool { true }

  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict {
    door(head.path)?.bodyBegins(head) ?? .take(isKnown: false)
  }

  func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? {
    door(head.path)?.bodyFailed(head, isTooLarge: isTooLarge)
  }

  // MARK: HTTPUpgrades

  func decide(_ request: HTTPRequest) -> UpgradeDecision {
    if request.path == "/echo" { return Self.decide(request) }
    guard let door = door(request.path) else { return .notAnUpgrade }
    return switch door.decide(request) {
    case .accept(let headers): .accept(headers: headers)
    case .refuse(let reply): .refuse(reply)
    case .notAnUpgrade: .notAnUpgrade
    }
  }

  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    if let door = door(request.path) { return door.upgraded(request, socket: socket, leftover: leftover) }
    let loop = loops[turn.wrappingAdd(1, ordering: .relaxed).newValue % loops.count]
    loop.post(EchoLoop.Arrival(socket: socket, leftover: leftover))
  }

  private static func decide(_ request: HTTPRequest) -> UpgradeDecision {
    guard Handshake.isAsked(upgrade: request.header("Upgrade"), connection: request.header("Connection")),
      request.header("Sec-WebSocket-Version") == Handshake.version,
      let accept = Handshake.accept(key: request.header("Sec-WebSocket-Key") ?? "")
    else { return .refuse(plain(400, "no handshake of WebSocket 13")) }
    return .accept(headers: [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)])
  }

  private static func plain(_ status: Int, _ text: String) -> HTTPReply {
    HTTPReply(status: status, contentType: "text/plain; charset=UTF-8", body: SharedBytes(Array(text.utf8)))
  }
}
