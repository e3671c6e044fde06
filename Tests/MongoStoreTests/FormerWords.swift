import Orders

@testable import MongoStore

/// The search words that the version before wrote, as it made them, so that its databases can be made.
enum FormerWords {
  static func of(_ order: Order) -> [Text] {
    var words: [Text] = []
    func add(_ word: Text) { if !word.isEmpty, !words.contains(word) { words.append(word) } }
    add(Text(order.number).asciiLowercased)
    add(
      Text(decoding: order.number.utf8.reversed().prefix { (0x30...0x39).contains($0) }.reversed().drop { $0 == 0x30 }))
    for word in order.customer.name.string.lowercased().split(separator: " ").prefix(8) {
      add(Text(word))
      for piece in word.split(separator: "-").dropFirst() { add(Text(piece)) }
    }
    let digits = Array((order.customer.phone ?? "").utf8.filter { (0x30...0x39).contains($0) })
    add(Text(decoding: digits))
    for length in [10, 4] where digits.count > length { add(Text(decoding: digits.suffix(length))) }
    return words
  }

  /// Writes them to the orders, as a process of the version before does with each write.
  static func write(_ orders: [Order], to store: MongoStore) async throws {
    for start in stride(from: 0, to: orders.count, by: 500) {
      let slice = orders[start..<min(start + 500, orders.count)]
      try await store.write { worker in
        _ = try worker.run(.write) {
          $0.string("update", Collection.orders.rawValue)
          $0.documents("updates", slice) { writer, order in
            writer.document("q") { $0.identifier("_id", order.id) }
            writer.document("u") { $0.document("$set") { $0.strings("search", FormerWords.of(order)) } }
          }
        }
      }
    }
  }

  /// Makes the database one of the version before.
  static func write(all orders: [Order], to store: MongoStore) async throws {
    try await write(orders, to: store)
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("delete", Collection.migrations.rawValue)
        $0.documents("deletes", CollectionOfOne(0)) { writer, _ in
          writer.document("q") { _ in }
          writer.int32("limit", 0)
        }
      }
    }
  }
}
