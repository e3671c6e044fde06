import HubWire
import Orders

/// Definitions of workflows that are damaged in one place each, to ask of each who takes it.
enum DamagedWorkflows {
  /// A definition with every member, every condition and every effect, which is sound.
  static let whole = """
    {"name": "repair", "states": [{"name": "received", "phase": "open", "final": false},
      {"name": "diagnosed", "phase": "active"}, {"name": "collected", "phase": "closed", "final": true}],
     "rows": [
      {"event": "place", "label": "Hand in", "to": "received", "who": ["staff", "kiosk", "owner"],
       "input": [
        {"name": "fault", "type": "text", "min": 1, "max": 500, "required": true, "label": "What is broken"},
        {"name": "pieces", "type": "whole", "min": 1, "max": 20}, {"name": "colour", "type": "choice", "choices": ["red", "blue"]},
        {"name": "deposit", "type": "money"}, {"name": "weight", "type": "quantity"}, {"name": "wanted", "type": "time"},
        {"name": "urgent", "type": "flag"}],
       "effects": [{"set": "fault", "from": "fault"}, {"set": "since", "now": true}, {"set": "note", "text": "new"},
        {"set": "ready", "minutesFromNow": "pieces"}, {"startTimer": "patience"}, "reserveStock", {"notify": "HANDED_IN"}],
       "announces": ["repair:received"]},
      {"event": "diagnose", "from": ["received"], "to": ["diagnosed", "received"], "who": ["admin", "counterpart"],
       "input": [{"name": "items", "type": "items"}, {"name": "amount", "type": "money"}],
       "conditions": ["stockSuffices", {"payment": ["unpaid", "paid"]}, {"before": "until", "code": "too_late"},
        {"amountIsDue": "amount"}, {"has": "fault"}],
       "effects": [{"stopTimer": "patience"}, {"call": "parts"}, "confirmStock", "reduceItems"]},
      {"event": "lapse", "from": "received", "to": "collected", "who": ["timer"], "conditions": [{"after": "until"}],
       "effects": ["cancelItems", "refundPayment"]},
      {"event": "collect", "from": "diagnosed", "to": "collected", "who": ["system", "customer"],
       "conditions": [{"payment": "unpaid"}], "effects": ["takePayment"]}],
     "timers": [{"name": "patience", "event": "lapse", "afterSeconds": 3600, "moment": "until"}]}
    """

  /// What each value is replaced by, one after the other.
  private static let others: [JSON] =
    [.null, .bool(true), .bool(false), .array([]), .object([])]
    + ["0", "-1", "1.5", "2001", "40000000", "2000000000000"].map { .number($0) }
    + ["", "nonesuch", "two words", "ö", "9", "a:b:c", Text(String(repeating: "x", count: 65))].map { .string($0) }
    + [201, 501].map { .string(Text(String(repeating: "x", count: $0))) }
    + [.array([.null]), .array([JSON](repeating: .string("w"), count: 101))]

  /// The document with another value in each place, without each member, and with one more in each object.
  static func each(of json: JSON) -> [JSON] {
    var all = others
    switch json {
    case .object(let members):
      all.append(.object(members + [JSON.Member(name: "nonesuch", value: .bool(true))]))
      for index in members.indices {
        var fewer = members
        fewer.remove(at: index)
        all.append(.object(fewer))
        for value in each(of: members[index].value) {
          var other = members
          other[index] = JSON.Member(name: members[index].name, value: value)
          all.append(.object(other))
        }
      }
    case .array(let items):
      for index in items.indices {
        for value in each(of: items[index]) {
          var other = items
          other[index] = value
          all.append(.array(other))
        }
      }
    case .null, .bool, .number, .string: break
    }
    return all
  }

  /// A value as text.
  static func text(_ json: JSON) -> String {
    var writer = JSONWriter()
    write(json, to: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func write(_ json: JSON, to writer: inout JSONWriter) {
    switch json {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .number(let text): writer.raw(text.utf8)
    case .string(let text): writer.string(text)
    case .array(let items):
      writer.beginArray()
      for item in items { write(item, to: &writer) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.name(text: member.name)
        write(member.value, to: &writer)
      }
      writer.endObject()
    }
  }
}
