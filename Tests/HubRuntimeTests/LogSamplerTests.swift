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

  private func failure(_ cause: String, id: String? = nil, level: LogLevel = .error) -> LogLine {
    LogLine(
      level: level, message: "a request failed",
      fields: (id.map { [(Log.requestIDField, $0)] } ?? []) + [("cause", cause)])
  }

  private func ids(of line: LogLine) -> [Substring] {
    line.fields.filter { ["requestId", "requestIds"].contains($0.0) }.flatMap { $0.1.split(separator: " ") }
  }

  @Test func ofFailuresThatSayTheSameEveryRequestIsNamedBesideTheCause() {
    var sampler = LogSampler()
    var lines: [LogLine] = []
    for number in 0..<1_000 {
      let nowMs = Int64(number)
      lines += sampler.ended(nowMs: nowMs)
      if let line = sampler.written(failure: failure("no primary", id: "request-\(number)"), nowMs: nowMs) {
        lines.append(line)
      }
    }
    #expect(
      lines.prefix(LogSampler.linesLimit).map { $0.fields.map(\.0) }
        == Array(repeating: ["requestId", "cause"], count: 10))
    // The rest is due a second after the first that waits, and not only when its minute is over.
    #expect(sampler.nextMs.map { $0 <= 999 + LogSampler.idsWaitMs } == true)
    lines += sampler.ended(nowMs: 999 + LogSampler.idsWaitMs)
    #expect(lines.flatMap(ids) == (0..<1_000).map { "request-\($0)" })
    for line in lines {
      #expect(line.message == "a request failed" && line.level == .error)
      #expect(line.fields.contains { $0 == ("cause", "no primary") })
      #expect(line.fields.allSatisfy { $0.1.utf8.count < LogRenderer.textLimitBytes }, "none is cut")
    }
    let times = lines.dropFirst(10).compactMap { line in line.fields.first { $0.0 == "times" }.flatMap { Int($0.1) } }
    #expect(times.reduce(0, +) == 990)
    // So many failures in a few lines: the disk is not filled.
    #expect(lines.count < 10 + 1_000 / 50)
    #expect(said(sampler.ended(nowMs: .max)) == [])
  }

  @Test func failuresThatDifferInAWordAreToldApartWhileTheyAreFewAndNoneIsLeftOut() {
    var sampler = LogSampler()
    var lines: [LogLine] = []
    for number in 0..<10_000 {
      let line = sampler.written(failure: failure("cause \(number)", id: "r\(number)"), nowMs: 0)
      if number < LogSampler.kindsLimit { #expect(line.map(ids) == ["r\(number)"]) }
      if let line { lines.append(line) }
    }
    lines += sampler.ended(nowMs: .max)
    #expect(lines.flatMap(ids) == (0..<10_000).map { "r\($0)" })
    // Thousands that name a batch or an order each do not fill the disk while a server is away.
    #expect(lines.count < LogSampler.kindsLimit + LogSampler.linesLimit + 10_000 / 50)
    // A long one is written by itself, however long their beginnings are alike.
    let long = String(repeating: "x", count: 10_000)
    for number in 0..<100 { #expect(sampler.written(failure: failure(long + "\(number)"), nowMs: 0) != nil) }
    #expect(said(sampler.ended(nowMs: .max)) == [])
    // Nor do names and values run into each other, nor levels.
    var other = LogSampler()
    for _ in 0..<10 { #expect(other.written(failure: failure("a"), nowMs: 0) != nil) }
    #expect(other.written(failure: failure("a"), nowMs: 0) == nil)
    #expect(other.written(failure: failure("a", level: .warning), nowMs: 0) != nil)
    let line = LogLine(level: .error, message: "a request failed", fields: [("causea", "")])
    #expect(other.written(failure: line, nowMs: 0) != nil)
  }

  @Test func failuresOfNoRequestAreCountedForTheirMinute() {
    var sampler = LogSampler()
    for _ in 0..<25 { _ = sampler.written(failure: failure("away", level: .warning), nowMs: 7) }
    #expect(sampler.nextMs == 60_007)
    let lines = sampler.ended(nowMs: 60_007)
    #expect(said(lines) == ["away × 15"])
    #expect(lines[0].level == .warning)
    #expect(sampler.nextMs == nil)
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
