import Synchronization

/// The ids that tie an answer to the log.
final class RequestIDs: Sendable {
  private let prefix = UInt32.random(in: 0...UInt32.max)
  private let count = Atomic<UInt32>(0)

  /// Whether a client's id may be used: 1 to 64 of `A–Z a–z 0–9 . _ -`.
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (1...64).contains(bytes.count)
      && bytes.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
      }
  }

  /// A fresh one: 16 hex digits, of which the first eight name the process.
  func next() -> String {
    let low = count.wrappingAdd(1, ordering: .relaxed).newValue
    let number = UInt64(prefix) << 32 | UInt64(low)
    return String(unsafeUninitializedCapacity: 16) { digits in
      for index in 0..<16 {
        let value = UInt8(number >> UInt64(60 - 4 * index) & 15)
        digits[index] = value < 10 ? value &+ 0x30 : value &+ 0x57
      }
      return 16
    }
  }
}
