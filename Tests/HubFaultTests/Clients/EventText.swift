import Foundation
import HubTestSupport

/// The parts of an event's JSON, cut out of its text as it came: what is compared is what was sent.
struct EventText {
  /// The order, and which of its events it is, from 1 on; nil if the event does not say.
  var number: (order: String, seq: Int)?
  var seen: Sightings.Seen
  var offset: String?

  init(number: (order: String, seq: Int)? = nil, seen: Sightings.Seen) {
    self.number = number
    self.seen = seen
  }

  /// An event that REST gave: its data is not looked at.
  init(loaded event: Document, of order: String) {
    number = (order, event["seq"].whole)
    seen = Sightings.Seen(type: event["type"].text)
  }

  /// `{"type","data","id","seq","offset"}`, as the plain WebSocket sends it.
  init?(frame text: String) {
    guard let data = text.range(of: #","data":"#), let id = text.range(of: #","id":"#, options: .backwards),
      data.upperBound <= id.lowerBound
    else { return nil }
    let rest = Document(parsing: "{" + text[text.index(after: id.lowerBound)...])
    let head = Document(parsing: text[..<data.lowerBound] + "}")
    self.init(id: rest["id"].text, type: head["type"].text, data: text[data.upperBound..<id.lowerBound])
    offset = rest["offset"] == .missing ? nil : rest["offset"].text
  }

  /// `{"id","seq","tenant","type","orderId","customer","at","data"}`, as it is stored.
  init?(envelope text: String) {
    guard let data = text.range(of: #","data":"#) else { return nil }
    let head = Document(parsing: text[..<data.lowerBound] + "}")
    self.init(id: head["id"].text, type: head["type"].text, data: text[data.upperBound...].dropLast())
  }

  /// `["type",data,"offset"]`, as Socket.IO sends it.
  init?(_ packet: PacketText) {
    guard packet.name.contains(":") else { return nil }
    seen = Sightings.Seen(type: String(packet.name), digest: Sightings.digest(packet.data.utf8))
    offset = packet.offset
  }

  private init?(id: String, type: String, data: Substring) {
    let parts = id.split(separator: ":")
    guard parts.count == 2, let seq = Int(parts[1]) else { return nil }
    number = (String(parts[0]), seq)
    seen = Sightings.Seen(type: type, digest: Sightings.digest(data.utf8))
  }
}
