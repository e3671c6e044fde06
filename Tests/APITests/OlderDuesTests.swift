import HubContracts
import HubWire
import Orders
import Testing

@testable import API
@testable import HubRuntime
@testable import MongoStore

/// Lists of what an older version wrote.
@Suite struct OlderDuesTests {
  /// Two orders with a dozen invoices each, of 10⅓ cents, as the version before amounts had their currency's decimals
  /// wrote them.
  private func makeOlder(_ shop: Shop, _ api: OrderAPI, _ token: String) async throws {
    let body = """
      {"customer":{"name":"Older"},"items":[{"productId":"A","quantity":12,"unitPrice":1,"taxRate":0}]}
      """
    for _ in 0..<2 {
      let order = try await api.ask(.post, "/api/orders", token: token, body: body)
      let id = try #require(order.json["order"]?["id"]?.text)
      for _ in 0..<12 {
        let line = #"{"items":[{"productId":"A","quantity":1}],"status":"delivered"}"#
        let delivery = try await api.ask(.post, "/api/orders/\(id)/deliveries", token: token, body: line)
        let made = try #require(delivery.json["delivery"]?["id"]?.text)
        #expect(try await api.ask(.post, "/api/orders/deliveries/\(made)/invoice", token: token).status == 201)
      }
    }
    try await shop.store.write { worker in
      for (collection, change) in [(Collection.orders, "decimals"), (.invoices, "total")] {
        _ = try worker.run(.plain) {
          $0.string("update", collection.rawValue)
          $0.documents("updates", CollectionOfOne(change)) { writer, change in
            writer.document("q") { _ in }
            writer.document("u") {
              if collection == .orders {
                $0.document("$unset") { $0.int32("decimals", 1) }
              } else {
                $0.document("$set") { $0.int64("total", 10_333_333) }
              }
            }
            writer.bool("multi", true)
          }
        }
      }
    }
  }

  @Test func aPageOfInvoicesReadsEachOlderOrderOnce() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      try await makeOlder(shop, api, token)
      let before = calls(shop)
      let page = try await api.ask(.get, "/api/invoices", token: token, query: [("limit", "100")])
      let count = calls(shop) - before
      let listed = try #require(page.json["invoices"]?.items)
      #expect(listed.count == 24)
      // Two reads of the list, one of both orders, and each order's invoices.
      #expect(count == 5)
      var dues: Set<Text> = []
      for invoice in listed {
        let id = try #require(invoice["id"]?.text)
        let alone = try await api.ask(.get, "/api/invoices/\(id)", token: token)
        #expect(alone.json["invoice"] == invoice)
        if case .number(let due)? = invoice["due"] { dues.insert(due) }
      }
      #expect(dues == ["0.1", "0.11"])
    }
  }

  /// How often the store was asked for something.
  private func calls(_ shop: Shop) -> UInt64 { shop.store.meters.calls.snapshot().counts.reduce(0, +) }
}
