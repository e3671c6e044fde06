/// When the requests of an open loop are to start: evenly at a rate that grows from 0 over a ramp.
///
/// It knows no clock and keeps no queue: the n-th start is a function of n, so a server that stalls finds every request
/// that should have started waiting, and each is measured from its own moment.
struct ArrivalSchedule: Sendable, Equatable {
  /// Starts a second once the ramp is over; more than 0.
  let ratePerSecond: Double
  /// How long the rate grows.
  let rampSeconds: Double

  /// The moment of the start with a number (from 0), in nanoseconds after the first.
  func startNs(_ number: Int) -> Int64 {
    let number = Double(number)
    let inRamp = ratePerSecond * rampSeconds / 2
    let seconds =
      number < inRamp
      ? (2 * number * rampSeconds / ratePerSecond).squareRoot()
      : rampSeconds + (number - inRamp) / ratePerSecond
    return Int64(min(seconds * 1e9, 9e18))
  }

  /// How many have started by a moment after the first.
  func count(byNs moment: Int64) -> Int {
    guard moment >= 0 else { return 0 }
    let seconds = Double(moment) / 1e9
    let started =
      seconds < rampSeconds
      ? ratePerSecond * seconds * seconds / (2 * rampSeconds)
      : ratePerSecond * rampSeconds / 2 + (seconds - rampSeconds) * ratePerSecond
    return Int(min(started, 1e15)) + 1
  }
}
