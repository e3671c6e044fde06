import Orders

/// Places for clients that have not yet said who they are: they open a connection first and send their token on it.
///
/// A place is taken with the handshake and given back when the client has proved itself; whoever does not holds it for as
/// long as it might have. So those who never mean to are few, however fast they come. An address may hold four times as
/// many places as are free: one alone may have most of them, and however many addresses there are, one more that has none
/// finds some (the dynamic thresholds of Choudhury and Hahne, for buffers that ports share).
struct Suspense {
  private let limit: Int
  private let holdSeconds: Int64
  private var total = 0
  private var held: [Text: Int] = [:]
  /// What was taken in each of the last seconds and not given back, by address.
  private var taken: [[Text: Int]]
  private var second = Int64.min

  /// How many times the free places one address may hold.
  static let factor = 4

  /// `limit` places, 0 for any number, each held for `holdMs` at most, and a second more.
  init(limit: Int, holdMs: Int64) {
    self.limit = limit
    holdSeconds = max(1, (holdMs + 999) / 1_000)
    taken = [[Text: Int]](repeating: [:], count: Int(min(holdSeconds, 3_600)) + 1)
  }

  /// How many places are held.
  mutating func count(nowMs: Int64) -> Int {
    advance(to: nowMs)
    return total
  }

  /// Whether an address may take one more place.
  mutating func hasPlace(for address: Text, nowMs: Int64) -> Bool {
    if limit <= 0 { return true }
    advance(to: nowMs)
    let free = limit - total
    return free > 0 && held[address, default: 0] < free.multipliedReportingOverflow(by: Self.factor).partialValue
  }

  /// Takes a place.
  mutating func take(_ address: Text, nowMs: Int64) {
    if limit <= 0 { return }
    advance(to: nowMs)
    taken[slot(second)][address, default: 0] += 1
    held[address, default: 0] += 1
    total += 1
  }

  /// Gives a place back; nothing if the address holds none any more.
  mutating func prove(_ address: Text, nowMs: Int64) {
    advance(to: nowMs)
    guard held[address] != nil else { return }
    // Which of an address's places it is does not matter; the newest is given back, so that none is held for longer.
    for age in 0..<Int64(taken.count) {
      let slot = slot(second &- age)
      guard let count = taken[slot][address] else { continue }
      taken[slot][address] = count > 1 ? count - 1 : nil
      return release(address, 1)
    }
  }

  /// Gives back what was taken too long ago.
  private mutating func advance(to nowMs: Int64) {
    let now = nowMs / 1_000
    if second == .min { second = now }
    guard now > second else { return }
    for _ in 0..<min(now - second, Int64(taken.count)) {
      second += 1
      let old = taken[slot(second)]
      taken[slot(second)] = [:]
      for (address, count) in old { release(address, count) }
    }
    // After a long pause the slots are all empty, whichever they are.
    second = now
  }

  private mutating func release(_ address: Text, _ count: Int) {
    total -= count
    let rest = held[address, default: 0] - count
    held[address] = rest > 0 ? rest : nil
  }

  private func slot(_ second: Int64) -> Int {
    let rest = Int(second % Int64(taken.count))
    return rest < 0 ? rest + taken.count : rest
  }
}
