import Glibc

extension UnsafeRawBufferPointer {
  /// Where a text begins, at or after `start`; nil if it is not there.
  func firstIndex(of text: StaticString, from start: Int = 0) -> Int? {
    let length = text.utf8CodeUnitCount
    var at = start
    guard let base = baseAddress, length > 0 else { return nil }
    while at + length <= count {
      guard let found = memchr(base + at, Int32(text.utf8Start[0]), count - at - length + 1) else { return nil }
      at = UnsafeRawPointer(found) - base
      if has(text, at: at) { return at }
      at += 1
    }
    return nil
  }

  /// Whether a text stands at a place.
  func has(_ text: StaticString, at place: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard place >= 0, place + length <= count, let base = baseAddress else { return false }
    return memcmp(base + place, text.utf8Start, length) == 0
  }

  /// The text between the end of `prefix`, the first one, and the next quote; nil if there is none.
  func quoted(after prefix: StaticString, from start: Int = 0) -> String? {
    guard let at = firstIndex(of: prefix, from: start) else { return nil }
    let from = at + prefix.utf8CodeUnitCount
    guard let end = self[from...].firstIndex(of: 0x22) else { return nil }
    return String(decoding: self[from..<end], as: UTF8.self)
  }

  /// The digits from a place on, as a number, at most 18 of them.
  func whole(at place: Int) -> (value: Int64, end: Int)? {
    var value: Int64 = 0
    var at = place
    while at < count, at - place < 18, (0x30...0x39).contains(self[at]) {
      value = value * 10 + Int64(self[at] - 0x30)
      at += 1
    }
    return at > place ? (value, at) : nil
  }
}
