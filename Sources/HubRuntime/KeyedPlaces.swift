public import Orders

/// Values by keys that come from outside, of which there are never more than so many.
///
/// When it is full, those that mean nothing any more are let go of. A new key that still finds no place takes one of a few
/// that such keys share, by a seeded hash: what others have is neither lost nor reset by whoever makes up many keys, and
/// those are counted too, together.
public struct KeyedPlaces<Value> {
  // Seen from outside so that it is compiled for its callers' values: a limit is asked with every request.
  @usableFromInline var values: [Text: Value] = [:]
  private let limit: Int
  @usableFromInline let fresh: Value
  private let isIdle: (Value, UInt64) -> Bool
  private var sweptAt: UInt64?
  private let seed = UInt64.random(in: 0...UInt64.max)

  /// How many places are shared by those that find none of their own.
  public static var sharedLimit: Int { 1_024 }
  /// How long after a sweep there is no other, in microseconds.
  private static var sweepMicros: UInt64 { 1_000_000 }

  /// At most `limit` keys have a place of their own. `isIdle` says of a value, at a moment in microseconds, whether it
  /// is as good as `fresh`.
  public init(limit: Int, fresh: Value, isIdle: @escaping @Sendable (Value, UInt64) -> Bool) {
    self.limit = limit
    self.fresh = fresh
    self.isIdle = isIdle
  }

  /// How many values there are, those of shared places among them.
  public var count: Int { values.count }

  /// The place of a key: its own name, or that of the place that it shares.
  public mutating func place(of key: Text, now: UInt64) -> Text {
    if values[key] != nil { return key }
    if values.count >= limit { sweep(now) }
    if values.count < limit {
      values[key] = fresh
      return key
    }
    return "#\(hash(key) % UInt64(Self.sharedLimit))"
  }

  /// The value at a place; nil if nothing is known.
  @inlinable public subscript(place: Text) -> Value? { values[place] }

  /// Changes the value at a place.
  @inlinable public mutating func change<Result>(_ place: Text, _ body: (inout Value) -> Result) -> Result {
    // A local copy: the default is read while the values are being changed.
    let fresh = fresh
    return body(&values[place, default: fresh])
  }

  /// Changes the value at a place if there is one; nil if not.
  @inlinable public mutating func changeKnown<Result>(_ place: Text, _ body: (inout Value) -> Result) -> Result? {
    guard let index = values.index(forKey: place) else { return nil }
    return body(&values.values[index])
  }

  private mutating func sweep(_ now: UInt64) {
    if let sweptAt, now &- sweptAt < Self.sweepMicros { return }
    sweptAt = now
    values = values.filter { !isIdle($0.value, now) }
  }

  /// FNV-1a over the bytes, from a seed that differs from process to process.
  private func hash(_ key: Text) -> UInt64 {
    let hash = key.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return hash ^ hash >> 29
  }
}

/// A limit a key and minute, in this process alone: the generic cell rate algorithm, with a minute's worth at once.
public final class KeyedLimit: Sendable {
  private let places: Locked<KeyedPlaces<UInt64>>
  private let perMinute: Int
  private let clock: @Sendable () -> UInt64
  private static let minute: UInt64 = 60_000_000

  /// `perMinute` of each key, 0 or less for any number; at most `limit` keys are told apart. `clock` gives microseconds
  /// that never go back.
  public init(perMinute: Int, limit: Int = 16_384, clock: @escaping @Sendable () -> UInt64 = monotonicMicros) {
    self.perMinute = perMinute
    self.clock = clock
    places = Locked(KeyedPlaces(limit: limit, fresh: 0, isIdle: { arrival, now in arrival <= now }))
  }

  /// How many keys are known, for tests.
  public var count: Int { places.with { $0.count } }

  /// Takes one of a key's; false if it has none left.
  public func take(_ key: Text) -> Bool {
    if perMinute <= 0 { return true }
    let now = clock()
    return places.with { places in
      let place = places.place(of: key, now: now)
      return places.change(place) { Self.take(&$0, perMinute, now) == nil }
    }
  }

  /// Takes one at a moment, given what was taken as its theoretical arrival time; nil, or microseconds to wait.
  public static func take(_ arrival: inout UInt64, _ perMinute: Int, _ now: UInt64) -> UInt64? {
    let interval = minute / UInt64(max(perMinute, 1))
    let earliest = max(arrival, now)
    let latest = now &+ minute &- interval
    if earliest > latest { return earliest - latest }
    arrival = earliest &+ interval
    return nil
  }
}
