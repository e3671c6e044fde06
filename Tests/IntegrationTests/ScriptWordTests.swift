import Foundation
import HubTestSupport
import Testing

/// How the scripts take a command line that they do not understand, and what they find on the machine. Nothing is begun.
@Suite struct ScriptWordTests {
  @Test(arguments: [
    ("run --no-biuld", "there is no option --no-biuld (did you mean --no-build?); there are --no-build, --help"),
    ("run now", "now was not expected; it takes --no-build, --help"),
    ("test --fitler x", "there is no option --fitler (did you mean --filter?)"),
    ("test --filter", "--filter needs a value: PATTERN"), ("test --filter=", "--filter needs a value: PATTERN"),
    ("faults --mintues 3", "there is no option --mintues (did you mean --minutes?)"),
    ("faults --password=a-hidden-word", "there is no option --password; there are --minutes"),
    ("faults --minutes soon", "--minutes soon: it needs a number as in 30 or 0.5"),
    ("faults --operations 1.5", "--operations 1.5: it needs a whole number"),
    ("faults --seed", "--seed : it needs a whole number"),
    ("faults --old", "--old needs a value: BIN, the program of an older version"),
    ("faults --old /dev/null", "--old /dev/null: it needs a program that can be run"),
    ("fuzz --hlep", "there is no option --hlep (did you mean --help?)"), ("fuzz many", "COUNT many: it needs"),
    ("fuzz 10 -1", "there is no option -1"), ("fuzz 10 x", "SEED x: it needs"), ("fuzz 1 2 3", "3 was not expected"),
    ("watch --hepl", "there is no option --hepl (did you mean --help?)"), ("watch", "TOKEN is not set"),
    ("watch 127.0.0.1 127.0.0.2", "127.0.0.2 was not expected"),
    ("watch https://127.0.0.1", "allowed are HOST, HOST:PORT and ws://HOST:PORT/ws, without TLS"),
    ("watch 127.0.0.1:70000", "allowed are HOST, HOST:PORT"), ("watch 127.0.0.1:3003/events", "allowed are HOST"),
  ])
  func aWrongCommandLineIsNamedWithWhatWouldBeRight(line: String, told: String) async throws {
    let run = try await Self.shell("scripts/\(line)")
    #expect(run.status == 2, "\(run)")
    #expect(run.output == "")
    #expect(run.errors.contains(told), "\(run)")
    let script = "scripts/\(line.prefix { $0 != " " })"
    #expect(run.errors.hasPrefix("\(script): ") && run.errors.hasSuffix("\nsee: \(script) --help\n"), "\(run)")
    #expect(!run.errors.contains("a-hidden-word"))
  }

  @Test(arguments: ["run", "test", "faults", "fuzz", "watch"])
  func helpIsGivenWhateverStandsBesideIt(script: String) async throws {
    for words in ["--help", "-h"] {
      let run = try await Self.shell("scripts/\(script) \(words)")
      #expect(run.status == 0 && run.errors == "", "\(run)")
      #expect(run.output.contains("scripts/\(script)"), "\(run)")
    }
  }

  @Test(arguments: ["127.0.0.1", "127.0.0.1:PORT", "ws://127.0.0.1:PORT/ws", "http://127.0.0.1:PORT", "[::1]:PORT"])
  func watchTakesAnAddressAsItIsWritten(address: String) async throws {
    // Nobody is there, and so it says where it has looked.
    let port = try freePort()
    let words = address.replacingOccurrences(of: "PORT", with: "\(port)")
    let run = try await Self.shell("LIVE_PORT=\(port) TOKEN=x scripts/watch '\(words)'")
    let host = address.hasPrefix("[") ? "::1" : "127.0.0.1"
    #expect(run.status == 1)
    #expect(run.errors.hasPrefix("no connection with \(host):\(port): "), "\(run)")
  }

  // MARK: Swift

  /// Looks for Swift, with a home for each user in the folder `$users`.
  private static let search = """
    set -euo pipefail
    . scripts/lib/say.sh
    . scripts/lib/prepare.sh
    getent() { echo "$2:x:1:1::$users/$2:/bin/bash"; }
    find_swift
    command -v swift
    """

  /// The same as `sudo` lets ann do it: her environment is the parent's, and not the script's.
  private static let sudo = """
    env -i SUDO_USER=ann users="$users" PATH=$tools bash -c '\(search)'
    exit $?
    """

  /// A folder with what the scripts ask on their way, and no Swift.
  private static func makeTools(in folder: URL) throws -> String {
    let tools = folder.appendingPathComponent("bin")
    try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
    for name in ["bash", "cut", "env", "head", "sed", "tr"] {
      try FileManager.default.createSymbolicLink(
        atPath: tools.appendingPathComponent(name).path, withDestinationPath: "/usr/bin/\(name)")
    }
    return tools.path
  }

