public import HubContracts
public import Orders

/// Verified tokens by their bytes, so that a token's signature is checked once and not with every request.
///
/// Bounded: a new token takes the place of another whose hash falls on the same one. An entry ends with its token, or when
/// its user's sessions are ended.
public final class TokenCache: Sendable {
  private struct Entry {
    var hash: UInt64
    var token: [UInt8]
    var claims: TokenClaims
  }

  private let shards: [Locked<[Entry?]>]
  private let ended = EndedTokens()
  private let seed = UInt64.random(in: 0...UInt64.max)

  /// How many tokens are kept at most.
  public static let limit = 4_096
  private static let shardCount = 8
  /// How many places a hash may stand in, side by side.
  private static let ways = 2

  /// An empty cache.
  public init() {
    shards = (0..<Self.shardCount).map { _ in Locked([Entry?](repeating: nil, count: Self.limit / Self.shardCount)) }
  }

  /// Whose token it is, if it was put in and has not run out at `now`. Allocates nothing.
  public func actor(for bytes: UnsafeRawBufferPointer, now: Timestamp) -> Actor? { claims(for: bytes, now: now)?.actor }

  /// What it says, if it was put in and has not run out at `now`. Allocates nothing.
  public func claims(for bytes: UnsafeRawBufferPointer, now: Timestamp) -> TokenClaims? {
    let hash = hash(bytes)
    return shard(hash).with { entries in
      for place in Self.places(hash, entries.count) {
        guard let entry = entries[place], entry.hash == hash, entry.token.count == bytes.count,
          entry.token.elementsEqual(bytes)
        else { continue }
        return now < entry.claims.expiresAt ? entry.claims : nil
      }
      return nil
    }
  }

  /// Puts in a token that was just verified; false, and not there, if it was ended.
  public func insert(_ bytes: UnsafeRawBufferPointer, _ claims: TokenClaims) -> Bool {
    if ended.has(claims) { return false }
    put(bytes, claims)
    // It may have been ended meanwhile, and what was here then was dropped before this came.
    guard ended.has(claims) else { return true }
    clear()
    return false
  }

  /// Whether a token was ended.
  public func hasEnded(_ claims: TokenClaims) -> Bool { ended.has(claims) }

  /// Ends tokens: from now on none of them is found or taken. Which of the ends are news.
  public func end(_ ends: [TokenEnd]) -> [TokenEnd] {
    let news = ended.note(ends)
    // All tokens, for which are whose cannot be told by their bytes: they are verified once more.
    if !news.isEmpty { clear() }
    return news
  }

  private func clear() {
    for shard in shards { shard.with { $0 = [Entry?](repeating: nil, count: $0.count) } }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, _ claims: TokenClaims) {
    let hash = hash(bytes)
    let entry = Entry(hash: hash, token: Array(bytes), claims: claims)
    shard(hash).with { entries in
      let places = Self.places(hash, entries.count)
      // Its own place or an empty one, or else that of the token that runs out first.
      let place =
        places.first { entries[$0]?.hash == hash } ?? places.first { entries[$0] == nil }
        ?? places.min { left, right in
          (entries[left]?.claims.expiresAt.millis ?? 0) < (entries[right]?.claims.expiresAt.millis ?? 0)
        }
      if let place { entries[place] = entry }
    }
  }

  private func shard(_ hash: UInt64) -> Locked<[Entry?]> { shards[Int(hash >> 61)] }

  private static func places(_ hash: UInt64, _ count: Int) -> Range<Int> {
    let start = Int(hash % UInt64(count / ways)) * ways
    return start..<(start + ways)
  }

  /// Eight bytes at a step, each multiplied and folded; seeded, so that it differs from process to process.
  private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = seed ^ UInt64(truncatingIfNeeded: bytes.count)
    var index = 0
    while index + 8 <= bytes.count {
      hash = Self.mix(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var rest: UInt64 = 0
    while index < bytes.count {
      rest = rest << 8 | UInt64(bytes[index])
      index += 1
    }
    return Self.mix(hash ^ rest)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
  }
}
