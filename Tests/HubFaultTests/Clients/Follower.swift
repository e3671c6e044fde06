import Foundation
import HubRuntime
import HubTestSupport

/// A client of the live side that never wants to miss anything: it goes to any live process, recovers where it was,
/// and loads the orders when it is told to. It runs on a thread of its own.
final class Follower: Sendable {
  private let name: String
  private let ports: [Int]
  private let token: String
  private let world: World
  private let sightings = Locked(Sightings())
  private let isEnding = Locked(false)
  private let thread = Locked<HubRuntime.Thread?>(nil)
  /// How long it listens to silence before it asks whether anybody is there, and then waits for an answer.
  private static let silenceMs: Int32 = 2_000

  init(_ number: Int, ports: [Int], apis: [Int], token: String, world: World, seed: UInt64) {
    name = "follower\(number)"
    self.ports = ports
    self.token = token
    self.world = world
    let random = SeededRandom(seed: seed, 3, UInt64(number))
    thread.with {
      $0 = HubRuntime.Thread.start(name: name) { [self] in
        let rest = RestClient(ports: apis, token: token, random: random, patienceSeconds: 4)
        var listening = Listening(follower: self, rest: rest, random: random)
        listening.run()
      }
    }
  }

  /// How many events of each order it has seen.
  func seen() -> [String: [Sightings.Seen]] { sightings.with { $0.orders } }
  var repeats: Int { sightings.with { $0.repeats } }

  func end() {
    isEnding.with { $0 = true }
    thread.with { thread in
      thread?.join()
      thread = nil
    }
  }

  /// What the thread holds.
  private struct Listening {
    let follower: Follower
    let rest: RestClient
    var random: SeededRandom
    var offset: String?
    /// It was told to load again, and has not yet.
    var mustLoad = false
    var place = ""

    mutating func run() {
      while !follower.isEnding.with({ $0 }) {
        guard let client = connect() else {
          usleep(UInt32(50_000 + random.below(200_000)))
          continue
        }
        listen(client)
      }
    }

    private mutating func connect() -> WebSocketClient? {
      let port = follower.ports[random.below(follower.ports.count)]
      place = "live at \(port)"
      guard let raw = try? RawClient(port: port, timeoutSeconds: 3) else { return nil }
      let headers = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Authorization: Bearer \(follower.token)",
      ]
      guard (try? raw.request("GET", "/ws", headers: headers)) != nil, (try? raw.answer())?.status == 101 else {
        return nil
      }
      let (socket, rest) = raw.release()
      let client = WebSocketClient(socket: socket, leftover: rest)
      guard (try? client.nextText(withinMs: 3_000))?.contains("hub:ready") == true else { return nil }
      if let offset {
        client.send(#"{"type":"recover","offset":"\#(offset)"}"#)
      } else {
        client.send(#"{"type":"subscribe:orders"}"#)
      }
      note("joins \(place) at \(offset ?? "no offset")")
      return client
    }

    /// Listens until the connection ends, or is silent for too long.
    private mutating func listen(_ client: WebSocketClient) {
      var hasAsked = false
      while !follower.isEnding.with({ $0 }) {
        if mustLoad { load() }
        do throws(WebSocketClient.Failure) {
          let frame = try client.next(withinMs: hasAsked ? 2 * Follower.silenceMs : Follower.silenceMs)
          hasAsked = false
          guard frame.opcode == 1 else {
            if frame.opcode == 8 { return note("is closed by \(place)") }
            continue
          }
          take(frame.text)
        } catch {
          guard error == .timedOut, !hasAsked else { return note("leaves \(place): \(error)") }
          client.send(#"{"type":"ping"}"#)
          hasAsked = true
        }
      }
    }

    private mutating func take(_ text: String) {
      if text.hasPrefix(#"{"type":"order:"#) || text.hasPrefix(#"{"type":"delivery:"#)
        || text.hasPrefix(#"{"type":"invoice:"#)
      {
        guard let event = EventText(frame: text) else {
          return follower.world.note(Violation("an event can be read", String(text.prefix(300))))
        }
        offset = event.offset ?? offset
        return see(event, from: place)
      }
      let message = Document(parsing: text)
      switch message["type"].text {
      case "subscribed":
        // A place of its own: what came before it was not promised to a follower who had none.
        if message["offset"] != .missing { offset = message["offset"].text }
        note("subscribed at \(offset ?? "-")")
        mustLoad = true
      case "recovered": note("recovered \(message["missed"].whole)")
      case "resync":
        if message["offset"] != .missing { offset = message["offset"].text }
        note("resync \(message["reason"].text) at \(offset ?? "-")")
        mustLoad = true
      case "pong": break
      default: follower.world.note(Violation("the hub says only what is known", String(text.prefix(300))))
      }
    }

    private func see(_ event: EventText, from source: String) {
      let wrong = follower.sightings.with { $0.take(order: event.order, seq: event.seq, event.seen) }
      guard let wrong else { return }
      follower.world.note(
        Violation(wrong.rule, "\(follower.name), \(source): \(wrong.detail)", about: wrong.subjects + [follower.name]))
    }

    /// Loads every order's events that it has not seen; done only if all of it was answered.
    private mutating func load() {
      var cursor = ""
      while !follower.isEnding.with({ $0 }) {
        guard let page = rest.read("/api/orders?limit=100\(cursor)", withinMs: 2_000) else { return }
        for order in page["orders"].items {
          guard load(order["id"].text, upTo: order["version"].whole) else { return }
        }
        guard case .string(let next) = page["pagination"]["nextCursor"] else {
          mustLoad = false
          return note("has loaded")
        }
        cursor = "&cursor=" + next
      }
    }

    private func load(_ order: String, upTo version: Int) -> Bool {
      while true {
        let last = follower.sightings.with { $0.last(of: order) }
        if last >= version { return true }
        guard let page = rest.read("/api/orders/\(order)/events?after=\(last)&limit=200", withinMs: 2_000),
          !page["events"].items.isEmpty
        else { return false }
        for event in page["events"].items { see(EventText(loaded: event, of: order), from: "loading") }
      }
    }

    private func note(_ text: String) { follower.world.history.note("\(follower.name) \(text)") }
  }
}
