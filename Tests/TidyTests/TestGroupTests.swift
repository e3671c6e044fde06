import Foundation
import HubTestSupport
import Testing

/// How the test command runs its groups, with a program in the place of the tests that passes, fails, dies or hangs as its
/// filter says.
@Suite struct TestGroupTests {
  private static let program = #"""
    #!/usr/bin/env bash
    while (($#)); do
      case $1 in
        --event-stream-output-path) events=$2 ;;
        --filter) filter=$2 ;;
      esac
      shift
    done
    event() { printf '{"kind":"event","version":0,"payload":%s}\n' "$1" >>"$events"; }
    begun() { event '{"kind":"testCaseStarted","testID":"T.S/'"$1"'()/S.swift:1:2"}'; }
    ended() {
      event '{"kind":"testCaseEnded","testID":"T.S/'"$1"'()/S.swift:1:2"}'
      event '{"kind":"testEnded","testID":"T.S/'"$1"'()/S.swift:1:2"}'
    }
    failed() {
      printf '{"kind":"event","payload":{"kind":"issueRecorded","testID":"T.S/%s()/S.swift:1:2","issue":{"isKnown":%s,' \
        "$1" "$2" >>"$events"
      printf '"sourceLocation":{"fileID":"T/S.swift","line":7}},"messages":[{"text":"%s\\nmore of it"}]}}\n' "$3" >>"$events"
    }
    for line in 5 20 40; do
      printf '{"kind":"test","payload":{"kind":"function","id":"T.S/at%d()/S.swift:%d:4",' $line $line >>"$events"
      printf '"sourceLocation":{"fileID":"T/S.swift","line":%d}}}\n' $line >>"$events"
    done
    begun first
    ended first
    case $filter in
      good*) failed known true 'is known' ;;
      bad)
        begun second
        failed second false 'one is not two'
        failed second false 'two is not three'
        # On a thread.
        printf '{"kind":"event","payload":{"kind":"issueRecorded","issue":{"sourceLocation":{"fileID":"T/S.swift",' >>"$events"
        printf '"line":39}},"messages":[{"text":"three is not four"}]}}\n' >>"$events"
        ended second
        exit 1
        ;;
      dead)
        begun third
        printf '{"kind":"ev' >>"$events"
        kill -SEGV $$
        ;;
      stuck)
        begun fourth
        # As if its time were over.
        kill -ALRM "$PPID"
        sleep 1000
        ;;
      none) exit 69 ;;
    esac
    """#

  /// What the groups of these filters come to, so many at once.
  private func run(_ filters: [String], atOnce: Int) async throws -> (status: Int32, output: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-groups-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Copied by the script: a file that this process has just written may be open yet in a child that another test made
    // meanwhile, and cannot be run then.
    try Self.program.write(to: folder.appendingPathComponent("text"), atomically: true, encoding: .utf8)
    let script = """
      set -euo pipefail
      cp text program
      chmod 700 program
      scripts=\(try Repository().root.path)/scripts temporary=$PWD program=$PWD/program group_limit_s=900 tests_at_once=2
      for part in say children groups; do source "$scripts/lib/$part.sh"; done
      for name in \(filters.joined(separator: " ")); do add_group "$name" --filter "$name"; done
      run_groups \(atOnce) && exit 0
      summarise
      exit 1
      """
    let output = folder.appendingPathComponent("output")
    let status = try await onThread {
      try ChildProcess(
        "/bin/bash", ["-c", script], environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""],
        folder: folder, output: output, errors: output
      ).wait()
    }
    return (status, try String(contentsOf: output, encoding: .utf8))
  }

  @Test func groupsThatPassSayHowManyTestsTheyHad() async throws {
    let (status, output) = try await run(["good", "goods"], atOnce: 2)
    #expect(status == 0, "\(output)")
    for name in ["good", "goods"] { #expect(output.contains("✓ \(name): 1 tests"), "\(output)") }
    #expect(!output.contains("What failed"), "\(output)")
  }

  @Test(arguments: [1, 3]) func noGroupHidesTheOthersAndTheEndNamesWhatFailed(atOnce: Int) async throws {
    let (status, output) = try await run(["stuck", "bad", "dead", "none", "good"], atOnce: atOnce)
    #expect(status == 1, "\(output)")
    let parts = output.components(separatedBy: "What failed\n")
    try #require(parts.count == 2, "\(output)")
    for name in [
      "stuck: ended after its limit of 900 s", "bad: failed in 2 tests", "dead: died of signal 11", "none: no test ran",
    ] {
      #expect(parts[0].contains("✗ \(name)"), "\(output)")
      #expect(parts[1].contains("✗ \(name)"), "\(output)")
    }
    #expect(parts[0].contains("✓ good: 1 tests"), "\(output)")
    #expect(!parts[1].contains("good"), "\(output)")
    // The test, where, and the first thing that was wrong.
    #expect(parts[1].contains("  T.S/second()\n    T/S.swift:7: one is not two\n"), "\(output)")
    #expect(!parts[1].contains("two is not three"), "\(output)")
    #expect(parts[1].contains("  T.S/at20()\n    T/S.swift:39: three is not four\n"), "\(output)")
    for (name, test) in [("dead", "third"), ("stuck", "fourth")] {
      #expect(parts[1].contains("had begun and not ended: T.S/\(test)()"), "\(name): \(output)")
    }
    #expect(!parts[1].contains("first"), "\(output)")
  }
}
