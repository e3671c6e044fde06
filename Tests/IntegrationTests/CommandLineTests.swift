import Foundation
import HubTestSupport
import Testing

@Suite struct CommandLineTests {
  static let commands = [
    "api", "live", "worker", "token", "user", "tenant", "secrets", "migrate", "audit", "doctor", "version",
  ]

  @Test(arguments: commands)
  func helpIsGivenAndAWrongOptionIsRefusedWithTheRightOnes(command: String) async throws {
    let help = try await CommandLineRun.orderhub([command, "--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("usage: orderhub \(command)"))
    #expect(help.errors == "")
    let wrong = try await CommandLineRun.orderhub([command, "--nonesuch"])
    #expect(wrong.status == 2)
    #expect(wrong.output == "")
    #expect(wrong.errors.contains("--nonesuch"))
    for line in help.output.split(separator: "\n") where line.hasPrefix("  --") && !line.contains("--help") {
      let option = String(line.dropFirst(2).prefix { $0 != " " })
      #expect(wrong.errors.contains(option), "\(option): \(wrong)")
    }
  }

  @Test func withoutACommandOrWithAnUnknownOneItNamesThemAll() async throws {
    for words in [[], ["nonesuch"]] {
      let run = try await CommandLineRun.orderhub(words)
      #expect(run.status == 2)
      for command in Self.commands { #expect(run.errors.contains(command)) }
    }
    #expect(try await CommandLineRun.orderhub(["--help"]).status == 0)
    let version = try await CommandLineRun.orderhub(["version"])
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("orderhub "))
    let option = try await CommandLineRun.orderhub(["--version"])
    #expect(option.status == 0 && option.output == version.output, "\(option)")
  }

  @Test(arguments: [
    (["lvie"], "no command lvie (did you mean live?)"), (["--verison"], "(did you mean --version?)"),
    (["user", "ad", "--tenant", "t"], "ad was not expected (did you mean add?)"),
    (["token", "--tenat", "t"], "no option --tenat (did you mean --tenant?)"),
    (["token", "-tenant", "t"], "no option -tenant (did you mean --tenant?)"),
    (["token", "--secret=a-hidden-word"], "no option --secret; there are --role"),
    (["nonesuch"], "no command nonesuch; there are api"),
  ])
  func whatIsMistypedIsNamedWithWhatIsMostLikeIt(words: [String], told: String) async throws {
    let run = try await CommandLineRun.orderhub(words)
    #expect(run.status == 2, "\(run)")
    #expect(run.output == "")
    #expect(run.errors.contains(told), "\(run)")
    #expect(!run.errors.contains("a-hidden-word"))
  }

  @Test func theProgramForTheProtocolsSuitesKnowsItsVersionAndItsOptions() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("live-echo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = URL(fileURLWithPath: try Hub.binary()).deletingLastPathComponent().appendingPathComponent("live-echo")
    for (word, status, told) in [
      ("--version", Int32(0), "live-echo "), ("--hlep", 2, "no option --hlep (did you mean --help?)"),
    ] {
      let output = folder.appendingPathComponent("out")
      let ended = try await onThread {
        try ChildProcess(program.path, [word], environment: [:], folder: folder, output: output, errors: output).wait()
      }
      #expect(ended == status)
      #expect(try String(contentsOf: output, encoding: .utf8).contains(told))
    }
  }

  @Test func aTokenIsPrintedAloneAndIsGood() async throws {
    let hub = try await Hub.shared()
    var ada = try hub.caller()
    let run = try await CommandLineRun.orderhub(
      ["token", "--role", "employee", "--tenant", ada.tenant, "--user", "grace", "--ttl", "1h"],
      environment: ["JWT_SECRET": Hub.secret])
    #expect(run.status == 0)
    #expect(run.errors == "")
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines.last == "")
    #expect(lines[0].split(separator: ".").count == 3)
    ada.token = String(lines[0])
    #expect(try await ada.place([("p1", "1")])["createdBy"] == "grace")
  }

  @Test(arguments: [
    ["--role", "root", "--tenant", "t", "--user", "u"], ["--tenant", "t", "--user", "u"],
    ["--role", "admin", "--tenant", "a b", "--user", "u"], ["--role", "admin", "--tenant", "t"],
    ["--role", "admin", "--tenant", "t", "--user", "u", "--ttl", "soon"],
    ["--role", "admin", "--tenant", "t", "--user", "u", "more"], ["--role"],
    ["--role", "admin", "--tenant", "t", "--user", "u", "--role=viewer"],
  ])
  func aTokenForNobodyIsNotMade(words: [String]) async throws {
    let run = try await CommandLineRun.orderhub(["token"] + words, environment: ["JWT_SECRET": Hub.secret])
    #expect(run.status == 2, "\(run)")
    #expect(run.output == "")
  }

  @Test(arguments: ["api", "live", "worker"])
  func allProblemsOfTheSettingsAreReportedAtOnce(command: String) async throws {
    let secret = "0123456789abcdef0123456789abcde"
    let run = try await CommandLineRun.orderhub(
      [command],
      environment: [
        "JWT_SECRET": secret, "PORT": "99999", "REDIS_URL": "http://x", "MONGODB_URI": "mysql://ann:hidden-word@x",
        "LOG_LEVEL": "loud", "TIME_ZONE": "Mars/Base", "CURRENCY": "euro", "JWT_EXPIRES_IN": "soon",
        "RATE_LIMIT_USER_PER_MINUTE": "-1", "CORS_ORIGINS": "nonsense",
      ])
    #expect(run.status == 1, "\(run)")
    for name in [
      "JWT_SECRET", "PORT", "REDIS_URL", "MONGODB_URI", "LOG_LEVEL", "TIME_ZONE", "CURRENCY", "JWT_EXPIRES_IN",
      "RATE_LIMIT_USER_PER_MINUTE", "CORS_ORIGINS",
    ] {
      #expect(run.errors.contains(name), "\(name): \(run)")
    }
    #expect(run.errors.contains("31 bytes"))
    #expect(!run.errors.contains(secret) && !run.errors.contains("hidden-word"))
  }

  @Test func withoutASecretNothingThatChecksTokensStarts() async throws {
    for words in [["api"], ["live"], ["token", "--role", "admin", "--tenant", "t", "--user", "u"]] {
      let run = try await CommandLineRun.orderhub(words)
      #expect(run.status == 1, "\(run)")
      #expect(run.errors.contains("JWT_SECRET"))
    }
  }

  @Test(arguments: [("api", "PORT"), ("live", "LIVE_PORT"), ("worker", "WORKER_PORT")])
  func aTakenPortIsToldBeforeTheDatabaseIsTouched(command: String, setting: String) async throws {
    let hub = try await Hub.shared()
    let uri = try Hub.newDatabase()
    var settings = Hub.settings(mongoURI: uri, redisPort: hub.redisPort)
    settings[setting] = "\(hub.apis[0].port)"
    let run = try await CommandLineRun.orderhub([command], environment: settings)
    #expect(run.status == 1, "\(run)")
    #expect(run.errors.contains("\(setting)=\(hub.apis[0].port) cannot be used"), "\(run)")
    #expect(run.errors.contains("Address already in use"))
    let migration = try await CommandLineRun.orderhub(["migrate"], environment: ["MONGODB_URI": uri])
    #expect(migration.output.contains("made "), "\(migration)")
  }

  @Test func aMisspeltSettingIsToldByAToolToo() async throws {
    let run = try await CommandLineRun.orderhub(
      ["token", "--role", "admin", "--tenant", "t", "--user", "u"],
      dotEnv: "JWT_SECRET=\(Hub.secret)\nPROT=3002\n")
    #expect(run.status == 0, "\(run)")
    #expect(run.output.split(separator: "\n").count == 1)
    #expect(run.errors.contains("PROT, which is no setting; did you mean PORT?"))
  }

  @Test(arguments: [["add", "--tenant", "t"], ["passwd", "--tenant", "t"], ["list"]])
  func aUserCommandIsUnderstoodBeforeAnythingIsBegun(words: [String]) async throws {
    let run = try await CommandLineRun.orderhub(["user"] + words, environment: ["MONGODB_URI": "nonsense"])
    #expect(run.status == 2, "\(run)")
  }

  @Test(arguments: [".", ".."]) func aUserThatNoAddressCanNameIsRefused(name: String) async throws {
    let run = try await CommandLineRun.orderhub(
      ["user", "add", "--tenant", "t", "--user", name, "--role", "admin"], environment: [:], input: "a long password\n")
    #expect(run.status == 2, "\(run)")
    #expect(run.errors.contains("--user \(name) is not 1 to 128 printable ASCII characters"), "\(run)")
  }

  @Test func theDriverSaysNothingPastTheLog() async throws {
    // Its counters go to a file named after the process; one that is there already makes it speak.
    let script = "touch /dev/shm/mongoc-$$; exec \"$0\" version"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-driver-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let errors = try await onThread {
      let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
      try Data().write(to: files[0])
      let process = try ChildProcess(
        "/bin/sh", ["-c", script, try Hub.binary()], environment: [:], folder: folder, input: files[0],
        output: files[1], errors: files[2])
      #expect(process.wait() == 0)
      try? FileManager.default.removeItem(atPath: "/dev/shm/mongoc-\(process.processID)")
      return try String(contentsOf: files[2], encoding: .utf8)
    }
    #expect(errors == "")
  }

  @Test func migratingASecondTimeChangesNothing() async throws {
    let uri = try Hub.newDatabase()
    let first = try await CommandLineRun.orderhub(["migrate"], environment: ["MONGODB_URI": uri])
    let second = try await CommandLineRun.orderhub(["migrate"], environment: ["MONGODB_URI": uri])
    #expect(first.status == 0 && first.output.contains("made "), "\(first)")
    #expect(second.status == 0, "\(second)")
    #expect(second.output == "everything was there already\n")
    let audit = try await CommandLineRun.orderhub(["audit"], environment: ["MONGODB_URI": uri])
    #expect(audit.status == 0, "\(audit)")
  }
}
