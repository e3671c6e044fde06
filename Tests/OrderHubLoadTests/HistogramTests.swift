import Testing

@testable import orderhub_load

@Suite struct HistogramTests {
  @Test func noValueIsOffByMoreThanOnePercent() {
    var value: Int64 = 1
    while value < Histogram.limitNs {
      for near in [value - 1, value, value + value / 3] {
        var histogram = Histogram()
        histogram.record(near)
        let error = abs(Double(histogram.value(at: 1) - near)) / Double(max(near, 1))
        #expect(error <= 1.0 / 128, "\(near)")
      }
      value *= 2
    }
  }

  @Test func quantilesAreThoseOfTheValues() {
    var histogram = Histogram()
    for value in 1...10_000 { histogram.record(Int64(value) * 1_000) }
    for (part, expected) in [(0.5, 5_000_000.0), (0.9, 9_000_000), (0.99, 9_900_000), (0.999, 9_990_000)] {
      #expect(abs(Double(histogram.value(at: part)) - expected) / expected < 0.01)
    }
    #expect(histogram.count == 10_000)
    #expect(histogram.mean == 5_000_500)
    #expect(abs(Double(histogram.largest) - 10_000_000) < 100_000)
  }

  @Test func emptyHasOnlyZeros() {
    let histogram = Histogram()
    #expect(histogram.value(at: 0.99) == 0)
    #expect(histogram.largest == 0)
    #expect(histogram.mean == 0)
  }

  @Test func takesWhatIsOutOfRangeAtItsEdge() {
    var histogram = Histogram()
    histogram.record(-5)
    histogram.record(Int64.max)
    #expect(histogram.value(at: 0.5) == 0)
    #expect(abs(Double(histogram.largest) - Double(Histogram.limitNs)) / Double(Histogram.limitNs) < 0.01)
  }

  @Test func whatCameSinceIsTheDifferenceAndAddsUpAgain() {
    var histogram = Histogram()
    histogram.record(10)
    let earlier = histogram
    histogram.record(2_000)
    var rest = histogram.since(earlier)
    #expect(rest.count == 1)
    #expect(rest.sum == 2_000)
    #expect(rest.value(at: 0) > 1_900)
    rest.add(earlier)
    #expect(rest == histogram)
  }

  @Test func failuresAreCountedByKindUpToALimit() {
    var tally = OperationTally()
    for number in 0..<100 { tally.fail("kind \(number)") }
    let earlier = tally
    tally.fail("kind 0")
    #expect(tally.failures.count == OperationTally.failureKindsLimit + 1)
    #expect(tally.failureCount == 101)
    #expect(tally.since(earlier).failures == ["kind 0": 1])
  }
}
