import Foundation
import Glibc
import HubTestSupport
import Testing

/// `scripts/run` itself, in a folder of its own, beside whatever has the usual ports. One after the other: two that look
/// for free ports in the same moment would find the same.
@Suite(.serialized) struct ScriptRunTests {
  @Test func commandsReachTheHubThatWasStartedAndNobodyElseReachesItsServers() async throws {
    let place = try await RunPlace()
    defer { place.end() }
    // Whoever had the ports first: its database is none of ours.
    let usual = [3_002, 3_003, 3_004, 6_379, 27_017]
    let strangers = try await onThread { usual.map { try? TestServers.redis(port: $0) } }
    defer { for stranger in strangers { stranger?.stop() } }
    try await place.start()
    let running = try place.running()
    let settings = try #require(running)
    let uri = try #require(settings["MONGODB_URI"])
    let redis = try #require(settings["REDIS_URL"])
    for port in usual { #expect(!uri.contains(":\(port)/") && !redis.hasSuffix(":\(port)")) }

    // Printed commands, as they stand, from another folder.
    let printed = try place.output()
    let tools = printed.split(separator: "\n").filter {
      $0.hasPrefix("cd ") || $0.hasSuffix(" audit") || $0.contains(" user add ")
    }
    #expect(tools.count == 3, "\(printed)")
    let pasted = try await place.shell(tools.joined(separator: "\n"), input: "a long password\n")
    #expect(pasted.status == 0, "\(pasted)")
    #expect(pasted.output.contains("added employee maya of demo"))
    #expect(pasted.errors.contains("(from .data/running.env)"))
    let word = try #require(uri.split(separator: ":").dropFirst(2).first?.split(separator: "@").first)
    #expect(!(printed + pasted.errors).contains(word))
    let users = try await CommandLineRun.orderhub(
      ["user", "list", "--tenant", "demo"], environment: ["MONGODB_URI": uri])
    #expect(users.output == "maya  employee\n")

    // Nobody without the password, and its user does not do what the hub does not.
    let redisPort = try #require(redis.split(separator: ":").last.flatMap { Int($0) })
    #expect(throws: RawClient.Failure.self) { try RedisAsker.ask(redisPort, "PUBLISH", "orderhub:events:demo", "{}") }
    let bare =
      "mongodb://127.0.0.1"
      + (uri.split(separator: "@127.0.0.1").last ?? "").replacingOccurrences(of: "&authSource=admin", with: "")
    let open = try await CommandLineRun.orderhub(
      ["user", "list", "--tenant", "demo"], environment: ["MONGODB_URI": bare])
    #expect(open.status == 1)
    #expect(open.errors.contains("names no user"))

    // What only its owner may read.
    for (path, mode) in [(".env", 0o600), (".data", 0o700), (".data/running.env", 0o600), (".data/log", 0o700)] {
      #expect(try place.mode(path) == mode, "\(path)")
    }
    for file in try place.files(".data/log") { #expect(try place.mode(".data/log/\(file)") == 0o600, "\(file)") }

    try await place.stop()
    #expect(try place.running() == nil)
    // No line is lost at the end.
    #expect(try place.text(".data/log/api.log").contains("\"message\":\"stopped\""))
  }

  @Test func theFileOfAKilledScriptIsNotBelievedAndTheNextStartGoesOn() async throws {
    let place = try await RunPlace()
    defer { place.end() }
    try await place.start()
    let token = "\"$ORDERHUB_BIN\" token --role admin --tenant t --user u"
    let during = try await place.shell(token)
    #expect(during.status == 0 && !during.errors.contains("has ended"), "\(during)")
    place.kill()
    #expect(try place.running() != nil, "it could not remove it")
    // What it had started ends by itself, and holds the lock until then.
    try await eventually("nothing of it runs any more") {
      try await place.shell(token).errors.contains(".data/running.env is of a hub that has ended")
    }
    // Where nobody is; on the port that is the default somebody else's hub may be.
    let port = try freePort()
    let elsewhere = try await place.shell("TOKEN=none LIVE_PORT=\(port) scripts/watch")
    #expect(
      elsewhere.status == 1 && elsewhere.errors.contains("no connection with 127.0.0.1:\(port)"), "\(elsewhere)")
    try await place.start()
    let again = try await place.shell(token)
    #expect(!again.errors.contains("has ended"), "\(again)")
    try await place.stop()
  }

  @Test func goesOnWithDataOfBeforePasswordsAndOfAnotherPort() async throws {
    let place = try await RunPlace()
    defer { place.end() }
    let path = try #require(ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGOD"])
    // As an earlier version started it: no key, no user, a port of that time.
    let data = place.folder.appendingPathComponent(".data/mongo")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    let old = try await onThread {
      try ServerProcess(path, folder: nil) { _, port in
        ["--replSet", "rs0", "--bind_ip", "127.0.0.1", "--port", "\(port)", "--nounixsocket", "--dbpath", data.path]
      }
    }
    _ = try await place.shell("\(place.python) scripts/lib/initiate-replica-set.py \(old.port)")
    let uri = "mongodb://127.0.0.1:\(old.port)/orderhub?replicaSet=rs0"
    let add = ["user", "add", "--tenant", "demo", "--user", "old", "--role", "admin"]
    #expect(
      try await CommandLineRun.orderhub(add, environment: ["MONGODB_URI": uri], input: "a long password\n").status == 0)
    old.signal(SIGTERM)
    _ = try await onThread { old.waitForExit() }
    for _ in 0..<2 {
      try await place.start()
      let now = try #require(try place.running()?["MONGODB_URI"])
      let users = try await CommandLineRun.orderhub(
        ["user", "list", "--tenant", "demo"], environment: ["MONGODB_URI": now])
      #expect(users.output == "old  admin\n", "\(users)")
      try await place.stop()
    }
  }

