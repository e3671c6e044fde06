import EngineIO
import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// What a Socket.IO client asks for: the commands of the plain protocol as events, `subscribe:order` with
/// `{"orderId"}`, answered by their acks: `{"success":true}`, or `{"success":false,"code","message"}`.
extension SocketIOClient {
  private static let done = Array("{\"success\":true}".utf8)

  /// Does what an event asks, or says why not.
  func obey(_ name: Text, _ arguments: SocketIOArguments, _ ackID: Int64?) {
    do throws(CommandFault) {
      let command = try PlainCommand.read(Self.command(name, arguments))
      let isSought = seek(for: command) { found in
        switch found {
        case .followable: self.perform(command, ackID)
        case .nothing: self.refuse(ackID, Self.noSuchOrder.code, Self.noSuchOrder.message)
        case .left: self.tellLeft([ackID].compactMap(\.self))
        }
      }
      if !isSought { perform(command, ackID) }
    } catch {
      refuse(ackID, "bad_command", error.explanation)
    }
  }

  private func perform(_ command: PlainCommand, _ ackID: Int64?) {
    justServed = []
    switch run(command) {
    case .pong, .known: ackID.map { acknowledge($0, Self.done) }
    case .left(let room):
      tellLeft(owed.removeValue(forKey: room) ?? [])
      answerWhenNoted(ackID)
    case .following(let room):
      if justServed.contains(room) {
        answerWhenNoted(ackID)
      } else if let ackID {
        owed[room, default: []].append(ackID)
      }
    case .refused(let code, let message): refuse(ackID, code, message)
    }
  }

  private func tellLeft(_ acks: [Int64]) {
    for ack in acks { tellFailed(ack, "left", "the room was left before it was served") }
  }

  private func refuse(_ ackID: Int64?, _ code: String, _ message: String) {
    guard countOffence(message) else { return }
    tellFailed(ackID, code, message)
  }

  private func tellFailed(_ ackID: Int64?, _ code: String, _ message: String) {
    if let ackID {
      acknowledge(
        ackID, Array("{\"success\":false,".utf8) + JSONText.object([("code", code), ("message", message)]).dropFirst())
    } else {
      emit("hub:error", JSONText.object([("code", code), ("message", message)]), home.place(of: self))
    }
  }

  /// Answers a command that changed the client's rooms once they are noted: from then on it may come back at any
  /// process without missing one. They are noted one time after the other, so that no older note replaces a newer.
  func answerWhenNoted(_ ackID: Int64?) {
    unnoted.append(ackID)
    if !isNoting { noteRooms() }
  }

  private func noteRooms() {
    guard let actor = identity, let ticket else { return }
    let acks = unnoted
    unnoted = []
    isNoting = true
    let text = RoomNote.text(memberships.map(\.room.name), of: actor)
    let reader = home.reader
    home.ask(
      { await reader.keep(text, of: ticket.sid, forMs: SessionTicket.lifetimeMs, for: Party(actor)) },
      then: { isKept in
        self.isNoting = false
        // Those of a session that it has left meanwhile are of no use to it.
        if self.ticket == ticket { for ack in acks { self.answer(ack, isKept) } }
        if !self.unnoted.isEmpty { self.noteRooms() }
      })
  }

  private func answer(_ ackID: Int64?, _ isKept: Bool) {
    if isKept {
      ackID.map { acknowledge($0, Self.done) }
    } else {
      tellFailed(ackID, "unavailable", "the rooms could not be noted: ask again after a reconnect")
    }
  }

  /// The command as the plain protocol writes it: its members beside its type.
  private static func command(_ name: Text, _ arguments: SocketIOArguments) -> [UInt8] {
    var json = Array("{\"type\":".utf8)
    JSONText.append(name, to: &json)
    guard arguments.count > 0, arguments[0].first == 0x7b else { return json + [0x7d] }
    let members = arguments[0].dropFirst().drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
    if members.first != 0x7d { json.append(0x2c) }
    return json + members
  }
}

/// Which rooms a session is in, as it is kept for when the client comes back: `all` for the own room, and the orders' ids,
/// with spaces between them.
enum RoomNote {
  static func text(_ rooms: [RoomName], of actor: Actor) -> String {
    rooms.compactMap { $0 == actor.ownRoom ? "all" : $0.order.map { "\($0)" } }.joined(separator: " ")
  }

  static func rooms(in text: Text, of actor: Actor) -> [RoomName] {
    text.split(on: UInt8(ascii: " ")).compactMap { word in
      word == "all" ? actor.ownRoom : OrderID(word).map { .order(actor.tenant, $0) }
    }
  }
}
