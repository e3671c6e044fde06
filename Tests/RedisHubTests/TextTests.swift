import HubContracts
import Orders
import Testing

@testable import RedisHub

@Suite struct TextTests {
  @Test(arguments: [nil, "carla", #"quo"te\slash"#, "tab\tbell\u{7}", "gr\u{fc}\u{df}e", "gru\u{308}\u{df}e", ""])
  func anOwnerSurvivesItsText(customer: Text?) throws {
    let owner = OrderOwner(tenant: try tenant(), customerID: customer)
    #expect(OwnerText.read(OwnerText.write(owner)) == owner)
  }

  @Test func aSellerAndAKioskSurviveItToo() throws {
    for parties in [
      OrderParties(customer: "carla", seller: "sam", kiosk: "k\"1"), OrderParties(seller: "sam"),
      OrderParties(kiosk: "k"),
    ] {
      let owner = OrderOwner(tenant: try tenant(), parties: parties)
      #expect(OwnerText.read(OwnerText.write(owner)) == owner)
    }
    // What a newer process says of it is looked up in the store.
    let other = #"{"tenant":"a","customer":"b","seller":"c","kiosk":"d","courier":"e"}"#
    #expect(OwnerText.read(Array(other.utf8)) == nil)
    #expect(OwnerText.read(Array(#"{"tenant":"a","seller":7}"#.utf8)) == nil)
  }

  @Test func writesAnOwnerAsJSON() throws {
    let owner = OrderOwner(tenant: try tenant(), customerID: "a\"b\n")
    #expect(String(decoding: OwnerText.write(owner), as: UTF8.self) == #"{"tenant":"shop-1","customer":"a\"b\n"}"#)
  }

  @Test(arguments: [
    "", "{}", #"{"tenant":""}"#, #"{"tenant":"a b"}"#, #"{"tenant":"a","other":"b"}"#, #"{"tenant":"a","customer":"b"#,
    #"{"tenant":"a","customer":"b"c"}"#, #"{"tenant":"a","customer":"\"}"#, #"{"tenant":"a","customer":"\u12"}"#,
  ])
  func refusesAnOwnerThatItDidNotWrite(text: String) { #expect(OwnerText.read(Array(text.utf8)) == nil) }

  @Test(arguments: [0, 7, 10, 99, 100, 12_345, Int64.max, Int64.min, -1])
  func writesADecimal(number: Int64) {
    var bytes: [UInt8] = []
    Decimal.write(number, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == String(number))
    #expect(Decimal.length(number) == bytes.count)
  }

  @Test func readsOnlyDigits() {
    #expect(Decimal.read("0042".utf8) == 42)
    #expect(Decimal.read("".utf8) == nil)
    #expect(Decimal.read("-1".utf8) == nil)
    #expect(Decimal.read("1234567890123456789".utf8) == nil)
  }

  @Test func anArgumentIsAsLongAsItSays() throws {
    let ids = RandomIDs()
    var pipeline = Pipeline()
    pipeline.command("X", arguments: 4)
    pipeline.order(ids.next(Order.self), ":version")
    pipeline.item(ids.next(OrderItem.self), of: ids.next(Order.self))
    pipeline.lock(ids.next(Order.self))
    let parts = String(decoding: pipeline.bytes, as: UTF8.self).components(by: "\r\n")
    for index in stride(from: 1, to: parts.count - 1, by: 2) {
      #expect(parts[index] == "$\(parts[index + 1].utf8.count)")
    }
  }
}

extension String {
  fileprivate func components(by separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
