import Orders
import Testing

@Suite struct NamesTests {
  @Test(arguments: ["000000000000000000000000", "0123456789abcdef01234567", "ffffffffffffffffffffffff"])
  func `an identity is written as it is read`(text: String) throws {
    #expect(try #require(OrderID(text)).description == text)
    #expect(OrderID(text.uppercased()) == OrderID(text))
  }

  @Test(arguments: [
    "", "0123", "0123456789abcdef0123456g", "0123456789abcdef012345678", " 123456789abcdef01234567",
    "é123456789abcdef0123456",
  ])
  func `an identity is exactly 24 hex digits`(text: String) {
    #expect(OrderID(text) == nil)
  }

  @Test func `tenants, users and currencies allow only what cannot hurt`() {
    #expect(TenantID("Shop_1-a")?.text == "Shop_1-a")
    for text in ["", "a b", "a:b", "a{b}", "é", "$gt", String(repeating: "a", count: 65)] {
      #expect(TenantID(text) == nil)
    }
    #expect(UserID("asha@example.in")?.description == "asha@example.in")
    for text in ["", "a b", "a\n", "é", String(repeating: "a", count: 129)] { #expect(UserID(text) == nil) }
    #expect(Currency("INR")?.code == "INR")
    for text in ["", "inr", "IN", "INRR", "IN1"] { #expect(Currency(text) == nil) }
    // What is stored may be of a currency that nobody knows any more.
    #expect(Currency("ZZZ")?.code == "ZZZ")
  }
}
