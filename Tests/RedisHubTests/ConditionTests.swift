import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite struct ConditionTests {
  private static func unmet(_ options: RedisOptions, clock: any HubClock = SystemClock()) async -> [String: Condition] {
    let all = await RedisFacts.conditions(options, clock: clock)
    return Dictionary(uniqueKeysWithValues: all.filter { $0.state != .ok }.map { ($0.name, $0) })
  }

  private static func redis(_ words: [String]) async throws -> ServerProcess {
    try await onThread {
      try ServerProcess("/usr/bin/redis-server") { folder, port in
        ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path] + words
      }
    }
  }

  @Test func findsNothingWrongWithAGoodServer() async throws {
    let server = try await Self.redis(["--requirepass", "word"])
    #expect(await Self.unmet(RedisOptions(RedisAddress(host: "127.0.0.1", port: server.port, password: "word"))) == [:])
  }

  @Test func nothingOfItKeepsAProcessFromStarting() async throws {
    let port = try freePort()
    let found = await Self.unmet(RedisOptions(port: port))
    #expect(found["redis.answer"]?.found.contains("127.0.0.1:\(port)") == true)
    #expect(found.values.allSatisfy { !$0.refusesStart })
  }

  @Test(arguments: [nil, "another-word"]) func knowsThatAPasswordIsMissingOrWrong(password: String?) async throws {
    let server = try await Self.redis(["--requirepass", "word"])
    let found = await Self.unmet(RedisOptions(RedisAddress(host: "127.0.0.1", port: server.port, password: password)))
    #expect(found.keys.sorted() == ["redis.login"])
    #expect(found["redis.login"]?.state == .unmet)
    #expect(found["redis.login"]?.line.contains("another-word") == false)
  }

  @Test func knowsAReplica() async throws {
    let primary = try await Self.redis([])
    let replica = try await Self.redis(["--replicaof", "127.0.0.1 \(primary.port)"])
    #expect(await Self.unmet(RedisOptions(port: replica.port))["redis.role"]?.found == "replica")
  }

  @Test(arguments: [("allkeys-lru", false), ("volatile-ttl", false), ("noeviction", true)])
  func knowsAServerThatEvicts(policy: String, isGood: Bool) async throws {
    let server = try await Self.redis(["--maxmemory", "64mb", "--maxmemory-policy", policy])
    let found = await Self.unmet(RedisOptions(port: server.port))
    #expect((found["redis.eviction"] == nil) == isGood, "\(found)")
    #expect(isGood || found["redis.eviction"]?.remedy.contains("noeviction") == true)
  }

  @Test func whatMendsEvictionIsACommandThatWorksForAnAdministratorAndNotForTheHub() async throws {
    let server = try await Self.redis(["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"])
    let rules = ["~*", "&*", "+@all", "-@admin", "-@dangerous", "+info", "+role"]
    let bench = Bench(server: server)
    _ = try bench.ask(["ACL", "SETUSER", "hub", "on", ">word"] + rules)
    _ = try bench.ask(["ACL", "SETUSER", "chief", "on", ">word", "~*", "&*", "+@all"])
    let options = RedisOptions(RedisAddress(host: "127.0.0.1", port: server.port, user: "hub", password: "word"))
    let remedy = try #require(await Self.unmet(options)["redis.eviction"]?.remedy)
    #expect(remedy.hasPrefix("as an administrator: "))
    let command = try #require(remedy.dropFirst("as an administrator: ".count).split(separator: ",").first)
    for (user, isMended) in [("hub", false), ("chief", true)] {
      let said = try await onThread { [folder = server.folder] in
        let files = ["in", "out"].map { folder.appendingPathComponent($0) }
        try "word\n".write(to: files[0], atomically: false, encoding: .utf8)
        let shell = try ChildProcess(
          "/bin/sh", ["-c", command.replacingOccurrences(of: "ADMINISTRATOR", with: user)],
          environment: ["PATH": "/usr/bin:/bin"], folder: folder, input: files[0], output: files[1], errors: files[1])
        shell.wait()
        return try String(contentsOf: files[1], encoding: .utf8)
      }
      #expect((await Self.unmet(options)["redis.eviction"] == nil) == isMended, "\(user): \(said)")
    }
  }

  @Test func overTLSTheCommandIsToo() {
    let options = RedisOptions(RedisAddress(host: "r.example", port: 6_380, isTLS: true), caFile: "/etc/ca it.pem")
    #expect(
      RedisFacts.asAdministrator("config get maxmemory", options)
        == "as an administrator: redis-cli -h r.example -p 6380 --tls --cacert '/etc/ca it.pem' --user ADMINISTRATOR --askpass config get maxmemory"
    )
  }

  @Test func knowsAClockThatIsMinutesAway() async throws {
    struct Early: HubClock {
      func now() -> Timestamp { Timestamp(millis: SystemClock().now().millis + 300_000) }
    }
    let server = try await Self.redis([])
    let found = await Self.unmet(RedisOptions(port: server.port), clock: Early())
    #expect(found["redis.clock"]?.found.hasSuffix("s behind this machine's") == true)
  }

  @Test(arguments: [("6.2.7", false), ("7.0.0", true), ("10.1.0", true), ("?", false)])
  func anOldServerIsSaid(version: String, isGood: Bool) {
    let facts = Self.facts(version: version)
    let condition = facts.conditions(RedisOptions(port: 6_379)).first { $0.name == "redis.version" }
    #expect((condition?.state == .ok) == isGood)
  }

  private static func facts(version: String) -> RedisFacts {
    RedisFacts(
      version: version, role: .master, isLoading: false, maxmemoryBytes: 0, maxmemoryPolicy: "noeviction",
      clockAheadMs: 0, runID: "", replicationID: "")
  }

  @Test func whoNeedsNoPasswordFromAfarIsSaid() {
    let conditions = Self.facts(version: "7.0.15").conditions(RedisOptions(RedisAddress(host: "10.0.0.7")))
    #expect(conditions.filter { $0.state != .ok }.map(\.name) == ["redis.login"])
  }
}
