import HubContracts
import HubRuntime
import HubWire
import Orders

extension OrderAPI {
  /// `GET /api/changes`: the orders that changed after a place.
  func changes(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    var problems = BodyProblems()
    var values = QueryValues(call.request.query, known: ["after", "limit"], &problems)
    var query = ChangeQuery(
      tenant: actor.tenant, customerID: actor.role.sight == .business ? nil : actor.user.name, after: nil,
      limit: values.integer("limit", 1...100, &problems) ?? 100)
    if let text = values.take("after") {
      query.after = ChangePlace(text: text)
      if query.after == nil { problems.add("after", "is not one that an answer gave as next") }
    }
    try problems.check()
    // Read and written in one turn, for what was read takes memory until it is written.
    return try await shares.lists.pass(call.party, work: { $0.body.bytes.count }) { [query] in
      guard let page = try await parts.store.changes(query) else { throw Problem.strangePlace }
      let bytes = page.orders.reduce(0) { $0 + $1.items.count * 256 }
      guard bytes > Shares.longBytes else { return Self.answer(page) }
      return try await LongWork.run(as: call.party) { Self.answer(page) }
    }
  }

  private static func answer(_ page: ChangePage) -> HTTPReply {
    .json(capacity: 256 + page.orders.count * 1_024) { json in
      json.name("orders")
      json.beginArray()
      for order in page.orders { order.write(to: &json) }
      json.endArray()
      json.member("next", page.next.text)
      json.member("hasMore", page.hasMore)
    }
  }
}

extension Problem {
  /// A place that is ahead of what is stored, or of a process that never was.
  fileprivate static var strangePlace: Problem {
    Problem(
      status: 410, code: "place_unknown",
      detail: "the place is not one of what is stored now: ask without after, then load the orders anew")
  }
}

extension ChangePlace {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Each mark as the shard's letter, the revision in base 36 and, if there is one, a dot and the order's id; they are
  /// joined by tildes. A place before all is a single tilde.
  var text: String {
    if marks.isEmpty { return "~" }
    return marks.sorted { $0.key < $1.key }.map { shard, mark in
      let letter = String(decoding: [Self.letters[shard & 63]], as: UTF8.self)
      return letter + String(mark.revision, radix: 36) + (mark.order.map { ".\($0)" } ?? "")
    }.joined(separator: "~")
  }

  /// Reads it back; nil if it is none.
  init?(text: Text) {
    self.init(marks: [:])
    if text == "~" { return }
    guard text.utf8.count <= Self.longestText else { return nil }
    for part in text.split(on: UInt8(ascii: "~")) {
      guard let first = part.utf8.first, let shard = Self.letters.firstIndex(of: first), marks[shard] == nil else {
        return nil
      }
      let words = Text(decoding: part.utf8.dropFirst()).split(on: UInt8(ascii: "."))
      guard (1...2).contains(words.count), let number = words.first, (1...13).contains(number.utf8.count),
        number.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }),
        let revision = Int64(number.string, radix: 36)
      else { return nil }
      var mark = Mark(revision: revision)
      if words.count == 2 {
        guard let order = OrderID(words[1]) else { return nil }
        mark.order = order
      }
      marks[shard] = mark
    }
  }

  /// 64 marks of a letter, 13 digits, a dot, an id and a tilde.
  private static let longestText = 64 * (1 + 13 + 1 + 24 + 1)
}