  @Test func doesNotSayReadyWithARedisThatRefusesItOrIsNotThere() async throws {
    let guarded = try await onThread {
      try ServerProcess("/usr/bin/redis-server") { folder, port in
        ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path, "--requirepass", "a-word"]
      }
    }
    let mongo = try Hub.newDatabase()
    for (url, told) in [
      ("redis://127.0.0.1:\(guarded.port)", "refuses: NOAUTH"),
      ("redis://:wrong@127.0.0.1:\(guarded.port)", "refuses: WRONGPASS"),
      ("redis://127.0.0.1:\(try freePort())", "nobody answers"),
    ] {
      let place = try await RunPlace()
      defer { place.end() }
      let run = try await place.shell("MONGODB_URI='\(mongo)' REDIS_URL='\(url)' scripts/run --no-build")
      #expect(run.status == 1, "\(run)")
      #expect(run.errors.contains(told) && run.errors.contains("mend it: "), "\(run)")
      #expect(!run.output.contains("Running"))
      #expect(try place.running() == nil)
    }
  }
}

/// A copy of the scripts in a folder whose name has a space and a quote, with the tests' Python and mongod.
private final class RunPlace: @unchecked Sendable {
  // Owner: the test, one call at a time.
  let folder: URL
  let python: String
  private let environment: [String: String]
  private var hub: ChildProcess?
  private var log: URL { folder.appendingPathComponent("run.out") }

  init() async throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let given = ProcessInfo.processInfo.environment
    guard let python = given["ORDERHUB_TEST_PYTHON"], let mongod = given["ORDERHUB_TEST_MONGOD"] else {
      throw TestServerError("ORDERHUB_TEST_PYTHON or ORDERHUB_TEST_MONGOD is not set: run the tests with scripts/test")
    }
    self.python = python
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "orderhub it's \(UUID().uuidString.prefix(8))")
    let files = FileManager.default
    try files.createDirectory(at: folder.appendingPathComponent(".data"), withIntermediateDirectories: true)
    for name in ["scripts", ".env.example"] {
      try files.copyItem(at: root.appendingPathComponent(name), to: folder.appendingPathComponent(name))
    }
    let venv = URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent()
    try files.createSymbolicLink(at: folder.appendingPathComponent(".data/venv"), withDestinationURL: venv)
    let path = URL(fileURLWithPath: mongod).deletingLastPathComponent().path
    environment = [
      "PATH": "\(path):/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": folder.path, "ORDERHUB_BIN": try Hub.binary(),
    ]
  }

  /// Starts the hub and waits until it says that it runs.
  func start() async throws {
    try? FileManager.default.removeItem(at: log)
    let process = try await onThread { [folder, environment, log] in
      try Spawner.shared.run {
        try ChildProcess(
          "/usr/bin/setpriv", ["--pdeathsig", "TERM", "scripts/run", "--no-build"], environment: environment,
          folder: folder, output: log, errors: log)
      }
    }
    hub = process
    try await eventually("it runs") {
      guard process.isRunning else { throw TestServerError("it ended: \(try self.output())") }
      return try self.output().contains("doctor\n")
    }
  }

  func stop() async throws {
    guard let hub else { return }
    Glibc.kill(hub.processID, SIGTERM)
    #expect(try await onThread { hub.wait() } == 0)
  }

  /// Ends the script as nothing can prepare for, and waits until it is gone; what it started is not waited for.
  func kill() {
    guard let hub else { return }
    Glibc.kill(hub.processID, SIGKILL)
    hub.wait()
  }

  func end() {
    if let hub, hub.isRunning {
      Glibc.kill(hub.processID, SIGTERM)
      hub.wait()
    }
    try? FileManager.default.removeItem(at: folder)
  }

  /// What it printed.
  func output() throws -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
  func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
  }
  func files(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path)
  }
  func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(path).path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
  }

  /// The settings of the running hub's file; nil if it is not there.
  func running() throws -> [String: String]? {
    guard let text = try? text(".data/running.env") else { return nil }
    return Dictionary(
      text.split(separator: "\n").filter { $0.contains("=") }.map { line in
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts[1].trimmingCharacters(in: ["'", "\""]))
      }, uniquingKeysWith: { $1 })
  }

  /// Runs lines in a shell that begins in this folder's scripts' folder unless they say otherwise.
  func shell(_ lines: String, input: String = "") async throws -> CommandLineRun {
    try await onThread { [folder, environment] in
      let files = ["in", "out", "err"].map { folder.appendingPathComponent("shell.\($0)") }
      for file in files { try? FileManager.default.removeItem(at: file) }
      try input.write(to: files[0], atomically: false, encoding: .utf8)
      let process = try ChildProcess(
        "/bin/bash", ["-c", lines], environment: environment,
        folder: lines.hasPrefix("cd ") ? URL(fileURLWithPath: "/") : folder,
        input: files[0], output: files[1], errors: files[2])
      let status = process.wait()
      return CommandLineRun(
        status: status, output: try String(contentsOf: files[1], encoding: .utf8),
        errors: try String(contentsOf: files[2], encoding: .utf8))
    }
  }
}
