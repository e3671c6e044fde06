import HubContracts
import HubRuntime
import Orders
import Testing

/// However many ends there are, what was ended stays so, and what it costs is paid by whoever has the most.
@Suite struct EndedTokensTests {
  private func end(_ tenant: String, _ user: String, _ second: Int) throws -> TokenEnd {
    TokenEnd(
      tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)),
      before: Timestamp(millis: Int64(second) * 1_000))
  }

  private func claims(_ tenant: String, _ user: String, madeAt second: Int?) throws -> TokenClaims {
    TokenClaims(
      actor: Actor(tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)), role: .customer),
      issuedAt: second.map { Timestamp(millis: Int64($0) * 1_000) }, expiresAt: Timestamp(millis: .max))
  }

  @Test func aTenantThatEndsVeryManyMakesNoEndedTokenGoodAgain() throws {
    let ended = EndedTokens(limit: 400, tenantLimit: 80)
    #expect(try ended.note([end("quiet", "ann", 10)]) == [try end("quiet", "ann", 10)])
    for number in 0..<2_000 {
      let end = try end("loud", "u\(number)", 100 + number)
      #expect(ended.note([end]) == [end])
    }
    #expect(ended.count <= 1 + 90)
    // Neither another's, nor its own.
    #expect(try ended.has(claims("quiet", "ann", madeAt: 9)) && !ended.has(claims("quiet", "ann", madeAt: 10)))
    for number in 0..<2_000 {
      #expect(try ended.has(claims("loud", "u\(number)", madeAt: 99 + number)), "\(number)")
      // A second time it is no news.
      #expect(try ended.note([end("loud", "u\(number)", 100 + number)]) == [])
    }
    // Who logs in again is in.
    for number in [1_500, 1_999] { #expect(try !ended.has(claims("loud", "u\(number)", madeAt: 2_100))) }
    // It is its own users who pay: with old tokens, and with such as do not say when they were made.
    #expect(try ended.has(claims("loud", "other", madeAt: 500)) && ended.has(claims("loud", "other", madeAt: nil)))
    #expect(try !ended.has(claims("loud", "other", madeAt: 2_100)))
    for second in [nil, 1, 500] as [Int?] {
      #expect(try !ended.has(claims("quiet", "bob", madeAt: second)))
      #expect(try !ended.has(claims("third", "bob", madeAt: second)))
    }
  }

  @Test func whereAllTogetherAreTooManyTheLargestTenantsPay() throws {
    let ended = EndedTokens(limit: 400, tenantLimit: 300)
    for number in 0..<5 { _ = ended.note([try end("small", "u\(number)", 1 + number)]) }
    for number in 0..<300 {
      for tenant in ["one", "two", "three"] { _ = ended.note([try end(tenant, "u\(number)", 100 + number)]) }
      #expect(ended.count <= 450)
    }
    for number in 0..<300 {
      for tenant in ["one", "two", "three"] {
        #expect(try ended.has(claims(tenant, "u\(number)", madeAt: 99 + number)), "\(tenant) \(number)")
      }
    }
    for number in 0..<5 {
      #expect(try ended.has(claims("small", "u\(number)", madeAt: number)))
      #expect(try !ended.has(claims("small", "u\(number)", madeAt: 1 + number)))
    }
    #expect(try !ended.has(claims("small", "other", madeAt: 1)))
  }

  @Test func ofTooManyTenantsTheLongestQuietPayTogether() throws {
    let ended = EndedTokens(limit: 400, tenantLimit: 80)
    for number in 0..<2_000 { _ = ended.note([try end("t\(number)", "ann", 100 + number)]) }
    #expect(ended.count <= 450)
    for number in 0..<2_000 { #expect(try ended.has(claims("t\(number)", "ann", madeAt: 99 + number)), "\(number)") }
    for number in [0, 1_999] { #expect(try !ended.has(claims("t\(number)", "ann", madeAt: 2_100))) }
    #expect(try !ended.has(claims("new", "bob", madeAt: 2_100)))
  }

  /// A token says the earlier of both clocks, and never a moment at which the user's tokens are not good yet.
  @Test func aTokenIsMadeByTheEarlierClock() {
    func made(_ stored: Int64, _ own: Int64, _ from: Int64?) -> Int64 {
      TokenEnd.made(
        stored: Timestamp(millis: stored), own: Timestamp(millis: own), from: from.map { Timestamp(millis: $0) }
      ).millis
    }
    #expect(made(5_000, 9_000, nil) == 5_000 && made(9_000, 5_000, nil) == 5_000)
    #expect(made(5_000, 9_000, 4_000) == 5_000 && made(5_000, 9_000, 6_000) == 6_000)
  }
}
