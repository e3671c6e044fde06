import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct LockTests {
  @Test func aLockIsTakenOnceAndGivenBack() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let (one, two) = (bench.ids.next(Order.self), bench.ids.next(Order.self))
    #expect(try await cache.lock([one], token: "a") == [one])
    #expect(try await cache.lock([one, two], token: "b") == [two])
    #expect(try bench.ask("PTTL", "lock:order:\(one)").integer.map { (1...30_000).contains($0) } == true)
    try await cache.unlock([one, two], token: "a")
    #expect(try await cache.lock([one, two], token: "c") == [one])
    #expect(try await cache.lock([], token: "c").isEmpty)
    try await cache.unlock([], token: "c")
    await cache.stop()
  }

  @Test func aHolderWhoseLockRanOutCannotDeleteItsSuccessors() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    #expect(try await cache.lock([id], token: "first") == [id])
    _ = try bench.ask("PEXPIRE", "lock:order:\(id)", "1")
    try await eventually("the lock ran out") { try await cache.lock([id], token: "second") == [id] }
    try await cache.unlock([id], token: "first")
    #expect(try bench.text("lock:order:\(id)") == "second")
    await cache.stop()
  }

  @Test func ofHundredAtOnceOneGetsTheLock() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let taken = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<100 { group.addTask { try await cache.lock([id], token: "t\(index)").count } }
      return try await group.reduce(0, +)
    }
    #expect(taken == 1)
    await cache.stop()
  }

  @Test func aLimitGrantsItsBurstAndThenSaysHowLongToWait() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    // A minute's worth, and then the next after a fifth of a minute less what has passed since.
    #expect(try await cache.take(5, from: "user:a", perMinute: 5) == nil)
    let wait = try #require(try await cache.take(5, from: "user:a", perMinute: 5))
    #expect((1...60_000).contains(wait))
    for _ in 0..<5 { #expect(try await cache.take(1, from: "user:e", perMinute: 5) == nil) }
    #expect(try await cache.take(5, from: "user:e", perMinute: 5) != nil)
    #expect(try await cache.take(5, from: "user:b", perMinute: 5) == nil)
    #expect(try await cache.take(4, from: "user:b", perMinute: 5) != nil)
    #expect(try await cache.take(6, from: "user:c", perMinute: 5) != nil)
    #expect(try await cache.take(5, from: "user:c", perMinute: 5) == nil)
    #expect(try await cache.take(100, from: "user:d", perMinute: 0) == nil)
    await cache.stop()
  }

  @Test func aLimitIsEarnedBack() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    // A minute's worth at once: only after a minute could all of it be had again, however slow the machine.
    #expect(try await cache.take(60, from: "slow", perMinute: 60) == nil)
    let wait = try #require(try await cache.take(60, from: "slow", perMinute: 60))
    #expect((1...60_000).contains(wait))
    try await eventually("a permit is earned back") { try await cache.take(1, from: "slow", perMinute: 60) == nil }
    await cache.stop()
  }

  @Test func aKeyIsWorkedOnByOneAtATime() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let users: [UserID] = [try #require(UserID("ada:4")), try #require(UserID("ada"))]
    let key = AnswerKey(
      tenant: try tenant(), user: users[0], route: "POST /api/orders", key: "k:1 ü")
    var other = key
    other.route = "POST /api/orders:k"
    other.key = "1 ü"
    var anothers = key
    anothers.user = users[1]
    let mark = "idem:\(key.tenant.text):5:ada:4:\(key.route.utf8.count):\(key.route):\(key.key)"
    // It lasts 5 s; here for as long as the test, however slow the machine: begun anew if it was over before that was said.
    repeat {
      #expect(try await cache.begin(key, token: "a"))
      let left = try bench.ask("PTTL", mark).integer
      #expect(left.map { $0 == -2 || (0...5_000).contains($0) } == true)
    } while try bench.ask("PEXPIRE", mark, "600000").integer == 0
    #expect(try await !cache.begin(key, token: "b"))
    #expect(try await cache.begin(anothers, token: "b"))
    #expect(try await cache.begin(other, token: "b"))
    try await cache.end(key, token: "b")
    #expect(try await !cache.begin(key, token: "b"))
    try await cache.end(key, token: "a")
    #expect(try await cache.begin(key, token: "b"))
    await cache.stop()
  }
}
