import Foundation
import Glibc
import HubContracts
import HubRuntime
import Orders
import Testing

private struct FixedClock: HubClock {
  func now() -> Timestamp { Timestamp(millis: 1_700_000_000_007) }
}

@Suite struct LogWriterTests {
  /// What a log writes to a file.
  private func written(_ format: LogFormat, _ body: (Log) -> Void) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)").path
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
      close(file)
      unlink(path)
    }
    let writer = LogWriter(format: format, descriptor: file, clock: FixedClock())
    body(Log(level: .info, sink: writer))
    writer.flush()
    writer.close()
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func writesOneObjectALine() throws {
    let text = try written(.auto) { log in
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
    let text = try written(.text) { $0.warning("slow", [("path", "/a\n2023 ERROR forged\u{1b}[2J")]) }
    #expect(text == "2023-11-14T22:13:20.007Z WARN  slow  path=/a\\n2023 ERROR forged\\u001b[2J\n")
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
