/// The heart of a pair of connections: beats go out on one and come back on the other, behind all that Redis said before
/// them. So whoever hears a beat has heard every change that Redis made until the beat was sent.
///
/// Times are microseconds of the clock that never jumps.
struct Heartbeat {
  /// When the next beat is to be sent.
  private(set) var next: UInt64
  private var lastSent: UInt64
  /// When the newest beat that came back had been sent.
  private var heardUntil: UInt64

  /// How often the heart beats: three may be lost before copies are.
  private static let intervalMicros: UInt64 = 300_000
  /// A change that is not heard of may be missed for so long: what is kept at hand is served no longer.
  static let freshMicros: UInt64 = 1_000_000

  /// All is heard until now.
  init(now: UInt64) { (next, lastSent, heardUntil) = (now, now, now) }

  /// Until when copies may be served if no further beat comes.
  var freshUntil: UInt64 { heardUntil + Self.freshMicros }

  /// Whether every change until a second ago is heard.
  func isFresh(now: UInt64) -> Bool { now < freshUntil }

  /// Whether no beat came back for longer than that.
  func isSilent(for micros: UInt64, now: UInt64) -> Bool { now > heardUntil + micros }

  /// A beat is sent; gives what it carries.
  mutating func send(now: UInt64) -> Int64 {
    next = now + Self.intervalMicros
    lastSent = now
    return Int64(clamping: now)
  }

  /// A beat came back, with what it carried.
  mutating func hear(_ content: some Collection<UInt8>) {
    guard let number = Decimal.read(content), let sent = UInt64(exactly: number) else { return }
    heardUntil = max(heardUntil, min(sent, lastSent))
  }
}
