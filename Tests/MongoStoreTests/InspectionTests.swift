import CMongoc
import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

@Suite struct InspectionTests {
  private static let good = MongoHostFacts(setName: "rs0", isPrimary: true, wireVersion: 17)

  private static func facts(
    _ answer: MongoHostAnswer, wantedSet: String? = "rs0", member: MongoMemberFacts? = nil
  ) -> MongoFacts {
    MongoFacts(
      hosts: [("db1:27017", answer)], wantedSet: wantedSet, member: member.map { .success($0) }, database: "shop")
  }

  private static func find(_ name: String, in facts: MongoFacts) throws -> Condition {
    try #require(facts.conditions.first { $0.name == "mongodb.\(name)" })
  }

  // MARK: How long is waited

  @Test(
    arguments: [
      ("", [1_500, 1_500, 3_000]),
      ("&connectTimeoutMS=20&serverSelectionTimeoutMS=20&socketTimeoutMS=20", [1_500, 1_500, 3_000]),
      ("&connectTimeoutMS=7000&serverSelectionTimeoutMS=8000&socketTimeoutMS=9000", [7_000, 8_000, 9_000]),
    ] as [(String, [Int32])])
  func aServerIsWaitedForAsLongAsTheConnectionStringSaysAndNeverLess(options: String, waits: [Int32]) throws {
    let uri = try #require(mongoc_uri_new("mongodb://db1:27017/shop?replicaSet=rs0\(options)"))
    defer { mongoc_uri_destroy(uri) }
    // Also where the host is asked alone.
    let alone = try #require(hub_host_uri(uri, try #require(hub_uri_host(uri, 0))))
    defer { mongoc_uri_destroy(alone) }
    for asked in [uri, alone] {
      MongoProbe.setWaits(of: asked)
      let names = [MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, MONGOC_URI_SOCKETTIMEOUTMS]
      #expect(names.map { mongoc_uri_get_option_as_int32(asked, $0, 0) } == waits)
    }
  }

  // MARK: What is judged

