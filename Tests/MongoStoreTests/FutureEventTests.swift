import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// Events as a newer version may have written them, and such as no version writes.
@Suite struct FutureEventTests {
  private static let type = "order:risk-scored"

  /// An envelope, with a further member and data of every kind of JSON.
  private static func envelope(
    _ order: Order, _ seq: Int64, type: String = type,
    data: String = #"{"score":0.10000000000000000001,"tags":["a",null,true],"by":{"deep":[[{}]]}}"#
  ) -> String {
    #"{"id":"\#(order.id):\#(seq)","seq":\#(seq),"tenant":"\#(order.tenantID.text)","type":"\#(type)","#
      + #""orderId":"\#(order.id)","at":"2026-05-28T20:26:40.000Z","since":7,"data":\#(data)}"#
  }

  /// Puts an event there by hand, whatever it is.
  private func put(
    _ seq: Int64, of order: Order, in store: MongoStore, type: Text = Text(type), envelope: String? = nil,
    _ more: @escaping @Sendable (inout BSONWriter) -> Void = { _ in }
  ) async throws {
    try await store.write { worker in
      _ = try worker.run(.write) {
        $0.string("insert", Collection.events.rawValue)
        $0.bool("bypassDocumentValidation", true)
        $0.documents("documents", CollectionOfOne(seq)) { writer, seq in
          writer.string("_id", RecordedEvent.key(order.id, seq))
          writer.identifier("orderId", order.id)
          writer.int64("seq", seq)
          writer.tenant("tenantId", order.tenantID)
          writer.string("type", type)
          writer.date("at", order.updatedAt)
          writer.user("by", Fixtures.by)
          more(&writer)
          if let envelope { writer.string("envelope", envelope) }
        }
      }
    }
  }

  @Test func aTypeFromTheFutureIsReadAsItWasWritten() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      let text = Self.envelope(order, 3)
      try await put(3, of: order, in: store, envelope: text) { writer in
        writer.document("weights") { $0.date("at", Fixtures.time()) }
        writer.binary("seal", [1, 2, 3])
      }
      let events = try await store.events(of: order.id, after: 0, upTo: 3, limit: 10)
      #expect(events.map(\.seq) == [1, 2, 3] && events.allSatisfy(\.isSound))
      #expect(events[2].type == EventType(Text(Self.type)) && !events[2].type.isKnown)
      #expect(String(decoding: events[2].envelope, as: UTF8.self) == text)
      let heads = try await store.eventHeads(of: order.id, upTo: 3, limit: 10)
      #expect(heads.map(\.type.rawValue) == ["order:updated", "order:updated", Self.type])
      let audited = try await store.auditedOrders(after: nil, tenant: order.tenantID, limit: 1)
      #expect(audited[0].events.map(\.isSound) == [true, true, true])
    }
  }

  @Test func whatCannotBePassedOnKeepsItsNumberAndNothingElse() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
      let large = "\"" + String(repeating: "x", count: RecordedEvent.unknownLimitBytes) + "\""
      let mebibyte = String(repeating: "t", count: 1 << 20)
      let hostile: [(type: String, envelope: String?, fault: EventFault)] = [
        (mebibyte, Self.envelope(order, 3, type: mebibyte), .type),
        ("a\u{0}b", Self.envelope(order, 4), .type), ("order:a\nevent: b", Self.envelope(order, 5), .type),
        ("hub:closing", Self.envelope(order, 6, type: "hub:closing"), .type),
        (Self.type, Self.envelope(order, 7, data: deep), .envelope),
        (Self.type, Self.envelope(order, 8, data: large), .size), (Self.type, nil, .member),
        (Self.type, "", .member), (Self.type, Self.envelope(order, 10), .envelope),
        (Self.type, Self.envelope(order, 12, type: "order:created"), .envelope),
        (Self.type, #"{"data":1}"#, .envelope), (Self.type, Self.envelope(order, 14) + "}", .envelope),
      ]
      for (seq, event) in zip(Int64(3)..., hostile) {
        try await put(seq, of: order, in: store, type: Text(event.type), envelope: event.envelope)
      }
      let last = Int64(2 + hostile.count) + 1
      try await put(last, of: order, in: store, envelope: Self.envelope(order, last))
      var events: [RecordedEvent] = []
      while true {
        let page = try await store.events(of: order.id, after: events.last?.seq ?? 0, upTo: last, limit: 100)
        if page.isEmpty { break }
        events += page
      }
      #expect(events.map(\.seq) == Array(1...last))
      #expect(events.compactMap(\.fault) == hostile.map(\.fault))
      #expect(events.filter { !$0.isSound }.allSatisfy { $0.envelope.isEmpty })
      #expect(events.last?.isSound == true)
      let heads = try await store.eventHeads(of: order.id, upTo: last, limit: 100)
      #expect(heads.filter { !$0.isSound }.map(\.seq) == [3, 4, 5, 6])
      #expect(try await store.auditedOrders(after: nil, tenant: order.tenantID, limit: 1)[0].events == heads)
    }
  }

  /// A document with a field of every type that BSON has, and one behind them.
  @Test func fieldsOfEveryTypeAreSteppedOver() throws {
    func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
    func sized(_ word: String) -> [UInt8] { int32(word.utf8.count + 1) + text(word) }
    func int32(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    let empty = int32(5) + [0]
    let scope = sized("f()") + empty
    let fields: [(UInt8, [UInt8])] = [
      (0x01, [UInt8](repeating: 1, count: 8)), (0x02, sized("text")), (0x03, empty), (0x04, empty),
      (0x05, int32(2) + [0, 7, 7]), (0x06, []), (0x07, [UInt8](repeating: 2, count: 12)), (0x08, [1]),
      (0x09, [UInt8](repeating: 3, count: 8)), (0x0a, []), (0x0b, text("^a[b]") + text("i")),
      (0x0c, sized("db.c") + [UInt8](repeating: 4, count: 12)), (0x0d, sized("g()")), (0x0e, sized("s")),
      (0x0f, int32(scope.count + 4) + scope), (0x10, int32(5)), (0x11, [UInt8](repeating: 5, count: 8)),
      (0x12, [UInt8](repeating: 6, count: 8)), (0x13, [UInt8](repeating: 7, count: 16)), (0xff, []), (0x7f, []),
    ]
    let body = fields.flatMap { [$0.0] + text("f\($0.0)") + $0.1 } + [0x10] + text("last") + int32(42)
    let document = int32(body.count + 5) + body + [0]
    try document.withUnsafeBytes { bytes in
      var reader = try BSONReader(bytes)
      #expect(try reader.integer("last") == 42)
    }
    // However it is cut or bent, nothing is read past its end.
    for at in document.indices {
      for value: UInt8 in [0, 0x7f, 0xff] {
        var bent = document
        bent[at] = value
        bent.withUnsafeBytes { bytes in
          do {
            var reader = try BSONReader(bytes)
            #expect(try reader.find("none") == nil)
          } catch {
            #expect(error is BSONError, "\(error)")
          }
        }
      }
    }
  }
}