  /// A folder with a program named `swift` of some version.
  ///
  /// Another process makes it: while this one has a file open for writing, a child that is just being started has too, and
  /// then the file cannot be run.
  private static func makeSwift(_ version: String, in folder: URL) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("swift")
    let made = try await shell(
      #"printf '%s\n' '#!/bin/sh' "echo 'Swift version $version'" >"$file"; /bin/chmod 755 "$file""#,
      ["version": version, "file": file.path])
    guard made.status == 0 else { throw TestServerError("no program \(file.path): \(made)") }
  }

  @Test(arguments: ["ann/.local/share/swiftly/toolchains/6.3.0/usr/bin", "ann/swift-6.3-RELEASE-debian12/usr/bin"])
  func underSudoTheCallersSwiftIsFoundInTheirHome(place: String) async throws {
    try await Self.withFolder { homes in
      try await Self.makeSwift("6.3", in: homes.appendingPathComponent(place))
      let tools = try Self.makeTools(in: homes)
      let run = try await Self.shell(Self.sudo, ["users": homes.path, "tools": tools, "PATH": tools])
      #expect(run.status == 0, "\(run)")
      #expect(run.output == "\(homes.path)/\(place)/swift\n", "\(run)")
    }
  }

  @Test func underSudoTheCallersPathIsLookedAtFirstAndWhatIsTooOldIsPassedOver() async throws {
    try await Self.withFolder { homes in
      try await Self.makeSwift("5.9", in: homes.appendingPathComponent("old"))
      try await Self.makeSwift("6.4", in: homes.appendingPathComponent("tools"))
      try await Self.makeSwift("6.3", in: homes.appendingPathComponent("ann/swift-6.3/usr/bin"))
      let tools = try Self.makeTools(in: homes)
      let path = ["old", "tools"].map { "\(homes.path)/\($0):" }.joined() + tools
      let run = try await Self.shell(Self.sudo, ["users": homes.path, "tools": tools, "PATH": path])
      #expect(run.status == 0, "\(run)")
      #expect(run.output == "\(homes.path)/tools/swift\n", "\(run)")
    }
  }

  @Test func aSwiftThatIsNotThereOrTooOldIsToldWithWhatHelps() async throws {
    try await Self.withFolder { homes in
      let nowhere = Self.search.replacingOccurrences(
        of: "find_swift", with: "swift_places() { echo /nonesuch; }; find_swift")
      let tools = try Self.makeTools(in: homes)
      let absent = try await Self.shell(nowhere, ["SUDO_USER": "ann", "users": homes.path, "PATH": tools])
      #expect(absent.status == 1 && absent.errors.contains("swift is neither on PATH"), "\(absent)")
      #expect(absent.errors.contains("sudo env PATH=\"$PATH\""))
      let withoutSudo = try await Self.shell(nowhere, ["users": homes.path, "PATH": tools])
      #expect(withoutSudo.status == 1 && !withoutSudo.errors.contains("sudo"), "\(withoutSudo)")
      try await Self.makeSwift("6.2", in: homes.appendingPathComponent("old"))
      let old = try await Self.shell(Self.search, ["users": homes.path, "PATH": "\(homes.path)/old:\(tools)"])
      #expect(old.status == 1 && old.errors.contains("swift is Swift 6.2"), "\(old)")
      #expect(old.errors.contains("the hub needs Swift 6.3 or later"))
    }
  }

  // MARK: Progress

  @Test(arguments: [UInt16(24), 50, 160])
  func progressIsNeverLongerThanTheTerminalIsWide(columns: UInt16) async throws {
    try await Self.withFolder { folder in
      // Two lines of output; the step goes on until both were shown.
      let step = """
        set -euo pipefail
        . scripts/lib/say.sh
        run_step 'a step with a title' "$folder/log" none bash -c '
          printf "%0200d\\n" 1
          until [[ -e $folder/shown ]]; do sleep 0.05; done'
        """
      let seen = try await onThread {
        let terminal = try TestTerminal(columns: columns)
        let process = try ChildProcess(
          "/bin/bash", ["-c", step],
          environment: ["PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8", "folder": folder.path],
          folder: Self.root, output: terminal.file, errors: terminal.file)
        let isShown = blockUntil { !process.isRunning || terminal.text.contains("title") }
        #expect(isShown)
        try Data().write(to: folder.appendingPathComponent("shown"))
        #expect(process.wait() == 0)
        return terminal.text
      }
      let lines = seen.replacing(#/\u{1b}\[[0-9;]*[A-Za-z]/#, with: "").split {
        $0 == "\r" || $0 == "\n" || $0 == "\r\n"
      }
      let progress = lines.filter { $0.contains("…") }
      #expect(!progress.isEmpty && progress.allSatisfy { $0.count < Int(columns) }, "\(lines)")
      #expect(lines.last?.contains("a step with a title") == true)
    }
  }

  // MARK: Parts

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-words-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  /// Runs lines in the repository's folder, with this environment and nothing else.
  private static func shell(_ lines: String, _ environment: [String: String] = [:]) async throws -> CommandLineRun {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-shell-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    let settings = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
    let status = try await onThread {
      try ChildProcess(
        "/bin/bash", ["-c", lines], environment: settings, folder: root, output: output, errors: errors
      ).wait()
    }
    return CommandLineRun(
      status: status, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