  @Test func aGoodServerMeetsAll() {
    let member = MongoMemberFacts(
      login: .accepted, version: "6.0.5", transactionLifetimeSeconds: 10, isReachable: true)
    #expect(
      Self.facts(.facts(Self.good), member: member).conditions.allSatisfy { $0.state == .ok && $0.remedy.isEmpty })
  }

  @Test(arguments: [
    // What is, what is unmet, and a part of what is said.
    (MongoHostFacts(isPrimary: true, wireVersion: 17), "replicaSet", "--replSet rs0"),
    (MongoHostFacts(isUninitiated: true, wireVersion: 17), "replicaSet", "rs.initiate()"),
    (MongoHostFacts(setName: "other", isPrimary: true, wireVersion: 17), "replicaSet", "replicaSet=other"),
    (MongoHostFacts(setName: "rs0", isPrimary: true, wireVersion: 13), "version", "upgrade MongoDB"),
  ])
  func aServerThatTheHubCannotWorkWithKeepsItFromStarting(host: MongoHostFacts, name: String, remedy: String) throws {
    let condition = try Self.find(name, in: Self.facts(.facts(host)))
    #expect(condition.refusesStart)
    #expect(condition.remedy.contains(remedy))
    #expect(!condition.line.contains("\n"))
  }

  @Test func aServerTooOldToUnderstandKeepsItFromStarting() throws {
    #expect(try Self.find("version", in: Self.facts(.tooOld)).refusesStart)
  }

  @Test func aRouterOfAShardedClusterIsAsGoodAsAReplicaSet() {
    let router = MongoHostFacts(isRouter: true, isPrimary: true, wireVersion: 17)
    #expect(Self.facts(.facts(router), wantedSet: nil).conditions.allSatisfy { $0.state == .ok })
  }

  @Test func whatMendsItselfDoesNotKeepItFromStarting() throws {
    var electing = Self.good
    electing.isPrimary = false
    for (facts, name) in [
      (Self.facts(.facts(electing)), "primary"), (Self.facts(.silent("connection refused")), "answer"),
    ] {
      let condition = try Self.find(name, in: facts)
      #expect(condition.state == .unmet)
      #expect(!condition.refusesStart)
    }
  }

  @Test func oneGoodServerAmongOthersIsEnough() {
    let facts = MongoFacts(
      hosts: [
        ("db1:27017", .silent("refused")), ("db2:27017", .facts(MongoHostFacts(isPrimary: true, wireVersion: 17))),
        ("db3:27017", .facts(Self.good)),
      ], wantedSet: "rs0", member: nil, database: "shop")
    #expect(facts.conditions.allSatisfy { $0.state == .ok })
  }

  @Test(arguments: [
    (MongoMemberFacts(login: .missing), "login"), (MongoMemberFacts(login: .refused("Authentication failed")), "login"),
    (MongoMemberFacts(login: .accepted, lacking: ["insert"]), "rights"),
  ])
  func aUserWhoMayNotKeepsItFromStarting(member: MongoMemberFacts, name: String) throws {
    #expect(try Self.find(name, in: Self.facts(.facts(Self.good), member: member)).refusesStart)
  }

  @Test(arguments: [
    (MongoMemberFacts(login: .open, isReachable: true), "login", Condition.State.doubtful),
    (MongoMemberFacts(login: .open, isReachable: false), "login", .ok),
    (MongoMemberFacts(login: .accepted, transactionLifetimeSeconds: 60), "transactionLifetime", .doubtful),
    (MongoMemberFacts(login: .accepted), "transactionLifetime", .unknown),
  ])
  func whatIsOnlyDoubtfulIsSaid(member: MongoMemberFacts, name: String, state: Condition.State) throws {
    #expect(try Self.find(name, in: Self.facts(.facts(Self.good), member: member)).state == state)
  }

  @Test(arguments: [
    MongoMemberFacts(login: .accepted, transactionLifetimeSeconds: 60), MongoMemberFacts(login: .accepted),
    MongoMemberFacts(login: .accepted, lacking: ["insert"], transactionLifetimeSeconds: 10),
  ])
  func whatTheHubsUserMayNotDoIsSaidToBeAnAdministrators(member: MongoMemberFacts) throws {
    let unmet = Self.facts(.facts(Self.good), member: member).conditions.filter { $0.state != .ok }
    #expect(!unmet.isEmpty)
    for condition in unmet {
      #expect(condition.remedy.hasPrefix("as an administrator"), "\(condition.line)")
      // Its own connection string would be refused.
      #expect(!condition.remedy.contains("MONGODB_URI"), "\(condition.line)")
    }
  }

  @Test(arguments: [(-31_000, false), (-30_000, true), (0, true), (30_000, true), (31_000, false), (Int64.min, false)])
  func clocksMayBeApartForHalfAMinute(aheadMs: Int64, isOK: Bool) {
    #expect((Condition.clock(of: "x", aheadMs: aheadMs).state == .ok) == isOK)
  }

  @Test func rightsAreThoseOfAnyRowThatCoversTheCollection() {
    typealias Row = MongoRights.Privilege
    let all = Set(MongoRights.actions + MongoRights.databaseActions)
    func lacking(_ rows: [Row]) -> [String] {
      MongoRights.lacking(rows, database: "shop", collections: ["orders", "users"])
    }
    #expect(lacking([Row(database: "shop", actions: all)]) == [])
    #expect(lacking([Row(database: "", actions: all)]) == [])
    #expect(lacking([Row(database: nil, isAny: true, actions: all)]) == [])
    #expect(lacking([Row(database: nil, actions: all)]).count == all.count)
    #expect(lacking([Row(database: "other", actions: all)]).count == all.count)
    #expect(lacking([Row(database: "shop", actions: all.subtracting(["update"]))]) == ["update"])
    #expect(
      lacking([
        Row(database: "shop", actions: all.subtracting(["update"])),
        Row(database: "shop", collection: "orders", actions: ["update"]),
      ]) == ["update on users"])
  }

  @Test func whoeverOnlyLooksNeedsNoMoreThanToRead() throws {
    typealias Row = MongoRights.Privilege
    func lacking(_ rows: [Row]) -> [String] { MongoRights.lacking(rows, database: "shop", for: .looking) }
    #expect(lacking([Row(database: "shop", actions: ["find"])]) == [])
    #expect(lacking([Row(database: "shop", collection: "orders", actions: ["find"])]) == ["find on users"])
    #expect(lacking([Row(database: "other", actions: ["find"])]) == ["find"])
    var facts = Self.facts(.facts(Self.good), member: MongoMemberFacts(login: .accepted, lacking: ["find"]))
    facts.use = .looking
    let rights = try Self.find("rights", in: facts)
    #expect(rights.refusesStart && rights.remedy.contains("role:'read', db:'shop'"), "\(rights)")
    #expect(!rights.line.contains("readWrite"))
    #expect(!facts.conditions.contains { $0.name == "mongodb.transactionLifetime" })
  }

  @Test(arguments: [
    ("127.0.0.1", true), (" ::1", true), ("localhost", true), ("[::1]", true), ("0.0.0.0", false), ("10.0.0.1", false),
  ])
  func loopbackIsThisMachineAlone(address: String, isLoopback: Bool) {
    #expect(MongoFacts.isLoopback(address[...]) == isLoopback)
  }

  // MARK: Real servers

  private static func conditions(_ uri: String, clock: any HubClock = SystemClock()) async throws -> [String: Condition]
  {
    let options = try MongoOptions(uri: uri, database: "shop")
    let all = await MongoInspection.conditions(options, clock: clock)
    return Dictionary(uniqueKeysWithValues: all.map { ($0.name.replacingOccurrences(of: "mongodb.", with: ""), $0) })
  }

  private static func mongod(_ words: [String]) throws -> ServerProcess {
    let path = try #require(ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGOD"])
    return try ServerProcess(path) { folder, port in
      ["--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", folder.path, "--wiredTigerCacheSizeGB", "0.25"]
        + words
    }
  }

  @Test func findsNothingWrongWithTheServerOfTheTestsButItsLongTransactions() async throws {
    let found = try await Self.conditions(TestServers.mongoURI())
    #expect(found.values.filter { $0.state != .ok }.map(\.name) == ["mongodb.transactionLifetime"])
    #expect(found["replicaSet"]?.found == "rs0")
    #expect(found["version"]?.found.hasPrefix("6.") == true)
  }

  @Test(arguments: ["?replicaSet=rs0", ""]) func knowsAServerByItself(options: String) async throws {
    let server = try await onThread { try Self.mongod([]) }
    let found = try await Self.conditions("mongodb://127.0.0.1:\(server.port)/\(options)")
    #expect(found["replicaSet"]?.refusesStart == true, "\(found)")
    #expect(found["replicaSet"]?.found.contains("by itself") == true)
    let store = MongoStore(
      try MongoOptions(uri: "mongodb://127.0.0.1:\(server.port)/", database: "shop"),
      log: Log(level: .error, sink: Silence()), metrics: Metrics())
    await #expect(throws: StoreError.self) { try await store.ping() }
    await store.close()
  }

  @Test func knowsAReplicaSetThatIsNotInitiatedAndOneOfAnotherName() async throws {
    let server = try await onThread { try Self.mongod(["--replSet", "rs7"]) }
    let uri = "mongodb://127.0.0.1:\(server.port)/"
    #expect(try await Self.conditions(uri)["replicaSet"]?.remedy.contains("rs.initiate()") == true)
    let direct = try MongoOptions(uri: uri + "?directConnection=true", database: "admin", threads: 1)
    _ = try await MongoStore.initiateReplicaSet(direct, name: "rs7", member: "127.0.0.1:\(server.port)")
    #expect(try await Self.conditions(uri)["replicaSet"]?.state == .ok)
    #expect(
      try await Self.conditions(uri + "?replicaSet=rs0")["replicaSet"]?.remedy == "set replicaSet=rs7 in MONGODB_URI")
  }

  @Test func knowsThatNobodyIsThere() async throws {
    let port = try freePort()
    let found = try await Self.conditions("mongodb://127.0.0.1:\(port)/?replicaSet=rs0")
    #expect(found.keys.sorted() == ["answer"])
    #expect(found["answer"]?.state == .unmet)
    #expect(found["answer"]?.found.contains("127.0.0.1:\(port)") == true)
  }

  @Test func knowsAClockThatIsMinutesAway() async throws {
    struct Late: HubClock {
      func now() -> Timestamp { Timestamp(millis: SystemClock().now().millis - 300_000) }
    }
    let clock = try #require(try await Self.conditions(TestServers.mongoURI(), clock: Late())["clock"])
    #expect(clock.state == .unmet)
    #expect(clock.found.hasSuffix("s ahead of this machine's"))
  }

  @Test func knowsWhoMayWriteAndWhoMayOnlyRead() async throws {
    let guarded = try await GuardedMongo()
    let found = try await Self.conditions(guarded.uri(user: "hub"))
    #expect(found.values.allSatisfy { $0.state == .ok || $0.name == "mongodb.transactionLifetime" }, "\(found)")
    #expect(found["transactionLifetime"]?.state == .unknown)
    let reader = try #require(try await Self.conditions(guarded.uri(user: "reader"))["rights"])
    #expect(reader.refusesStart)
    #expect(reader.found.contains("insert") && reader.found.contains("update"))
    #expect(!reader.found.contains("find"))
    let nobody = try #require(try await Self.conditions(guarded.uri(user: nil))["login"])
    #expect(nobody.refusesStart)
    #expect(nobody.found.contains("names no user"))
    let stranger = try #require(try await Self.conditions(guarded.uri(user: "hub", password: "another-word"))["login"])
    #expect(stranger.refusesStart)
    #expect(stranger.found.contains("refused"))
    #expect(!stranger.line.contains("another-word"))
  }
}

