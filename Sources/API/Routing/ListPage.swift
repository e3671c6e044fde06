import HubContracts
import HubWire
import Orders

/// A page of things of which one alone may be large: they are read a few at a time, until there are enough of them or
/// they come to about 1 MiB.
struct ListPage {
  /// How many bytes of JSON end a page.
  static let limitBytes = 1 << 20
  /// How many are read at once.
  private static let readAtOnce = 20

  /// The elements as a JSON array.
  private(set) var elements: [UInt8] = []
  /// The last element's identity, if there may be more behind it.
  private(set) var nextAfter: String?

  /// Reads with `read(after, count)` and writes with `write`.
  init<Item, Position>(
    after: Position?, limit: Int, id: (Item) -> Position, read: (Position?, Int) async throws -> [Item],
    write: (Item, inout JSONWriter) -> Void
  ) async throws where Position: CustomStringConvertible {
    var json = JSONWriter(capacity: 4_096)
    json.beginArray()
    var last = after
    var count = 0
    var isEnd = false
    while !isEnd, count < limit, json.bytes.count < Self.limitBytes {
      let wanted = min(Self.readAtOnce, limit - count)
      let items = try await read(last, wanted)
      isEnd = items.count < wanted
      for item in items {
        // What does not fit is the next page's.
        if json.bytes.count >= Self.limitBytes {
          isEnd = false
          break
        }
        write(item, &json)
        last = id(item)
        count += 1
      }
    }
    json.endArray()
    elements = json.bytes
    nextAfter = isEnd ? nil : last.map { "\($0)" }
  }

  /// `{"<name>":[…],"pagination":{"limit","nextCursor"}}`: a page as those of orders.
  func page(_ name: StaticString, limit: Int) -> HTTPReply {
    .json(capacity: elements.count + 96) { json in
      json.member(name, raw: elements)
      json.name("pagination")
      json.beginObject()
      json.member("limit", Int64(limit))
      json.member("nextCursor", nextAfter)
      json.endObject()
    }
  }

  /// `{"<name>":[…],"nextAfter":…}`, and `day` before them if there is one.
  func reply(_ name: StaticString, day: String? = nil) -> HTTPReply {
    .json(capacity: elements.count + 96) { json in
      if let day { json.member("day", day) }
      json.member(name, raw: elements)
      json.member("nextAfter", nextAfter)
    }
  }
}
