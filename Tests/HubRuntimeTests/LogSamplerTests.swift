import Testing

@testable import HubRuntime

@Suite struct LogSamplerTests {
  /// What a summary says: its kind and its count.
  private func said(_ lines: [LogLine]) -> [String] {
    lines.map { line in line.fields.map(\.1).joined(separator: " × ") }
  }

  @Test func takesTheFirstOfAMinuteAndSaysHowManyWereLeftOut() {
    var sampler = LogSampler()
    let taken = (0..<1_000).map { sampler.takes(another: "refused: 401", .info, nowMs: Int64($0)) }
    #expect(taken == (0..<1_000).map { $0 < LogSampler.linesLimit })
    // Another kind has lines of its own.
    let isOther = sampler.takes(another: "refused: 404", .info, nowMs: 5)
    #expect(isOther)
    #expect(said(sampler.ended(nowMs: 59_999)) == [])
    #expect(sampler.nextMs == 60_000)
    let lines = sampler.ended(nowMs: 60_000)
    #expect(said(lines) == ["refused: 401 × 990"])
    #expect(lines[0].level == .info && lines[0].message == "lines like others were left out")
    #expect(sampler.nextMs == 60_005)
    // The next minute begins with its first line.
    let isFirst = sampler.takes(another: "refused: 401", .warning, nowMs: 90_000)
    #expect(isFirst)
    #expect(said(sampler.ended(nowMs: 149_999)) == [])
    #expect(sampler.nextMs == 150_000)
    #expect(said(sampler.ended(nowMs: .max)) == [])
    #expect(sampler.nextMs == nil)
  }

  @Test func aSummaryMattersAsMuchAsTheWorstThatItLeftOut() {
    var sampler = LogSampler()
    for level in [LogLevel.info, .error, .warning] {
      for _ in 0...LogSampler.linesLimit { _ = sampler.takes(another: "a", level, nowMs: 0) }
    }
    #expect(sampler.ended(nowMs: .max).map(\.level) == [.error])
  }

  @Test func itsMemoryIsBoundedHoweverManyKindsThereAre() {
    var sampler = LogSampler()
    var taken = 0
    for number in 0..<10_000 where sampler.takes(another: "kind \(number)", .warning, nowMs: 0) { taken += 1 }
    #expect(taken == LogSampler.kindsLimit + LogSampler.linesLimit)
    #expect(said(sampler.ended(nowMs: .max)) == ["other lines × \(10_000 - taken)"])
    // Of a long name no more than its beginning is kept.
    let long = String(repeating: "x", count: 100_000)
    for end in 0..<100 { _ = sampler.takes(another: long + "\(end)", .warning, nowMs: 0) }
    #expect(said(sampler.ended(nowMs: .max)) == ["\(long.prefix(LogSampler.nameLimitBytes)) × 90"])
  }
}
