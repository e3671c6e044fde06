import Foundation
import HubTestSupport

/// Socket.IO 5 over a WebSocket, with connection state recovery: it comes back with the `pid` that it was let in under
/// and its last place. Pings of the server are answered; into silence it sends a `ping` that wants an ack.
final class SocketIOLine: LiveLine {
  let name = "Socket.IO"
  private(set) var place: String?
  let isNumbered = false
  private let token: String
  private var pid: String?
  private var engine: EnginePeer?
  private var patience = Patience(asksAfterMs: 2_000, endsAfterMs: 6_000)
  private var lastAck = 0

  private static let connectMs: Int32 = 5_000

  init(token: String) { self.token = token }

  func join(port: Int) throws {
    let engine = try EnginePeer(port: port, over: .websocket)
    var auth = #"{"token":"\#(token)""#
    if let pid, let place { auth += #","pid":"\#(pid)","offset":"\#(place)""# }
    try engine.send("40\(auth)}")
    guard case .text(let text) = try engine.next(withinMs: Self.connectMs), text.hasPrefix("40{"),
      case .string(let pid) = Document(parsing: String(text.dropFirst(2)))["pid"]
    else { throw TestServerError("it was not let in with a pid") }
    // Under another one it was let in anew, and is told once nothing is missed any more.
    self.pid = pid
    self.engine = engine
    patience.heard()
  }

  func leave() { engine = nil }

  func next() -> Heard {
    guard let engine else { return .end("it was never joined") }
    do {
      guard case .text(let text) = try engine.next(withinMs: Patience.momentMs) else { return .strange("binary") }
      patience.heard()
      return take(text)
    } catch EnginePeer.Failure.timedOut {
      return patience.isOver(ask: ask) ? .end("silent") : .aside(nil)
    } catch { return .end("\(error)") }
  }

  private func ask() {
    lastAck += 1
    try? engine?.send(#"42\#(lastAck)["ping",{}]"#)
  }

  private func take(_ text: String) -> Heard {
    if text == "43\(lastAck)[{\"success\":true}]" { return .aside(nil) }
    if text == "41" { return .end("put out of the namespace") }
    guard text.hasPrefix("42["), let packet = PacketText(text.dropFirst(2)) else { return .strange(text) }
    // As the clients do: whatever string is last is the place.
    place = packet.offset
    switch packet.name {
    case "hub:ready": return .missed("hub:ready")
    case "resync": return .missed("resync \(Document(parsing: String(packet.data))["reason"].text)")
    default:
      guard let event = EventText(packet) else { return .strange(text) }
      return .event(event)
    }
  }
}

/// `["name",data,"offset"]`, cut up as it came.
struct PacketText {
  var name: Substring
  var data: Substring
  var offset: String

  init?(_ text: Substring) {
    guard text.hasPrefix(#"[""#), text.hasSuffix(#""]"#), let nameEnd = text.range(of: #"","#),
      let offsetStart = text.range(of: #",""#, options: .backwards), nameEnd.upperBound < offsetStart.lowerBound
    else { return nil }
    name = text[text.index(text.startIndex, offsetBy: 2)..<nameEnd.lowerBound]
    data = text[nameEnd.upperBound..<offsetStart.lowerBound]
    offset = String(text[offsetStart.upperBound...].dropLast(2))
  }
}
