import HubContracts
import HubRuntime
import Orders
import Testing

@Suite struct IdentityTests {
  @Test func identitiesFromManyThreadsAreDistinct() async {
    let source = RandomIdentities()
    let all = await withTaskGroup(of: [OrderID].self) { group in
      for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in source.next(Order.self) } } }
      return await group.reduce(into: Set<OrderID>()) { $0.formUnion($1) }
    }
    #expect(all.count == 40_000)
    // The bits below the milliseconds are the process's own.
    #expect(Set(all.map { $0.high & 0x3f_ffff }).count == 1)
    let seconds = SystemClock().now().millis / 1_000
    #expect(all.allSatisfy { abs(Int64($0.high >> 32) - seconds) < 60 })
  }

  @Test func identitiesOfSeveralProcessesStandInTheOrderOfTime() async throws {
    let sources = [RandomIdentities(), RandomIdentities(), RandomIdentities()]
    var last = sources[0].next(Order.self)
    for round in 0..<30 {
      try await Task.sleep(for: .milliseconds(2))
      let next = sources[round % 3].next(Order.self)
      #expect((last.high, last.low) < (next.high, next.low))
      last = next
    }
  }

  @Test func tokensAreHexAndDistinct() {
    let source = RandomIdentities()
    let tokens = Set((0..<100).map { _ in source.token(bytes: 16) })
    #expect(tokens.count == 100)
    #expect(tokens.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
    #expect(source.token(bytes: 0) == "")
  }

  @Test func saysWhatTheProcessUses() {
    tuneAllocator()
    #expect(processResidentBytes() > 1_000_000)
    #expect(processOpenFiles() >= 3)
    #expect(processCPUMillis() > 0)
    let metrics = Metrics()
    metrics.addProcess()
    #expect(metrics.render().contains("process_uptime_seconds 0\n"))
  }
}

@Suite struct TokenCacheTests {
  private func claims(_ name: String, expires: Int64) throws -> TokenClaims {
    TokenClaims(
      actor: Actor(tenant: try #require(TenantID("shop")), user: try #require(UserID(name)), role: .customer),
      expiresAt: Timestamp(millis: expires))
  }

  private func look(_ cache: TokenCache, _ token: String, at millis: Int64) -> Actor? {
    Array(token.utf8).withUnsafeBytes { cache.actor(for: $0, now: Timestamp(millis: millis)) }
  }

  @discardableResult
  private func put(_ cache: TokenCache, _ token: String, _ claims: TokenClaims) -> Bool {
    Array(token.utf8).withUnsafeBytes { cache.insert($0, claims) }
  }

  @Test func findsATokenUntilItRunsOut() throws {
    let cache = TokenCache()
    let claims = try claims("ann", expires: 1_000)
    #expect(look(cache, "token-of-ann", at: 0) == nil)
    put(cache, "token-of-ann", claims)
    #expect(look(cache, "token-of-ann", at: 999) == claims.actor)
    #expect(look(cache, "token-of-ann", at: 1_000) == nil)
    for other in ["token-of-anm", "token-of-an", "token-of-ann ", "", "Token-of-ann"] {
      #expect(look(cache, other, at: 0) == nil)
    }
    put(cache, "token-of-ann", try self.claims("ann", expires: 5_000))
    #expect(look(cache, "token-of-ann", at: 1_000) == claims.actor)
  }

  @Test func endedTokensAreNeitherFoundNorTaken() throws {
    let cache = TokenCache()
    func ann(_ issuedAt: Int64?) throws -> TokenClaims {
      var claims = try claims("ann", expires: 9_000_000)
      claims.issuedAt = issuedAt.map { Timestamp(millis: $0) }
      return claims
    }
    #expect(try put(cache, "old", ann(4_000)) && put(cache, "unknown", ann(nil)))
    #expect(try put(cache, "bob's", claims("bob", expires: 9_000_000)))
    let actor = try ann(nil).actor
    let end = TokenEnd(
      tenant: actor.tenant, user: actor.user, before: TokenEnd.next(after: Timestamp(millis: 4_500)))
    #expect(end.before.millis == 5_000)
    #expect(cache.end([end]) == [end])
    // A second time it is no news, nor is an earlier one.
    #expect(cache.end([end, TokenEnd(tenant: actor.tenant, user: actor.user, before: Timestamp(millis: 1))]) == [])
    for token in ["old", "unknown"] { #expect(look(cache, token, at: 6_000) == nil) }
    #expect(try !put(cache, "old", ann(4_000)) && !put(cache, "unknown", ann(nil)))
    #expect(try cache.hasEnded(ann(4_999)) && !cache.hasEnded(ann(5_000)))
    #expect(try put(cache, "new", ann(5_000)))
    #expect(look(cache, "new", at: 6_000) == actor && look(cache, "old", at: 6_000) == nil)
    #expect(try put(cache, "bob's", claims("bob", expires: 9_000_000)))
  }

  /// However often somebody is logged out at once, its next tokens are good, and nobody else's end is passed over.
  @Test func manyEndsAtOnceDoNotRunAwayFromTheClock() {
    let now = Timestamp(millis: 10_500)
    var end = TokenEnd.next(after: now)
    #expect(end.millis == 11_000)
    for _ in 0..<1_000 {
      let next = TokenEnd.next(after: now, and: end)
      #expect(next >= end && next.millis <= 41_000)
      end = next
    }
    #expect(end.millis == 41_000)
    // One that another clock has put far ahead does not go back.
    let ahead = Timestamp(millis: 3_600_000)
    #expect(TokenEnd.next(after: now, and: ahead) == ahead)
  }

  @Test func staysWithinItsBound() throws {
    let cache = TokenCache()
    for number in 0..<20_000 { put(cache, "token number \(number)", try claims("u\(number)", expires: 1_000)) }
    var found = 0
    for number in 0..<20_000 {
      guard let actor = look(cache, "token number \(number)", at: 0) else { continue }
      #expect(actor.user.text == "u\(number)")
      found += 1
    }
    #expect(found <= TokenCache.limit)
    #expect(found > TokenCache.limit / 2)
  }

  @Test func twoDigestsAreEqualOnlyIfEveryBitIs() {
    let digest = Digest.hmacSHA256(key: [1, 2, 3], Array("a message".utf8))
    #expect(Digest.areEqual(digest, digest))
    #expect(!Digest.areEqual(digest, digest.dropLast()))
    for index in digest.indices {
      for bit in 0..<8 {
        var other = digest
        other[index] ^= 1 << bit
        #expect(!Digest.areEqual(digest, other), "byte \(index), bit \(bit)")
        #expect(!Digest.areEqual(Digest.hex(digest).utf8, Digest.hex(other).utf8), "byte \(index), bit \(bit)")
      }
    }
    for count in 0..<1_000 {
      let other = Digest.hmacSHA256(key: [1, 2, 3], Array("another \(count)".utf8))
      #expect(!Digest.areEqual(digest, other))
    }
  }
}
