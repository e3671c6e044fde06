import Foundation
import Glibc
import HubRuntime
import HubTestSupport
import Testing

/// What is said at start, and not at the first write.
@Suite struct StartTests {
  /// A mongod that is no member of a replica set.
  static func mongodByItself(port: Int? = nil) async throws -> ServerProcess {
    let path = try #require(ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGOD"])
    return try await onThread {
      try ServerProcess(path, port: port) { folder, port in
        ["--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", folder.path, "--wiredTigerCacheSizeGB", "0.25"]
      }
    }
  }

  @Test(arguments: ["", "?replicaSet=rs0"])
  func nothingThatWritesStartsOnAServerByItselfAndSaysSoInOneLine(options: String) async throws {
    let server = try await Self.mongodByItself()
    let redis = try await onThread { try TestServers.redis() }
    let settings = try Hub.settingsWithPorts(
      mongoURI: "mongodb://127.0.0.1:\(server.port)/shop\(options)", redisPort: redis.port)
    for words in [
      ["api"], ["worker"], ["migrate"], ["audit"], ["tenant", "remove", "--tenant", "t", "--yes"],
      ["user", "list", "--tenant", "t"],
    ] {
      let run = try await CommandLineRun.orderhub(words, environment: settings)
      #expect(run.status == 1, "\(words): \(run)")
      #expect(run.output == "")
      let lines = run.errors.split(separator: "\n").filter { $0.contains("rs.initiate()") }
      #expect(lines.count == 1, "\(words): \(run)")
      #expect(lines.first?.contains("by itself") == true && lines.first?.contains("--replSet rs0") == true)
    }
  }

  @Test func aServerByItselfThatComesWhileAProcessWaitsIsRefusedToo() async throws {
    let redis = try await onThread { try TestServers.redis() }
    let port = try freePort()
    let settings = try Hub.settingsWithPorts(mongoURI: "mongodb://127.0.0.1:\(port)/shop", redisPort: redis.port)
    let run = try await onThread { try RunningCommand(["worker"], environment: settings) }
    // It is past what it looks at first.
    try await eventually("it waits for a server") { try run.errors().contains("the store is not there yet") }
    let server = try await Self.mongodByItself(port: port)
    defer { server.stop() }
    let ended = try await onThread { try run.wait() }
    #expect(ended.status == 1, "\(ended)")
    #expect(ended.errors.contains("by itself"))
  }

  /// Else its first writes would make collections without validators, and nothing would keep older versions from writing.
  @Test func aServerThatComesAfterAProcessServesWithoutItIsGivenItsIndexesToo() async throws {
    let redis = try await onThread { try TestServers.redis() }
    let port = try freePort()
    let uri = "mongodb://127.0.0.1:\(port)/late?replicaSet=rs0"
    let process = try await onThread {
      try Hub.start("api", "PORT", Hub.settings(mongoURI: uri, redisPort: redis.port))
    }
    defer { process.stop() }
    try await eventually("it serves without") { try process.output().contains("serving without it until it is") }
    let mongo = try await OwnMongo(port: port)
    defer { mongo.server.stop() }
    try await eventually("the last index is made") { try process.output().contains("index expires of sessions") }
    try await onThread { try Hub.awaitReady(process) }
    let again = try await CommandLineRun.orderhub(["migrate"], environment: ["MONGODB_URI": uri])
    #expect(again.output.contains("everything was there already"), "\(again)")
  }

  /// Past the seconds for which its start waits, the same that ends it within them.
  @Test func aServerByItselfThatComesAfterAProcessServesWithoutItEndsItToo() async throws {
    let redis = try await onThread { try TestServers.redis() }
    let port = try freePort()
    let uri = "mongodb://127.0.0.1:\(port)/late"
    let process = try await onThread {
      try Hub.start("api", "PORT", Hub.settings(mongoURI: uri, redisPort: redis.port))
    }
    defer { process.stop() }
    try await eventually("it serves without") { try process.output().contains("serving without it until it is") }
    let server = try await Self.mongodByItself(port: port)
    defer { server.stop() }
    #expect(try await onThread { process.waitForExit() } == 1)
    let output = try process.output()
    let last = output.split(separator: "\n").filter { $0.contains("a service has failed") }
    #expect(last.count == 1 && last.first?.contains("by itself") == true, "\(output)")
    #expect(last.first?.contains("rs.initiate()") == true)
  }

