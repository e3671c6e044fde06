import Orders

/// How long to wait before a connection is tried again: 50 ms, doubled each time up to 2 s, half of it by chance.
struct Backoff {
  private let ids: any IdentitySource
  private var nextMs = Backoff.firstMs

  static let firstMs: Int32 = 50
  static let lastMs: Int32 = 2_000

  init(ids: any IdentitySource) { self.ids = ids }

  /// The connection was good.
  mutating func reset() { nextMs = Self.firstMs }

  /// The next wait, in milliseconds.
  mutating func next() -> Int32 {
    let chance = Int32(UInt8(ids.token(bytes: 1), radix: 16) ?? 128)
    defer { nextMs = min(nextMs * 2, Self.lastMs) }
    return nextMs / 2 + nextMs / 2 * chance / 255
  }
}
