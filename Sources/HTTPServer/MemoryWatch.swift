/// Sees when much memory was used and is free again, which the C library keeps for next time.
struct MemoryWatch {
  /// How much must have gone before it is given back: to look for it takes some milliseconds.
  static let worthBytes = 16 * 1_048_576
  /// How many looks lie between two times at least.
  static let restTurns = 10

  private var peakBytes = 0
  private var turnsLeft = 0

  /// Takes note of what is held now, and of the most since the last look; whether memory should be given back.
  mutating func sees(heldBytes: Int, peakBytes peak: Int) -> Bool {
    peakBytes = max(peakBytes, peak)
    turnsLeft = max(turnsLeft - 1, 0)
    guard turnsLeft == 0, peakBytes - heldBytes >= Self.worthBytes else { return false }
    peakBytes = heldBytes
    turnsLeft = Self.restTurns
    return true
  }
}
