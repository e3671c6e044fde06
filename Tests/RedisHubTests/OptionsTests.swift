import RedisHub
import Testing

@Suite struct OptionsTests {
  @Test func readsAWholeURL() throws {
    let options = try RedisOptions(url: "redis://hub:p%40ss%3Aword@cache.local:6380/3", timeoutMs: 100)
    #expect(options.host == "cache.local")
    #expect(options.port == 6380)
    #expect(options.username == "hub")
    #expect(options.password == "p@ss:word")
    #expect(options.database == 3)
    #expect(options.timeoutMs == 100)
  }

  @Test func takesDefaultsForWhatAURLLeavesOut() throws {
    let options = try RedisOptions(url: "redis://:secret@[::1]")
    #expect(options.host == "::1")
    #expect(options.port == 6379)
    #expect(options.username == nil)
    #expect(options.password == "secret")
    #expect(options.database == 0)
    #expect(try RedisOptions(url: "redis://localhost/").host == "localhost")
  }

  @Test(arguments: [
    ("http://localhost", RedisURLError.scheme), ("rediss://localhost", .scheme), ("", .scheme),
    ("redis://", .host), ("redis://[::1", .host), ("redis://ho st", .host), ("redis://secret@localhost", .credentials),
    ("redis://:%zz@localhost", .credentials), ("redis://:%ff@localhost", .credentials), ("redis://h:0", .port),
    ("redis://h:65536", .port), ("redis://h:", .port), ("redis://h:+1", .port),
    ("redis://h:99999999999999999999", .port), ("redis://h/x", .database), ("redis://h/-1", .database),
  ])
  func refusesABrokenURL(url: String, reason: RedisURLError) {
    #expect(throws: reason) { try RedisOptions(url: url) }
    #expect(!reason.description.contains("secret"))
  }
}
