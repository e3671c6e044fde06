import Foundation
import Glibc
import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import HubRuntime

private struct FixedClock: HubClock {
  func now() -> Timestamp { Timestamp(millis: 1_700_000_000_007) }
}

@Suite struct LogWriterTests {
  /// What a log writes to a file.
  private func written(
    _ format: LogFormat, level: LogLevel = .info, nowMs: @escaping @Sendable () -> Int64 = { 0 },
    metrics: Metrics? = nil,
    _ body: (_ log: Log, _ shown: () -> String) -> Void
  ) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)").path
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
      close(file)
      unlink(path)
    }
    let writer = LogWriter(format: format, descriptor: file, clock: FixedClock(), monotonicMs: nowMs, metrics: metrics)
    body(Log(level: level, sink: writer)) { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    writer.flush()
    writer.close()
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func writesOneObjectALine() throws {
    let text = try written(.auto) { log, _ in
      log.debug("not written")
      log.with("requestId", "r\"1\\").info(
        "order\nmade", [("count", "3"), ("level", "mine"), ("odd", "\u{1}\t\u{7f}é\r")])
      log.error("second")
    }
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0]
        == #"{"time":"2023-11-14T22:13:20.007Z","level":"info","message":"order\nmade","requestId":"r\"1\\","count":"3","level_":"mine","odd":"\u0001\t\u007fé\r"}"#
    )
    let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String]
    #expect(object?["message"] == "order\nmade")
    #expect(object?["odd"] == "\u{1}\t\u{7f}é\r")
    #expect(lines[1] == #"{"time":"2023-11-14T22:13:20.007Z","level":"error","message":"second"}"#)
  }

  @Test func writesTextThatNoValueCanBreak() throws {
    let text = try written(.text) { log, _ in log.warning("slow", [("path", "/a\n2023 ERROR forged\u{1b}[2J")]) }
    #expect(text == "2023-11-14T22:13:20.007Z WARN  slow  path=/a\\n2023 ERROR forged\\u001b[2J\n")
  }

  @Test func writesSomeOfManyThatAreAlikeAndThenHowManyItLeftOut() throws {
    let metrics = Metrics()
    let nowMs = Locked<Int64>(0)
    let text = try written(.json, nowMs: { nowMs.with { $0 } }, metrics: metrics) { log, _ in
      var asked = 0
      func fields() -> [(String, String)] {
        asked += 1
        return [("number", "\(asked)")]
      }
      for _ in 0..<500 { log.info("request", fields(), alike: "refused: 401") }
      #expect(asked == 10)
      // What is no refusal is written each time; what is not as it should be, and says the same, in the end together.
      for _ in 0..<20 { log.info("request") }
      for _ in 0..<30 { log.with("part", "cache").warning("Redis is away") }
    }
    let lines = text.split(separator: "\n")
    #expect(lines.count { $0.contains(#""number""#) } == 10)
    #expect(lines.count { $0.hasSuffix(#""message":"request"}"#) } == 20)
    #expect(lines.count { $0.hasSuffix(#""Redis is away","part":"cache"}"#) } == 10)
    // Its end is soon enough to say it.
    let said = lines.suffix(2).map { $0.dropFirst(#"{"time":"2023-11-14T22:13:20.007Z","level":"#.count) }
    #expect(
      said == [
        #""warning","message":"Redis is away","part":"cache","times":"20"}"#,
        #""info","message":"lines like others were left out","kind":"refused: 401","count":"490"}"#,
      ])
    #expect(metrics.render().contains(#"orderhub_log_lines_left_out_total{why="alike"} 490"#))
  }

  @Test func saysHowManyItLeftOutOnceTheMinuteIsOver() throws {
    let nowMs = Locked<Int64>(0)
    let text = try written(.json, nowMs: { nowMs.with { $0 } }) { log, shown in
      for _ in 0..<11 { log.info("refused", alike: "refused") }
      nowMs.with { $0 = 60_000 }
      #expect(blockUntil { shown().contains("left out") })
      log.info("refused", alike: "refused")
    }
    let counts = text.split(separator: "\n").map { $0.contains("left out") }
    #expect(counts == Array(repeating: false, count: 10) + [true, false])
  }

  @Test func namesTheRequestsOfFailuresThatSayTheSameWithinASecond() throws {
    let nowMs = Locked<Int64>(0)
    let text = try written(.json, nowMs: { nowMs.with { $0 } }) { log, shown in
      for number in 0..<14 {
        log.with(Log.requestIDField, "r\(number)").error("a request failed", [("cause", "broken")])
      }
      // What stands in the fields is as good as what the log carries.
      log.error("a request failed", [(Log.requestIDField, "r14"), ("cause", "broken")])
      nowMs.with { $0 = LogSampler.idsWaitMs }
      #expect(blockUntil { shown().contains("r14") })
    }
    let lines = text.split(separator: "\n")
    #expect(lines.count == 11)
    #expect(lines[9].hasSuffix(#""requestId":"r9","cause":"broken"}"#))
    #expect(lines[10].hasSuffix(#""cause":"broken","times":"5","requestIds":"r10 r11 r12 r13 r14"}"#))
  }

  @Test func aThousandFailuresASecondAreTwentyKilobytesOfLog() throws {
    let nowMs = Locked<Int64>(0)
    let text = try written(.json, nowMs: { nowMs.with { $0 } }) { log, _ in
      for number in 0..<1_010 {
        let id = String(format: "%016d", number)
        log.with(Log.requestIDField, id).warning(
          "the store does not answer", [("cause", "the document store is away")])
      }
    }
    let lines = text.split(separator: "\n")
    #expect(lines.dropFirst(10).reduce(0) { $0 + $1.utf8.count } < 21_000)
    for number in [10, 500, 1_009] { #expect(text.contains(String(format: "%016d", number))) }
  }

  @Test func whoAsksForAllGetsAll() throws {
    let text = try written(.json, level: .debug) { log, _ in
      for _ in 0..<50 { log.info("request", alike: "refused: 401") }
      for _ in 0..<50 { log.error("broken") }
    }
    #expect(text.split(separator: "\n").count == 100)
  }

  @Test func aLineIsBoundedAndCutBetweenCharacters() throws {
    let text = try written(.json) { log, _ in
      log.info(
        "request",
        [("path", String(repeating: "é", count: 5_000)), ("odd", "a" + String(repeating: "é", count: 1_024))])
    }
    #expect(text.utf8.count < 4_400)
    #expect(text.contains(String(repeating: "é", count: 1_024) + "… (7952 bytes more)\""))
    #expect(text.contains("\"odd\":\"a" + String(repeating: "é", count: 1_023) + "… (2 bytes more)\""))
  }

  @Test func dropsWhatDoesNotFitAndSaysHowMany() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let writer = LogWriter(format: .json, descriptor: ends[1], limit: 10)
    let log = Log(level: .info, sink: writer)
    // Nobody reads: the pipe fills, then the queue. The one who logs is not kept waiting, or it would wait for ever.
    let large = String(repeating: "x", count: 10_000)
    for _ in 0..<200 { log.info(large) }
    for _ in 0..<1_000 { log.info("more") }
    let reading = Thread.start(name: "reader") { [end = ends[0]] in
      var bytes = [UInt8](repeating: 0, count: 65_536)
      var text: [UInt8] = []
      while true {
        let count = read(end, &bytes, bytes.count)
        if count <= 0 { break }
        text += bytes[..<count]
      }
      let all = String(decoding: text, as: UTF8.self)
      #expect(all.contains("lines of the log were dropped"))
      #expect(all.split(separator: "\n").count < 1_200)
    }
    writer.flush()
    writer.close()
    close(ends[1])
    reading.join()
    close(ends[0])
  }
}
