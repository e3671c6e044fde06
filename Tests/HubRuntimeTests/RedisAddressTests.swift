import HubRuntime
import Testing

@Suite struct RedisAddressTests {
  @Test func readsAWholeURL() throws {
    #expect(
      try RedisAddress("rediss://hub:p%40ss%3Aw%2Frd%25@cache.local:6380/3")
        == RedisAddress(
          host: "cache.local", port: 6380, user: "hub", password: "p@ss:w/rd%", database: 3, isTLS: true))
  }

  @Test func takesDefaultsForWhatAURLLeavesOut() throws {
    #expect(try RedisAddress("redis://h") == RedisAddress(host: "h"))
    #expect(try RedisAddress("redis://localhost/") == RedisAddress(host: "localhost"))
    #expect(try RedisAddress("rediss://h") == RedisAddress(host: "h", isTLS: true))
    #expect(try RedisAddress("redis://[::1]:7000/3") == RedisAddress(host: "::1", port: 7000, database: 3))
    #expect(try RedisAddress("redis://@h") == RedisAddress(host: "h"))
    #expect(try RedisAddress("redis://:@h") == RedisAddress(host: "h"))
  }

  /// As `redis-cli` does: a password may stand alone. And one may hold what it should not, if that is not ambiguous.
  @Test func readsPasswordsOfEveryForm() throws {
    #expect(try RedisAddress("redis://secret@h") == RedisAddress(host: "h", password: "secret"))
    #expect(try RedisAddress("redis://:secret@h") == RedisAddress(host: "h", password: "secret"))
    #expect(try RedisAddress("redis://ann:@h") == RedisAddress(host: "h", user: "ann", password: ""))
    #expect(try RedisAddress("redis://ann:a:b@h") == RedisAddress(host: "h", user: "ann", password: "a:b"))
    #expect(try RedisAddress("redis://ann:a@b@h") == RedisAddress(host: "h", user: "ann", password: "a@b"))
    #expect(try RedisAddress("redis://ann:%C3%BC+%2b@h").password == "ü++")
  }

  @Test(arguments: [
    ("http://x", RedisURLError.scheme), ("", .scheme), ("h:6379", .scheme), ("REDIS://h", .scheme),
    ("redis://:%zz@h", .credentials), ("redis://:%ff@h", .credentials), ("redis://:%4@h", .credentials),
    ("redis://%zz@h", .credentials), ("redis://", .host), ("redis://secret@", .host), ("redis://[::1", .host),
    ("redis://[]", .host), ("redis://ho st", .host), ("redis://h?x=1", .host), ("redis://h#f", .host),
    ("redis://h:0", .port), ("redis://h:65536", .port), ("redis://h:", .port), ("redis://h:+1", .port),
    ("redis://[::1]6379", .port), ("redis://h:99999999999999999999", .port), ("redis://h/x", .database),
    ("redis://h/-1", .database), ("redis://h/65536", .database), ("redis://h/1?x", .database),
  ])
  func refusesWhatIsNoAddressAndSaysNothingOfIt(url: String, reason: RedisURLError) {
    #expect(throws: reason) { try RedisAddress(url) }
    #expect(!reason.description.contains("secret"))
  }

  @Test func showsNoPassword() {
    let address = RedisAddress(host: "::1", user: "hidden1", password: "hidden2", database: 2, isTLS: true)
    #expect(address.description == "rediss://***@[::1]:6379/2")
    #expect(RedisAddress(host: "h").description == "redis://h:6379/0")
  }
}
