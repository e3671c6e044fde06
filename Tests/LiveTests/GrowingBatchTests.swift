import HubContracts
import Orders
import Testing

@testable import Live

@Suite struct GrowingBatchTests {
  private func text(_ batch: EventBatch, _ index: Int, _ encoding: Encoding) -> String {
    String(decoding: batch[encoding].bytes[batch.range(of: index..<(index + 1), in: encoding)], as: UTF8.self)
  }

  @Test func writesAnEventForEachKindOfClient() throws {
    let growing = try Samples.growing([7, -8], before: Samples.place(7))
    let batch = try #require(try growing.sealed(tenant: Samples.tenant(), serial: 3))
    let id = "6563f1c2a9b4e80012ab34cd"
    let plain = "{\"type\":\"order:updated\",\"data\":{\"n\":7},\"id\":\"\(id):7\",\"seq\":7,\"offset\":\"7-0\"}"
    #expect(Array(batch.part(0..<1, in: .plain).bytes) == [0x81, UInt8(plain.utf8.count)] + Array(plain.utf8))
    #expect(text(batch, 0, .serverSent) == "id: 7-0\nevent: order:updated\ndata: \(plain)\n\n")
    let packet = "42[\"order:updated\",{\"n\":7},\"7-0\"]"
    #expect(Array(batch.part(0..<1, in: .socketIO).bytes) == [0x81, UInt8(packet.utf8.count)] + Array(packet.utf8))
    // One without a place has none of its own, but a Socket.IO client must find the last.
    #expect(text(batch, 1, .serverSent).hasPrefix("event: order:updated\ndata: "))
    #expect(!text(batch, 1, .plain).contains("offset"))
    #expect(text(batch, 1, .socketIO).hasSuffix("42[\"order:updated\",{\"n\":8},\"7-0\"]"))
    #expect(batch.serial == 3 && batch.events.map(\.offset) == [Samples.place(7), nil])
    #expect(batch.events.map { $0.order?.description } == [id, id])
    #expect(batch.events[0].happenedAtMs == 1_767_323_045_678)
  }

  @Test func leavesOutWhatIsKnownAndNothingElse() throws {
    let tenant = try Samples.tenant()
    let growing = try Samples.growing([2, -3, 4, -5, 6])
    func numbers(after place: Int?) -> [Int]? {
      growing.sealed(tenant: tenant, serial: 1, after: place.map(Samples.place)).map { Samples.numbers($0) }
    }
    #expect(numbers(after: nil) == [2, 3, 4, 5, 6])
    #expect(numbers(after: 1) == [2, 3, 4, 5, 6])
    #expect(numbers(after: 2) == [3, 4, 5, 6])
    #expect(numbers(after: 4) == [3, 5, 6])
    #expect(numbers(after: 9) == [3, 5])
    #expect(try Samples.growing([1, 2]).sealed(tenant: tenant, serial: 1, after: Samples.place(2)) == nil)
    #expect(GrowingBatch().sealed(tenant: tenant, serial: 1) == nil)
    // Every encoding is cut alike.
    let cut = try #require(growing.sealed(tenant: tenant, serial: 1, after: Samples.place(4)))
    let whole = try #require(growing.sealed(tenant: tenant, serial: 1))
    for encoding in Encoding.allCases {
      #expect([0, 1, 2].map { text(cut, $0, encoding) } == [1, 3, 4].map { text(whole, $0, encoding) })
      #expect(cut[encoding].bytes.count == cut.range(of: 0..<3, in: encoding).upperBound)
    }
  }

  @Test func isFullBeforeABatchGrowsWithoutEnd() throws {
    var growing = GrowingBatch()
    let filler = String(repeating: "x", count: 1_000)
    for number in 1...200 where !growing.isFull {
      try Samples.read(Samples.event(number, filler: filler)) { growing.append($0, of: $1, before: nil) }
    }
    #expect((120...131).contains(growing.events.count))
    #expect(growing.byteCount > 3 * 120 * 1_000)
    #expect(growing.newest == growing.events.last?.offset)
  }
}
