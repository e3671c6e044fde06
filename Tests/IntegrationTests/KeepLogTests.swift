import Foundation
import HubTestSupport
import Testing

/// The keeper that stands between a process of `scripts/run` and its log.
@Suite struct KeepLogTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("scripts/lib/keep-log.py").path

  /// Runs lines of a shell in a folder of its own, with the keeper's path in KEEPER; what is in its files then.
  private static func files(_ lines: String) async throws -> (texts: [String: String], modes: Set<Int>) {
    try await onThread {
      let manager = FileManager.default
      let folder = manager.temporaryDirectory.appendingPathComponent("orderhub-log-\(UUID().uuidString)")
      try manager.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? manager.removeItem(at: folder) }
      let said = folder.appendingPathComponent("said")
      let process = try ChildProcess(
        "/bin/bash", ["-c", "umask 022; " + lines], environment: ["KEEPER": script, "PATH": "/usr/bin:/bin"],
        folder: folder, output: said, errors: said)
      let status = process.wait()
      let words = try String(contentsOf: said, encoding: .utf8)
      #expect(status == 0, "\(words)")
      var texts: [String: String] = [:]
      var modes: Set<Int> = []
      for name in try manager.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("x.log") {
        let file = folder.appendingPathComponent(name)
        texts[name] = try String(contentsOf: file, encoding: .utf8)
        modes.insert((try manager.attributesOfItem(atPath: file.path)[.posixPermissions] as? NSNumber)?.intValue ?? 0)
      }
      return (texts, modes)
    }
  }

  @Test func keepsTheLastLinesWholeInFilesOfBoundedSizeThatOnlyTheirOwnerReads() async throws {
    let (texts, modes) = try await Self.files("seq 1 400000 | python3 -I \"$KEEPER\" x.log 100000 3")
    #expect(texts.keys.sorted() == ["x.log", "x.log.1", "x.log.2", "x.log.3"])
    #expect(modes == [0o600])
    // A part that is read at once may be above the limit, and no more.
    #expect(texts.values.allSatisfy { $0.utf8.count <= 100_000 + 65_536 + 8 })
    let lines = ["x.log.3", "x.log.2", "x.log.1", "x.log"].flatMap { texts[$0, default: ""].split(separator: "\n") }
    let first = try #require(lines.first.flatMap { Int($0) })
    #expect(lines.map(String.init) == (first...400_000).map(String.init))
    #expect(texts.values.allSatisfy { $0.isEmpty || $0.hasSuffix("\n") })
  }

  @Test func losesNothingWhenTheScriptThatStartedItIsInterruptedOrKilled() async throws {
    let (texts, _) = try await Self.files(
      """
      exec {log}> >(exec python3 -I "$KEEPER" x.log 1000000 3); keeper=$!
      echo first >&"$log"
      until [[ -s x.log ]]; do sleep 0.01; done
      kill -INT $keeper; kill -TERM $keeper; kill -HUP $keeper
      echo second >&"$log"
      printf 'no end of line' >&"$log"
      exec {log}>&-
      while kill -0 $keeper 2>/dev/null; do sleep 0.01; done
      """)
    #expect(texts == ["x.log": "first\nsecond\nno end of line"])
  }

  @Test func aNewStartKeepsTheLogOfTheLastOne() async throws {
    let (texts, modes) = try await Self.files(
      """
      echo old >x.log
      for word in one two three four; do echo $word | python3 -I "$KEEPER" x.log 1000000 2; done
      """)
    #expect(texts == ["x.log": "four\n", "x.log.1": "three\n", "x.log.2": "two\n"])
    #expect(modes == [0o600])
  }

  @Test func aLineWithoutEndDoesNotGrowAFileWithoutEnd() async throws {
    let (texts, _) = try await Self.files("head -c 1000000 /dev/zero | python3 -I \"$KEEPER\" x.log 100000 3")
    #expect(texts.count == 4)
    #expect(texts.values.allSatisfy { $0.utf8.count <= 100_000 + 3 * 65_536 })
  }

  @Test func whoIsLoggedGoesOnWhereNothingCanBeWrittenAndTheLogSaysWhatIsMissing() async throws {
    // The shell ends with 141 if the keeper no longer reads.
    let (texts, modes) = try await Self.files(
      """
      exec {log}> >(exec python3 -I "$KEEPER" none/x.log 1000000 3 2>told); keeper=$!
      until [[ -s told ]]; do echo lost >&"$log"; sleep 0.01; done
      echo lost >&"$log"
      mkdir none
      until [[ -s none/x.log ]]; do echo kept >&"$log"; sleep 0.01; done
      echo last >&"$log"
      exec {log}>&-
      while kill -0 $keeper 2>/dev/null; do sleep 0.01; done
      grep -q 'cannot be' told
      mv none/x.log x.log
      """)
    let lines = texts["x.log", default: ""].split(separator: "\n")
    #expect(lines.first?.contains("bytes of this log could not be written and are missing here") == true, "\(texts)")
    #expect(lines.dropFirst().allSatisfy { ["lost", "kept", "last"].contains($0) })
    #expect(lines.last == "last")
    #expect(modes == [0o600])
  }

  @Test func goesOnWhenTheNextFileCannotBeBegunAndThenBeginsIt() async throws {
    let (texts, _) = try await Self.files(
      """
      mkdir -p x.log.1/full
      exec {log}> >(exec python3 -I "$KEEPER" x.log 1000 1 2>told); keeper=$!
      until [[ -s told ]]; do echo before >&"$log"; sleep 0.001; done
      for ((n = 0; n < 1000; n++)); do echo lost >&"$log"; done
      rm -r x.log.1
      until grep -qs missing x.log; do echo after >&"$log"; sleep 0.01; done
      exec {log}>&-
      while kill -0 $keeper 2>/dev/null; do sleep 0.01; done
      """)
    #expect(texts.keys.sorted() == ["x.log", "x.log.1"])
    #expect(texts["x.log.1"]?.split(separator: "\n").allSatisfy { $0 == "before" } == true)
    #expect(texts["x.log"]?.hasPrefix("keep-log: ") == true, "\(texts)")
  }

  @Test func aFileThatMayNotGrowTakesNobodyAlong() async throws {
    let (texts, _) = try await Self.files(
      """
      exec {log}> >(ulimit -f 8; exec python3 -I "$KEEPER" x.log 1000000 3 2>told); keeper=$!
      for ((n = 0; n < 5000; n++)); do echo "line $n" >&"$log"; done
      exec {log}>&-
      while kill -0 $keeper 2>/dev/null; do sleep 0.01; done
      [[ $(wc -l <told) == 1 ]]
      """)
    #expect(texts["x.log"]?.utf8.count == 8 * 1_024)
  }
}
