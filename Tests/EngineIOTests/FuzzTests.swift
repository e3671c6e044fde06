import Foundation
import HubTestSupport
import Orders
import Testing

@testable import EngineIO

/// Mutated packets against every parser and both machines. Nothing may trap or hang, and what is kept stays bounded.
///
/// `FUZZ_COUNT` gives another number of inputs, `FUZZ_SEED` another beginning.
@Suite struct FuzzTests {
  private static func setting(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
  }
  private let count = setting("FUZZ_COUNT").map { Int(clamping: $0) } ?? 200_000
  private let seed = setting("FUZZ_SEED") ?? 1

  private static let payloads = [
    "4hello\u{1e}bAQIDBA==\u{1e}3", "2probe", "5", "6\u{1e}1", "4\u{20ac}\u{1e}b////", "40{\"token\":\"t\"}",
    // One letter in two spellings, and a letter with marks of two classes.
    "4\u{e9}e\u{301}\u{1e}4t\u{301}\u{316}\u{301}\u{316}",
  ].map { Array($0.utf8) }

  private static let packets = [
    "0{\"token\":\"t\"}", "0/custom,{}", "1/custom,", #"2["message",1,"2",{"3":[true]}]"#,
    #"2456["message-with-ack",{"a":{"b":[null,1e5,-0.5,"\u00e9\n"]}}]"#, "30[1,{}]",
    #"52-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
    #"61-/custom,3[{"x":[{"_placeholder":true,"num":0}]}]"#, "4{\"message\":\"no\"}",
    "2[\"t\u{301}\u{316}\",{\"\u{e9}\":1,\"e\u{301}\":2}]", "0{\"token\u{301}\":1,\"token\":\"e\u{301}\"}",
  ].map { Array($0.utf8) }

  /// Bytes that mean something to one of the parsers.
  private static let tokens =
    Array("0123456789-,/[]{}\":\\\u{1e}b=_ptu".utf8) + [0, 0x80, 0x81, 0x96, 0xc3, 0xcc, 0xe2, 0xed, 0xf4, 0xff]

  private func mutant(of seeds: [[UInt8]], _ random: inout SplitMix) -> [UInt8] {
    var bytes = seeds[random.below(seeds.count)]
    for _ in 0...random.below(4) {
      let position = random.below(bytes.count + 1)
      switch random.below(5) {
      case 0: bytes.insert(Self.tokens[random.below(Self.tokens.count)], at: position)
      case 1: if position < bytes.count { bytes[position] = Self.tokens[random.below(Self.tokens.count)] }
      case 2: bytes.removeSubrange(position..<min(bytes.count, position + random.below(4)))
      case 3: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + random.below(16))], at: position)
      default: bytes.append(contentsOf: seeds[random.below(seeds.count)].prefix(random.below(24)))
      }
    }
    return bytes
  }

  @Test func noPayloadTrapsOrIsTakenTwoWays() async throws { try await onThread { decodePayloads() } }

  private func decodePayloads() {
    var random = SplitMix(state: seed)
    var taken = 0
    for _ in 0..<(count / 2) {
      let body = mutant(of: Self.payloads, &random)
      guard let packets = try? EnginePayload.decode(body, packetLimit: 8) else { continue }
      taken += 1
      // What is taken says all that the body said: written again, messages are the same bytes.
      var again: [UInt8] = []
      for packet in packets {
        switch packet {
        case .text(let bytes): EnginePayload.append(.message(bytes), to: &again)
        case .binary(let bytes): EnginePayload.append(.binary(bytes), to: &again)
        case .open, .close, .ping, .pong, .upgrade, .noop: again = []
        }
      }
      let isAllMessages = packets.allSatisfy {
        switch $0 {
        case .text, .binary: true
        case .open, .close, .ping, .pong, .upgrade, .noop: false
        }
      }
      if isAllMessages, again != body { Issue.record("\(body) came back as \(again), seed \(seed)") }
    }
    #expect(taken > count / 100)
    #expect(taken < count / 2)
  }

  @Test func noPacketTrapsTheSession() async throws { try await onThread { receivePackets() } }

  private func receivePackets() {
    var random = SplitMix(state: seed &+ 1)
    var options = SocketIOOptions()
    options.namespaces = ["/", "/custom"]
    var session = SocketIOSession(options: options, nowMs: 0)
    var events = 0
    var closes = 0
    for _ in 0..<(count / 2) {
      if session.isClosed { session = SocketIOSession(options: options, nowMs: 0) }
      if session.namespaces.isEmpty, random.below(4) > 0 {
        _ = session.receive(text: [0x30])
        _ = session.accept("/", sid: "s")
      }
      let bytes = mutant(of: Self.packets, &random)
      let actions = random.below(8) == 0 ? session.receive(binary: bytes) : session.receive(text: bytes)
      for action in actions {
        switch action {
        case .close: closes += 1
        case .deliver(.connect(let namespace, _)): _ = session.accept(namespace, sid: "s")
        case .deliver(.event(_, let name, let arguments, _)):
          events += 1
          if EventName.isReserved(name) { Issue.record("took \(name), seed \(seed)") }
          if arguments.count > options.argumentLimit { Issue.record("took \(arguments.count) arguments") }
          for index in 0..<arguments.count where arguments[index].isEmpty { Issue.record("an empty argument") }
        case .deliver, .send: break
        }
      }
    }
    #expect(events > count / 1_000)
    #expect(closes > count / 100)
  }

  @Test func noOrderOfEventsTrapsAConnection() async throws { try await onThread { stepConnections() } }

  private func stepConnections() {
    var random = SplitMix(state: seed &+ 2)
    let server = FuzzedConnection()
    for _ in 0..<(count / 10) { server.step(&random) { mutant(of: $0 ? Self.packets : Self.payloads, &$1) } }
    #expect(server.endCount > count / 1_000)
    #expect(server.upgradeCount > 0)
    #expect(server.problems == [])
  }
}

