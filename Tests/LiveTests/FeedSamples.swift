import HubContracts
import LiveProtocol
import Orders
import Testing

@testable import Live

/// Events as a feed gets them, made without a bus.
enum Samples {
  /// Reads an envelope as the bus does.
  static func read<Result>(
    _ text: String, _ body: (Envelope, UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try Array(text.utf8).withUnsafeBytes { bytes in try body(try Envelope.read(bytes), bytes) }
  }

  static func place(_ number: Int) -> StreamOffset { StreamOffset(millis: UInt64(number), number: 0) }

  /// An event with the place of its number, or without one.
  static func event(_ number: Int, hasPlace: Bool = true, filler: String? = nil) -> String {
    TestBus.envelope(
      "north", seq: number, data: filler.map { "\"\($0)\"" } ?? "{\"n\":\(number)}",
      offset: hasPlace ? place(number).text : nil)
  }

  /// Events in one batch; a negative number is one without a place.
  static func growing(_ numbers: some Sequence<Int>, before: StreamOffset? = nil) throws -> GrowingBatch {
    var batch = GrowingBatch()
    for number in numbers {
      try read(event(abs(number), hasPlace: number > 0)) { batch.append($0, of: $1, before: before) }
    }
    return batch
  }

  static func tenant() throws -> TenantID { try #require(TenantID("north")) }

  /// The numbers of a batch's events.
  static func numbers(_ batch: EventBatch, _ some: Range<Int>? = nil) -> [Int] {
    (some ?? batch.events.indices).map { index in
      let bytes = batch[.serverSent].bytes[batch.range(of: index..<(index + 1), in: .serverSent)]
      let text = String(decoding: bytes, as: UTF8.self)
      guard let found = text.firstRange(of: "\"seq\":") else { return -1 }
      return Int(text[found.upperBound...].prefix { $0.isNumber }) ?? -1
    }
  }

  static func numbers(_ parts: [Ring.Part]) -> [Int] { parts.flatMap { numbers($0.batch, $0.events) } }
}

extension TenantFeed {
  /// Takes an event from the bus; the batch, if it is full.
  mutating func take(event text: String) throws -> EventBatch? {
    try Samples.read(text) { add($0, of: $1) }
  }

  /// A member's start in words.
  func startText(after offset: StreamOffset?) -> String {
    switch start(after: offset) {
    case .later: "later"
    case .from(let point, let missed):
      "from \(point.serial) at \(point.offset?.text ?? "-") missed \(Samples.numbers(missed))"
    case .unknown(let point): "unknown, from \(point.serial) at \(point.offset?.text ?? "-")"
    }
  }
}

extension TenantFeed.Output {
  /// It in words.
  var text: String {
    switch self {
    case .batch(let batch): "\(batch.serial): \(Samples.numbers(batch))"
    case .resync(let reason, let offset): "resync \(reason) \(offset?.text ?? "-")"
    case .standing: "standing"
    }
  }
}