  // MARK: Without Redis

  @Test(arguments: [("api", "PORT"), ("live", "LIVE_PORT"), ("worker", "WORKER_PORT")])
  func withoutRedisAProcessServesAndSaysSoAtStartAndWhenAsked(command: String, portName: String) async throws {
    let guarded = try await onThread {
      try ServerProcess("/usr/bin/redis-server") { folder, port in
        ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path, "--requirepass", "a-word"]
      }
    }
    let settings = Hub.settings(mongoURI: try Hub.newDatabase(), redisPort: guarded.port)
    let process = try await onThread {
      let process = try Hub.start(command, portName, settings)
      try Hub.awaitReady(process)
      return process
    }
    defer { process.stop() }
    #expect(try process.output().contains("redis.login: 127.0.0.1:\(guarded.port): Redis refuses: NOAUTH"))
    let (plain, verbose) = try await onThread { try (Self.ready(process, ""), Self.ready(process, "?verbose")) }
    #expect(plain["conditions"] == .missing)
    let condition = try #require(verbose["conditions"].items.first { $0["name"] == "redis.login" })
    #expect(condition["ok"] == .bool(false))
    #expect(condition["remedy"].text.contains("REDIS_URL"))
    for name in ["mongodb.answer", "mongodb.replicaSet", "mongodb.login"] {
      #expect(verbose["conditions"].items.contains { $0["name"] == .string(name) }, "\(name)")
    }
    let mongo = try #require(verbose["conditions"].items.first { $0["name"] == "mongodb.replicaSet" })
    #expect(mongo["ok"] == .bool(true))
  }

  static func ready(_ process: ServerProcess, _ query: String) throws -> Document {
    let client = try RawClient(port: process.port)
    try client.request("GET", "/readyz" + query)
    return Document(parsing: try client.answer().body)
  }

  @Test func aClockThatIsMinutesAwayIsSaidByAProcessAndByTheDoctor() async throws {
    let redis = try await onThread { try TestServers.redis() }
    var settings = Hub.settings(mongoURI: try Hub.newDatabase(), redisPort: redis.port)
    settings["ORDERHUB_CLOCK_OFFSET_S"] = "-300"
    let doctor = try await CommandLineRun.orderhub(["doctor", "--servers"], environment: settings)
    #expect(doctor.status == 1)
    for name in ["mongodb.clock", "redis.clock"] { #expect(doctor.output.contains("unmet     \(name)"), "\(doctor)") }
    let given = settings
    let (process, lines) = try await onThread {
      let process = try Hub.start("worker", "WORKER_PORT", given)
      try Hub.awaitReady(process)
      return (process, try process.output())
    }
    defer { process.stop() }
    #expect(lines.contains("mongodb.clock: ") && lines.contains("redis.clock: "))
  }

  // MARK: The doctor

  @Test func theDoctorFindsAWellHubWellAndGivesItAsJSONToo() async throws {
    let hub = try await Hub.shared()
    var settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    settings.merge([
      "PORT": "\(hub.apis[0].port)", "LIVE_PORT": "\(hub.live.port)", "WORKER_PORT": "\(hub.worker.port)",
    ]) { $1 }
    let table = try await CommandLineRun.orderhub(["doctor"], environment: settings)
    #expect(table.status == 0, "\(table)")
    #expect(table.output.hasPrefix("state "))
    #expect(table.output.contains("a hub is at PORT=\(hub.apis[0].port): ready"))
    #expect(table.errors.contains("database: \(hub.mongoURI)"))
    let json = try await CommandLineRun.orderhub(["doctor", "--json"], environment: settings)
    #expect(json.status == 0)
    let document = Document(parsing: json.output)
    #expect(document["ok"] == .bool(true))
    #expect(document["conditions"].items.contains { $0["name"] == "secret.strength" && $0["ok"] == .bool(true) })
  }

  @Test func theDoctorSaysWhatMendsEachThingThatIsWrong() async throws {
    let hub = try await Hub.shared()
    var settings = try Hub.settingsWithPorts(
      mongoURI: "mongodb://127.0.0.1:\(try freePort())/shop", redisPort: try freePort())
    settings["PORT"] = "\(hub.redisPort)"
    settings["JWT_SECRET"] = String(repeating: "ab", count: 20)
    let run = try await CommandLineRun.orderhub(["doctor"], environment: settings, dotEnv: "PROT=3002\n")
    #expect(run.status == 1)
    let lines = run.output.split(separator: "\n").map(String.init)
    for (state, name) in [
      ("unmet", "mongodb.answer"), ("unmet", "redis.answer"), ("doubtful", "settings.valid"),
      ("doubtful", "secret.strength"), ("doubtful", "files..env"), ("unmet", "port.api"), ("ok", "port.live"),
    ] {
      let index = lines.firstIndex { $0.hasPrefix(state.padding(toLength: 10, withPad: " ", startingAt: 0) + name) }
      guard let index else {
        Issue.record("no \(state) \(name): \(run)")
        continue
      }
      if state != "ok" { #expect(lines[index + 1].contains("mend it: "), "\(name)") }
    }
    #expect(run.output.contains("chmod 600 .env"))
    #expect(!run.output.contains(settings["JWT_SECRET"] ?? ""))
    let wrong = try await CommandLineRun.orderhub(["doctor"], environment: ["PORT": "many"])
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("settings.valid") && wrong.output.contains("PORT=many"))
  }

  // MARK: The hub of a folder

  @Test func aToolReachesTheHubThatRunsInItsFolderAndSaysWhichDatabaseThatIs() async throws {
    let (running, elsewhere) = (try Hub.newDatabase(), try Hub.newDatabase())
    let file = RunningFile.held("MONGODB_URI='\(running)'\nJWT_SECRET='\(Hub.secret)'\n")
    let add = ["user", "add", "--tenant", "t", "--user", "ben", "--role", "employee"]
    let run = try await CommandLineRun.orderhub(
      add, dotEnv: "MONGODB_URI=\(elsewhere)\n", running: file, input: "a long password\n")
    #expect(run.status == 0, "\(run)")
    #expect(run.errors.contains("database: \(running)") && run.errors.contains("(from .data/running.env)"))
    func users(_ uri: String) async throws -> String {
      try await CommandLineRun.orderhub(["user", "list", "--tenant", "t"], environment: ["MONGODB_URI": uri]).output
    }
    #expect(try await users(running) == "ben  employee\n")
    #expect(try await users(elsewhere) == "")
    // The secret of the running hub too.
    let token = try await CommandLineRun.orderhub(
      ["token", "--role", "admin", "--tenant", "t", "--user", "u"], running: file)
    #expect(token.status == 0, "\(token)")
  }

  @Test func theFileOfAHubThatHasEndedIsLeftOutAndToldOfWhateverNumberItHad() async throws {
    let uri = try Hub.newDatabase()
    // The number may be another process's by now, as of this one.
    let left = RunningFile.left("ORDERHUB_RUN_PID=\(getpid())\nMONGODB_URI='mongodb://127.0.0.1:1/nowhere'\n")
    let run = try await CommandLineRun.orderhub(
      ["user", "list", "--tenant", "t"], dotEnv: "MONGODB_URI=\(uri)\n", running: left)
    #expect(run.status == 0, "\(run)")
    #expect(run.errors.contains("database: \(uri)") && run.errors.contains("(from .env)"))
    #expect(run.errors.contains(".data/running.env is of a hub that has ended"))
  }
}
