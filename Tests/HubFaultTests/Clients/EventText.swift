import Foundation
import HubTestSupport

/// The parts of an event's JSON, cut out of its text as it came: what is compared is what was sent.
struct EventText {
  var order: String
  var seq: Int
  var seen: Sightings.Seen
  var offset: String?

  /// An event that REST gave: its data is not looked at.
  init(loaded event: Document, of order: String) {
    self.order = order
    seq = event["seq"].whole
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

  private init?(id: String, type: String, data: Substring) {
    let parts = id.split(separator: ":")
    guard parts.count == 2, let seq = Int(parts[1]) else { return nil }
    order = String(parts[0])
    self.seq = seq
    seen = Sightings.Seen(type: type, digest: Sightings.digest(data.utf8))
  }
}
