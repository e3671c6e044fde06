import Testing

@testable import RedisHub

@Suite struct ShopperTests {
  @Test func aCallSetAsideIsRepeatedSoonAfterItsMarkIsGone() {
    let aside = Int64(Shopper.markSeconds) * 1_000
    #expect(aside > Keys.markMs)
    #expect(aside <= Keys.markMs + 1_000)
  }
}
