import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import RedisHub
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

/// Events of a newer version, and such as no version writes, on their way from the store to the stream.
@Suite struct FutureEventTests {
  /// Puts another type, and envelope, in the place of a stored event's.
  private func rewrite(_ id: OrderID, _ seq: Int64, type: String, envelope: String?, in site: Site) async throws {
    try await site.store.write { worker in
      _ = try worker.run(.write) {
        $0.string("update", Kept.events.rawValue)
        $0.bool("bypassDocumentValidation", true)
        $0.documents("updates", CollectionOfOne(RecordedEvent.key(id, seq))) { writer, key in
          writer.document("q") { $0.string("_id", key) }
          writer.document("u") {
            $0.document("$set") {
              $0.string("type", type)
              if let envelope { $0.string("envelope", envelope) }
            }
          }
        }
      }
    }
  }

  private func envelope(_ id: OrderID, _ seq: Int64, _ site: Site, type: String) -> String {
    #"{"id":"\#(id):\#(seq)","seq":\#(seq),"tenant":"\#(site.tenant.text)","type":"\#(type)","orderId":"\#(id)","#
      + #""at":"2026-05-28T20:26:40.000Z","hint":{"shard":7},"data":{"score":0.10000000000000000001,"tags":[[]]}}"#
  }

  @Test func aTypeFromTheFutureIsRelayedOnceInItsPlaceAndAuditedWithoutComplaint() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let cut = try await site.office(hasRedis: false)
      let worker = try await site.office()
      let id = try await cut.placed([("A", 5)], as: ada)
      #expect(await cut.deliver(2, from: id, as: ada).status == 201)
      let foreign = envelope(id, 3, site, type: "order:risk-scored")
      try await rewrite(id, 3, type: "order:risk-scored", envelope: foreign, in: site)
      for _ in 0..<3 { _ = try await worker.relay.round() }
      let order = try await site.order(id)
      #expect(try await site.streamed(worker, id) == Array(1...order.version))
      let texts = try await worker.cache.newest(of: site.tenant, limit: 100).compactMap(\.envelope)
        .map { String(decoding: $0, as: UTF8.self) }
      #expect(texts.count { $0.hasSuffix(foreign.dropFirst()) } == 1, "as it was written, to the byte")
      #expect(try await site.store.unpublished(limit: 10) == [])
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
      let document = try JSONParser.parse(try #require(try await worker.reads.copy(.document, of: id)).body.bytes)
      guard case .array(let heads)? = document["events"] else { throw Unexpected(outcome: .contended) }
      #expect(heads.compactMap { $0["type"] }.contains(.string("order:risk-scored")))
    }
  }

  @Test(arguments: [1, 3, 5]) func whatCannotBePassedOnStopsNothing(bad: Int64) async throws {
    try await withSite { site in
      let ada = try site.actor()
      let cut = try await site.office(hasRedis: false)
      let worker = try await site.office()
      let id = try await cut.placed([("A", 9)], as: ada)
      #expect(await cut.deliver(2, from: id, as: ada).status == 201)
      let order = try await site.order(id)
      #expect(order.version == 5)
      try await rewrite(id, bad, type: String(repeating: "t", count: 1 << 20), envelope: nil, in: site)
      for _ in 0..<3 { _ = try await worker.relay.round() }
      let rest = Array(1...order.version).filter { $0 != bad }
      #expect(try await site.streamed(worker, id) == rest)
      #expect(try await site.store.unpublished(limit: 10) == [], "nothing waits for what cannot go out")
      // The order goes on.
      #expect(await worker.deliver(1, from: id, as: ada).status == 201)
      let later = try await site.order(id).version
      #expect(try await site.streamed(worker, id) == rest + Array(6...later))
      let heads = try #require(try await worker.reads.copy(.document, of: id)).body
      #expect(heads.bytes.count < 10_000)
      let findings = try await Audit(source: site.store).run(repair: false) { _ in }.findings
      #expect(findings.map(\.detail) == ["event \(bad) cannot be passed on: its type is not as it must be"])
    }
  }
}
