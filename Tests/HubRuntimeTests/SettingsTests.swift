import Foundation
import HubRuntime
import Orders
import Testing

@Suite struct SettingsTests {
  static let secret = "0123456789abcdef0123456789abcdef"

  private func settings(
    _ environment: [String: String] = [:], dotEnv: String? = nil, needsSecret: Bool = false
  ) throws -> Settings {
    try Settings(environment: environment, dotEnv: dotEnv, needsSecret: needsSecret)
  }

  private func problems(_ environment: [String: String], dotEnv: String? = nil, needsSecret: Bool = false) -> [String] {
    do {
      _ = try settings(environment, dotEnv: dotEnv, needsSecret: needsSecret)
      return []
    } catch {
      return (error as? SettingsError)?.problems ?? ["\(error)"]
    }
  }

  @Test func theExampleHasEverySettingWithItsDefaultAndAComment() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent(".env.example"), encoding: .utf8)
    var found: [String] = []
    var previous = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let mark = line.firstIndex(of: "="), !line.hasPrefix("#") {
        let key = String(line[..<mark])
        found.append(key)
        #expect(SettingKey(rawValue: key)?.standard == String(line[line.index(after: mark)...]), "\(key)")
        #expect(previous.hasPrefix("# "), "\(key) has no comment")
      }
      previous = line
    }
    #expect(found == SettingKey.allCases.map(\.rawValue))
    // And it is a file that can be used as it is.
    _ = try settings(dotEnv: text)
  }

  @Test func hasDefaultsForEverything() throws {
    let settings = try settings()
    #expect(settings.mongo.database == "orderhub")
    #expect(settings.mongo.threads == 16)
    #expect(settings.redis.address == RedisAddress(host: "127.0.0.1"))
    #expect(settings.http.port == 3002)
    #expect(settings.http.corsOrigins.isEmpty)
    #expect(settings.tokens.secret == nil)
    #expect(settings.tokens.lifetimeSeconds == 7 * 86_400)
    #expect(settings.tokens.refreshLifetimeSeconds == 30 * 86_400)
    #expect(settings.logLevel == .info)
    #expect(settings.timeZone == "UTC")
    #expect(settings.warnings.isEmpty)
  }

  @Test func proxiesAreAddressesAndRanges() throws {
    #expect(try settings().http.trustedProxies.isEmpty)
    let proxies = try settings(["TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,2001:db8::/32"]).http.trustedProxies
    for peer in ["127.0.0.1", "10.9.8.7", "2001:db8::7"] as [Text] {
      #expect(proxies.client(peer: peer, headers: [("X-Forwarded-For", "192.0.2.1")]) == "192.0.2.1")
    }
    #expect(proxies.client(peer: "127.0.0.2", headers: [("X-Forwarded-For", "192.0.2.1")]) == "127.0.0.2")
    #expect(
      problems(["TRUSTED_PROXIES": "10.0.0.1/8,all"]) == [
        "TRUSTED_PROXIES=10.0.0.1/8,all: 10.0.0.1/8 is no address or range; allowed are such as 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32",
        "TRUSTED_PROXIES=10.0.0.1/8,all: all is no address or range; allowed are such as 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32",
      ])
  }

  @Test func theEnvironmentGoesBeforeTheFile() throws {
    let file = """
      # a comment
      PORT=4000
      export HOST = "::1"  # both families
      LIVE_PORT=4001 # a comment
      CORS_ORIGINS='https://a.example, http://localhost:8080'
      JWT_SECRET=\(Self.secret)
      MONGODB_THREADS=
      """
    let settings = try settings(["PORT": "5000", "UNKNOWN": "x"], dotEnv: file, needsSecret: true)
    #expect(settings.http.port == 5000)
    #expect(settings.http.livePort == 4001)
    #expect(settings.http.host == "::1")
    #expect(settings.http.corsOrigins == ["https://a.example", "http://localhost:8080"])
    #expect(settings.tokens.secret == Self.secret)
    #expect(settings.mongo.threads == 16)
    #expect(try self.settings(["CORS_ORIGINS": ""], dotEnv: file).http.corsOrigins.isEmpty)
  }

  @Test func whatARunningHubHasChosenGoesBeforeTheFileAndBehindTheEnvironment() throws {
    let running = """
      # Of the hub that scripts/run started here
      ORDERHUB_RUN_PID=1
      MONGODB_URI='mongodb://hub:a-word@127.0.0.1:27117/orderhub?replicaSet=rs0&authSource=admin'
      PORT='3102'
      LIVE_PORT='3103'
      """
    let file = "MONGODB_URI=mongodb://elsewhere/shop\nPORT=4000\nWORKER_PORT=4004\n"
    let settings = try Settings(environment: ["LIVE_PORT": "5003"], running: running, dotEnv: file, needsSecret: false)
    #expect(settings.mongo.uri.contains("127.0.0.1:27117"))
    #expect(
      settings.mongo.shown
        == "mongodb://***@127.0.0.1:27117/orderhub?replicaSet=rs0&authSource=admin, database orderhub (from .data/running.env)"
    )
    #expect(settings.http.port == 3102)
    #expect(settings.http.livePort == 5003)
    #expect(settings.http.workerPort == 4004)
    #expect(settings.warnings.isEmpty)
    #expect(try self.settings(dotEnv: file).mongo.shown == "mongodb://elsewhere/shop, database shop (from .env)")
    #expect(try self.settings(["MONGODB_URI": "mongodb://h/d"]).mongo.shown.hasSuffix("(from the environment)"))
    #expect(try self.settings().mongo.shown.hasSuffix("(the default)"))
    let broken = #expect(throws: SettingsError.self) {
      try Settings(environment: [:], running: "nonsense", dotEnv: nil, needsSecret: false)
    }
    #expect(broken?.problems == [".data/running.env line 1: allowed is KEY=value"])
  }

  @Test func reportsAllProblemsTogetherAndNoSecret() {
    let problems = problems(
      [
        "PORT": "70000", "REDIS_URL": "redis://user:hidden1@", "JWT_SECRET": "short-hidden2", "JWT_EXPIRES_IN": "7w",
        "MONGODB_URI": "mongo://u:hidden3/hidden3@host/db", "TIME_ZONE": "Mars/Base", "CURRENCY": "usd",
        "LOG_LEVEL": "loud", "CORS_ORIGINS": "https://a.example/path", "HOST": "nowhere", "OUTBOX_INTERVAL_MS": "-5",
      ], dotEnv: "no equals sign\nDRAIN_S=1\nDRAIN_S=2\nIDLE_TIMEOUT_S=\"5", needsSecret: true)
    #expect(problems.count == 14)
    for key in [
      "PORT=70000: allowed are 1 to 65535", "LOG_LEVEL=loud: allowed are debug, info, warning, error",
      "JWT_SECRET has 13 bytes: allowed are 32 or more", "OUTBOX_INTERVAL_MS=-5: allowed are 10 to 60000",
      ".env line 3: DRAIN_S stands twice",
    ] { #expect(problems.contains(key)) }
    #expect(!problems.joined().contains("hidden"))
  }

  @Test(arguments: ["ZZZ", "XTS", "usd", "EURO"]) func aCurrencyMustBeOneThatCanBePaidIn(code: String) {
    let told = problems(["CURRENCY": code])
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("CURRENCY=\(code): allowed is a code of ISO 4217") == true)
    #expect(problems(["CURRENCY": "JPY"]).isEmpty && problems(["CURRENCY": "BTC"]).isEmpty)
  }

  @Test func theLargestBodyMustFindRoom() {
    #expect(
      problems(["BODIES_LIMIT_BYTES": "1060000", "ADDRESS_BODIES_LIMIT_BYTES": "0"])
        == ["BODIES_LIMIT_BYTES is 1060000: allowed are 1485483 or more"])
    #expect(
      problems(["BODY_LIMIT_BYTES": "1024", "ADDRESS_BODIES_LIMIT_BYTES": "1000000"])
        == ["ADDRESS_BODIES_LIMIT_BYTES is 1000000: allowed are 0, and 1420715 or more"])
    #expect(problems(["BODY_LIMIT_BYTES": "33554432", "ADDRESS_BODIES_LIMIT_BYTES": "0"]).isEmpty)
    #expect(problems(["BODY_LIMIT_BYTES": "33554432"]).count == 1)
  }

  @Test func asksForTheSecretOnlyWhereItIsNeeded() throws {
    #expect(problems([:], needsSecret: true).count == 1)
    #expect(problems([:], needsSecret: false).isEmpty)
  }

  @Test func showsNoSecrets() throws {
    let settings = try settings([
      "JWT_SECRET": Self.secret, "REDIS_URL": "redis://:hidden@localhost:6380/2",
      "MONGODB_URI": "mongodb://ann:hid/d@en@a,b/shop?replicaSet=rs0",
    ])
    let shown = settings.shown.map { "\($0.key)=\($0.value)" }
    #expect(shown.contains("JWT_SECRET=***"))
    #expect(shown.contains("REDIS_URL=redis://***@localhost:6380/2"))
    #expect(shown.contains("MONGODB_URI=mongodb://***@a,b/shop?replicaSet=rs0"))
    #expect(shown.count == SettingKey.allCases.count)
    #expect(settings.mongo.database == "shop")
    #expect(settings.redis.address == RedisAddress(host: "localhost", port: 6380, password: "hidden", database: 2))
    #expect(!settings.redis.address.description.contains("hidden"))
  }

  @Test func warnsOfKeysThatAreNoSettingsAndSaysWhichWereMeant() throws {
    let settings = try settings(dotEnv: "MONGODB_URL=x\nEDITOR=vi\nPROT=3002\nLIVE_THREAD=2\nPORT=4000\nlog_level=info")
    #expect(
      settings.warnings == [
        ".env has EDITOR, which is no setting",
        ".env has LIVE_THREAD, which is no setting; did you mean LIVE_THREADS?",
        ".env has MONGODB_URL, which is no setting; did you mean MONGODB_URI?",
        ".env has PROT, which is no setting; did you mean PORT?",
        ".env has log_level, which is no setting; did you mean LOG_LEVEL?",
      ])
    #expect(settings.http.port == 4_000)
  }

  @Test(arguments: [("POTR", "PORT"), ("HOTS", "HOST"), ("DRAIN", "DRAIN_S"), ("JWT_SECRTE", "JWT_SECRET")])
  func theNearestSettingIsMeant(text: String, meant: String) throws {
    #expect(
      try settings(dotEnv: "\(text)=").warnings == [".env has \(text), which is no setting; did you mean \(meant)?"])
  }

  @Test(arguments: ["DATABASE_PASSWORD", "P", "PATHS_OF_ALL_KINDS"])
  func nothingIsSuggestedForWhatIsFarFromAll(text: String) throws {
    #expect(try settings(dotEnv: "\(text)=x").warnings == [".env has \(text), which is no setting"])
  }

  @Test(arguments: [("30s", 30), ("15m", 900), ("12h", 43_200), ("365d", 31_536_000)])
  func readsDurations(text: String, seconds: Int64) throws {
    #expect(try settings(["JWT_EXPIRES_IN": text]).tokens.lifetimeSeconds == seconds)
  }

  @Test(arguments: ["0s", "-1d", "7", "d", "366d", "1.5h", "9223372036854775807d", "+1d", "1 d"])
  func refusesWhatIsNoDuration(text: String) {
    #expect(problems(["JWT_EXPIRES_IN": text]).count == 1)
  }

  @Test func aFileForTLSIsRefusedWithoutTLSAndACertificateWithoutItsKey() throws {
    #expect(
      problems(["REDIS_CA_FILE": "ca.pem"]) == [
        "REDIS_CA_FILE=ca.pem: it needs a REDIS_URL that begins with rediss://, or nothing is encrypted"
      ])
    let one = ["REDIS_URL": "rediss://h", "REDIS_KEY_FILE": "key.pem"]
    #expect(problems(one) == ["REDIS_CERTIFICATE_FILE and REDIS_KEY_FILE need each other: only one is set"])
    let redis = try settings(one.merging(["REDIS_CERTIFICATE_FILE": "c.pem", "REDIS_CA_FILE": "ca.pem"]) { $1 }).redis
    #expect(redis.address.isTLS)
    #expect([redis.caFile, redis.certificateFile, redis.keyFile] == ["ca.pem", "c.pem", "key.pem"])
    #expect(try settings().redis.caFile == nil)
  }
}
