import Foundation
import HubContracts
import HubRuntime
import HubTestSupport

/// A client of the live side that never wants to miss anything: it goes to any live process, comes back where it was,
/// and loads the orders when it is told to. It runs on a thread of its own.
final class Follower: Sendable {
  let name: String
  let protocolName: String
  private let ports: [Int]
  private let world: World
  private let transcript = Locked(Transcript())
  private let counted = Locked(Following())
  private let isEnding = Locked(false)
  private let thread = Locked<HubRuntime.Thread?>(nil)

  /// After about so many events it leaves by itself, to come back to any process.
  private static let eventsOfStay = 400
  /// The first time after so many: each comes back at least once.
  private static let eventsOfFirstStay = 30
  private static let longestPauseMs = 2_000
  /// The ways to follow: each follower takes the next.
  private static let lines: [@Sendable (_ token: String) -> any LiveLine] = [
    { PlainLine(token: $0) }, { SocketIOLine(token: $0) }, { EventStreamLine(token: $0) }, { PlainLine(token: $0) },
  ]

  init(_ number: Int, ports: [Int], apis: [Int], token: String, world: World, seed: UInt64) {
    let line = Self.lines[number % Self.lines.count]
    protocolName = line(token).name
    name = "follower\(number)"
    self.ports = ports
    self.world = world
    let random = SeededRandom(seed: seed, 3, UInt64(number))
    thread.with {
      $0 = HubRuntime.Thread.start(name: name) { [self] in
        let rest = RestClient(ports: apis, token: token, random: random, patienceSeconds: 4)
        var listening = Listening(follower: self, line: line(token), rest: rest, random: random)
        listening.run()
      }
    }
  }

  /// The events of each order that it has seen. `numbers` are all events that are stored.
  func seen(_ numbers: EventNumbers) -> [String: [Sightings.Seen]] {
    let (wrong, orders) = transcript.with { ($0.number(by: numbers), $0.sightings.orders) }
    for violation in wrong { note(violation, from: "numbered afterwards") }
    return orders
  }
  var following: Following { counted.with { $0 } }
  var repeats: Int { transcript.with { $0.sightings.repeats } }

  private func note(_ wrong: Violation, from source: String) {
    world.note(Violation(wrong.rule, "\(name), \(source): \(wrong.detail)", about: wrong.subjects + [name]))
  }

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
    let line: any LiveLine
    let rest: RestClient
    var random: SeededRandom
    /// It was told to load, and has not yet.
    var mustLoad = false
    /// The place of the last event, or where it was told to go on.
    var reached: StreamOffset?
    /// The last event, if none was missed since.
    var last: Sightings.Seen?
    var at = ""
    /// It has joined with a place, and heard nothing yet.
    var isReturning = false

    private var isEnding: Bool { follower.isEnding.with { $0 } }

    mutating func run() {
      while !isEnding {
        let port = follower.ports[random.below(follower.ports.count)]
        at = "\(line.name) at \(port)"
        isReturning = line.place != nil
        do { try line.join(port: port) } catch {
          usleep(UInt32(50_000 + random.below(200_000)))
          continue
        }
        note("joins \(at) at \(line.place ?? "no place")")
        listen()
        line.leave()
      }
    }

    /// Listens until the connection ends.
    private mutating func listen() {
      while !isEnding {
        // What comes meanwhile waits: of an event after one that was missed nobody could say that it is out of order.
        while mustLoad, !isEnding { load() }
        switch line.next() {
        case .event(let event):
          noteReturn()
          take(event)
          let seen = follower.counted.with { counted in
            counted.events += 1
            return counted.events
          }
          if seen == Follower.eventsOfFirstStay || random.below(Follower.eventsOfStay) == 0 { return pause() }
        case .missed(let why):
          noteReturn()
          note("\(why) at \(line.place ?? "-")")
          reached = line.place.flatMap { StreamOffset($0.utf8) }
          last = nil
          mustLoad = true
        case .aside(let word):
          guard let word else { continue }
          noteReturn()
          note(word)
        case .end(let why): return note("leaves \(at): \(why)")
        case .strange(let text):
          follower.note(Violation("the hub says only what is known", String(text.prefix(300))), from: at)
        }
      }
    }

    /// The hub knows where it was: it goes on from there, or says what is missing.
    private mutating func noteReturn() {
      guard isReturning else { return }
      isReturning = false
      follower.counted.with { $0.returns += 1 }
    }

    /// Stays away for a while, as someone whose phone was in a pocket.
    private mutating func pause() {
      note("leaves \(at) for a while")
      line.leave()
      usleep(UInt32(random.below(Follower.longestPauseMs)) * 1_000)
    }

    private mutating func take(_ event: EventText) {
      guard let text = event.offset, let offset = StreamOffset(text.utf8) else {
        return follower.note(Violation("an event has its place", "\(event)"), from: at)
      }
      // Within a millisecond a stream that was wiped may begin again with a number that is taken, by another event.
      if let reached, offset.millis < reached.millis || (offset == reached && event.seen == last) {
        follower.note(Violation("places go on", "\(event) after \(reached.text)"), from: at)
      }
      reached = offset
      last = event.seen
      see(event, from: at)
    }

    private func see(_ event: EventText, from source: String) {
      if let wrong = follower.transcript.with({ $0.take(event) }) { follower.note(wrong, from: source) }
    }

    /// Loads every order's events that it has not seen; done only if all of it was answered.
    private mutating func load() {
      var cursor = ""
      while !isEnding {
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
      guard line.isNumbered else {
        // All that it can know: what it is shown is as new as the version says.
        follower.transcript.with { $0.load(order: order, upTo: version) }
        return true
      }
      while true {
        let last = follower.transcript.with { $0.sightings.last(of: order) }
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