/// A mongod that asks who somebody is, as `scripts/run` starts it, with the users `hub` and `reader`.
private struct GuardedMongo {
  private let server: ServerProcess

  init() async throws {
    let path = try #require(ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGOD"])
    server = try await onThread {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-key-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let key = folder.appendingPathComponent("key")
      try "0123456789abcdef0123456789abcdef".write(to: key, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
      return try ServerProcess(path, folder: folder) { folder, port in
        [
          "--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", folder.path, "--wiredTigerCacheSizeGB", "0.25",
          "--replSet", "rs0", "--keyFile", key.path,
        ]
      }
    }
    let address = "127.0.0.1:\(server.port)"
    // As a member of the set, which the key makes it; before that as anybody may on the server's own machine.
    let member = try MongoOptions(
      uri: "mongodb://__system:0123456789abcdef0123456789abcdef@\(address)/?directConnection=true&authSource=local"
        + "&authMechanism=SCRAM-SHA-256", database: "admin", threads: 1)
    _ = try await MongoStore.initiateReplicaSet(member, name: "rs0", member: address)
    let store = MongoStore(member, log: Log(level: .error, sink: Silence()), metrics: Metrics())
    for (name, roles) in [("hub", ["readWrite", "dbAdmin"]), ("reader", ["read"])] {
      try await store.read { worker in
        _ = try worker.run(.plain, database: "admin", inSession: false) {
          $0.string("createUser", name)
          $0.string("pwd", "a-good-word" as StaticString)
          $0.documents("roles", roles) {
            $0.string("role", $1)
            $0.string("db", "shop" as StaticString)
          }
        }
      }
    }
    await store.close()
  }

  func uri(user: String?, password: String = "a-good-word") -> String {
    let login = user.map { "\($0):\(password)@" } ?? ""
    return "mongodb://\(login)127.0.0.1:\(server.port)/shop?replicaSet=rs0" + (user == nil ? "" : "&authSource=admin")
  }
}
