import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// Not the store's.
private typealias Document = HubTestSupport.Document

@Suite struct PhaseMigrationTests {
  /// Beside a hub that works on, whose answers are the same before and after.
  @Test func ordersOfAnOlderVersionGetTheirPhase() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "1")])
    let store = try hub.store()
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("update", Collection.orders.rawValue)
        $0.documents("updates", CollectionOfOne(())) { writer, _ in
          writer.document("q") { _ in }
          writer.document("u") { $0.document("$unset") { $0.int32("phase", 1) } }
          writer.bool("multi", true)
        }
      }
    }
    func shown() async throws -> [Document] {
      [
        try await ada.get("/api/orders?phase=open")["orders"], try await ada.get("/api/orders/\(order.id)")["order"],
        try await ada.get("/api/orders/stats")["counters"],
      ]
    }
    let before = try await shown()
    #expect(before[0].items.map { $0["phase"].text } == ["open"])
    let run = try await CommandLineRun.orderhub(["migrate"], hub: hub)
    #expect(run.status == 0 && run.output.hasSuffix("\n1 orders have their phase\n"), "\(run)")
    #expect(try await shown() == before)
    for options in [["migrate"], ["migrate", "--phases"]] {
      let again = try await CommandLineRun.orderhub(options, hub: hub)
      #expect(again.status == 0 && again.output == "everything was there already\n", "\(again)")
    }
    await store.close()
  }
}
