import HubContracts
import Orders
import Testing

@testable import RedisHub

@Suite struct TextTests {
  @Test(arguments: [nil, "carla", #"quo"te\slash"#, "tab\tnull\0", "grüße", ""])
  func anOwnerSurvivesItsText(customer: String?) throws {
    let owner = OrderOwner(tenant: try tenant(), customerID: customer)
    #expect(OwnerText.read(OwnerText.write(owner)) == owner)
  }

  @Test func writesAnOwnerAsJSON() throws {
    let owner = OrderOwner(tenant: try tenant(), customerID: "a\"b\n")
    #expect(String(decoding: OwnerText.write(owner), as: UTF8.self) == #"{"tenant":"shop-1","customer":"a\"b\u000a"}"#)
  }

  @Test(arguments: [
    "", "{}", #"{"tenant":""}"#, #"{"tenant":"a b"}"#, #"{"tenant":"a","other":"b"}"#, #"{"tenant":"a","customer":"b"#,
    #"{"tenant":"a","customer":"b"c"}"#, #"{"tenant":"a","customer":"\"}"#, #"{"tenant":"a","customer":"\u12"}"#,
  ])
  func refusesAnOwnerThatItDidNotWrite(text: String) { #expect(OwnerText.read(Array(text.utf8)) == nil) }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (1_767_225_600_007, "2026-01-01T00:00:00.007Z"),
    (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (1_709_251_199_000, "2024-02-29T23:59:59.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
    (Int64.min, "0000-01-01T00:00:00.000Z"), (-62_162_121_600_000, "0000-02-29T00:00:00.000Z"),
  ])
  func writesATime(millis: Int64, text: String) {
    var bytes: [UInt8] = []
    UTCText.write(Timestamp(millis: millis), to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

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
