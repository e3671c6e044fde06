public import Orders
import Synchronization

/// Identities shaped like a MongoDB driver's: 4 bytes of seconds, 10 bits of milliseconds, 30 random bits of the process,
/// 3 bytes of a counter. The milliseconds are ours: sorted by identity, what several processes made stands in the order
/// of time, to the millisecond.
public final class RandomIdentities: IdentitySource {
  private let process = UInt64.random(in: 0..<(1 << 30))
  private let count = Atomic<UInt32>(UInt32.random(in: 0...UInt32.max))
  private let clock = SystemClock()

  /// A source with a random part of its own.
  public init() {}

  /// An identity that nobody else has: 16 million a second are distinct.
  public func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity> {
    let now = max(clock.now().millis, 0)
    let seconds = UInt64(UInt32(truncatingIfNeeded: now / 1_000))
    let middle = UInt64(now % 1_000) << 30 | process
    let number = count.wrappingAdd(1, ordering: .relaxed).newValue & 0xff_ffff
    return Identifier(high: seconds << 32 | middle >> 8, low: UInt32(middle & 0xff) << 24 | number)
  }

  /// `count` bytes of the system's random source, in lower-case hex.
  public func token(bytes count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return String(unsafeUninitializedCapacity: max(count, 0) * 2) { digits in
      for index in 0..<max(count, 0) {
        let byte = UInt8.random(in: 0...255, using: &generator)
        digits[2 * index] = Self.digit(byte >> 4)
        digits[2 * index + 1] = Self.digit(byte & 15)
      }
      return max(count, 0) * 2
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 0x30 : value &+ 0x57 }
}
