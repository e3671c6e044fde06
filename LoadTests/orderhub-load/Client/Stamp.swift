/// What an order of a run carries in its notes: when its request should have started, and its number.
struct Stamp: Sendable, Equatable {
  let momentNs: Int64
  let number: Int64

  static let mark: StaticString = "load-ts:"

  init(momentNs: Int64, number: Int64) {
    self.momentNs = momentNs
    self.number = number
  }

  /// Reads one at a place; nil if there is none.
  init?(_ text: UnsafeRawBufferPointer, at place: Int) {
    guard text.has(Self.mark, at: place), let moment = text.whole(at: place + Self.mark.utf8CodeUnitCount),
      moment.end < text.count, text[moment.end] == 0x3a, let number = text.whole(at: moment.end + 1)
    else { return nil }
    momentNs = moment.value
    self.number = number.value
  }

  var text: String { "load-ts:\(momentNs):\(number)" }
}