/// One connection after the other, to which anything happens at any time, and what must always hold of it.
private final class FuzzedConnection {
  private var connection: SocketIOConnection
  private var nowMs: Int64 = 0
  private var requests: UInt64 = 0
  private var unanswered: Set<EngineRequestID> = []
  private var post: EngineRequestID?
  private(set) var endCount = 0
  private(set) var upgradeCount = 0
  private(set) var problems: [String] = []

  init() { connection = Self.fresh(0) }

  private static func fresh(_ nowMs: Int64) -> SocketIOConnection {
    var actions: [EngineAction] = []
    var options = EngineOptions()
    options.queueLimitBytes = 1_000
    let engine = EngineSession(
      sid: "s", options: options, polledBy: EngineRequestID(0), nowMs: nowMs, actions: &actions)
    return SocketIOConnection(engine: engine, options: SocketIOOptions(), nowMs: nowMs)
  }

  func step(_ random: inout SplitMix, _ mutant: (_ isPacket: Bool, inout SplitMix) -> [UInt8]) {
    nowMs += Int64(random.below(20) == 0 ? random.below(30_000) : random.below(50))
    let socket = EngineSocketID(UInt64(1 + random.below(2)))
    let now = nowMs
    switch random.below(12) {
    case 0: request { $0.poll($1, nowMs: now) }
    case 1:
      let id = request { $0.beginPost($1, contentType: nil, nowMs: now) }
      if unanswered.contains(id) { post = id }
    case 2, 3: finish(random.below(2) == 0 ? Array("40".utf8) : [0x34] + mutant(true, &random))
    case 4: feed { $0.attach(socket, nowMs: now) }
    case 5: feed { $0.receive(.text(Array("2probe".utf8)), on: socket, nowMs: now) }
    case 6: feed { $0.receive(.text([random.below(2) == 0 ? 0x35 : 0x33]), on: socket, nowMs: now) }
    case 7: feed { $0.receive(.text(mutant(false, &random)), on: socket, nowMs: now) }
    case 8: if random.below(8) == 0 { feed { $0.socketClosed(socket, nowMs: now) } }
    case 9: if random.below(8) == 0, let any = unanswered.min(by: { $0.number < $1.number }) { abandon(any) }
    case 10: note(connection.tick(nowMs: now))
    default:
      do {
        note(try connection.send(nowMs: now) { try $0.emit("/", name: "e", arguments: Array("1".utf8)) })
      } catch {
        problems.append("an event with a name of its own was refused: \(error)")
      }
    }
    check()
  }

  private func finish(_ body: [UInt8]) {
    guard let id = post else { return }
    post = nil
    feed { $0.finishPost(id, body: body, nowMs: self.nowMs) }
    if unanswered.contains(id) { problems.append("a finished POST was not answered") }
  }

  private func abandon(_ id: EngineRequestID) {
    feed { $0.abandon(id) }
    unanswered.remove(id)
    if id == post { post = nil }
  }

  @discardableResult
  private func request(_ input: (inout EngineSession, EngineRequestID) -> [EngineAction]) -> EngineRequestID {
    requests += 1
    let id = EngineRequestID(requests)
    unanswered.insert(id)
    feed { input(&$0, id) }
    return id
  }

  private func feed(_ input: (inout EngineSession) -> [EngineAction]) {
    note(connection.receive(nowMs: nowMs, input))
  }

  private func note(_ outputs: [SocketIOConnection.Output]) {
    for output in outputs {
      switch output {
      case .transport(.answer(let id, _)):
        if unanswered.remove(id) == nil { problems.append("answered twice or unasked: \(id)") }
      case .transport(.ended): endCount += 1
      case .transport(.upgraded): upgradeCount += 1
      case .transport(.text), .transport(.binary): problems.append("a message came past the session")
      case .transport(.send), .transport(.closeSocket): break
      case .message(.connect(let namespace, _)):
        note(connection.send(nowMs: nowMs) { $0.accept(namespace, sid: "s") })
      case .message: break
      }
    }
  }

  private func check() {
    let engine = connection.engine
    if engine.queuedBytes > 1_000 { problems.append("\(engine.queuedBytes) bytes queued") }
    if unanswered.count > 2 { problems.append("\(unanswered.count) requests wait") }
    guard engine.isEnded else { return }
    if !unanswered.isEmpty { problems.append("it ended and \(unanswered.count) requests wait") }
    if !connection.session.isClosed { problems.append("the transport ended, the session did not") }
    if connection.deadlineMs != .max { problems.append("it ended and still wants to be reminded") }
    unanswered = []
    post = nil
    connection = Self.fresh(nowMs)
  }
}
