import HubWire
import Orders
import Testing

@Suite struct JSONWriterTests {
  private func text(_ write: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    write(&json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  @Test func setsTheCommas() {
    let written = text {
      $0.beginObject()
      $0.name("a")
      $0.beginArray()
      $0.number(1)
      $0.beginObject()
      $0.endObject()
      $0.null()
      $0.endArray()
      $0.name("b")
      $0.bool(true)
      $0.name(text: "c\"d")
      $0.raw("[1]".utf8)
      $0.endObject()
    }
    #expect(written == #"{"a":[1,{},null],"b":true,"c\"d":[1]}"#)
  }

  @Test func escapesWhatMustBe() throws {
    let odd: Text = "\u{1}\u{1f}\n\r\t\"\\/é😀"
    let written = text { $0.string(odd) }
    #expect(written == #""\u0001\u001f\n\r\t\"\\/é😀""#)
    #expect(try JSONParser.parse(Array(written.utf8)) == .string(odd))
  }

  @Test func writesNumbersExactly() {
    #expect(text { $0.number(.min) } == "-9223372036854775808")
    #expect(text { $0.number(0) } == "0")
    #expect(text { $0.money(Money(units: 12_345_678_900_000_001)) } == "123456789.00000001")
    #expect(text { $0.money(Money(units: 2_500_000_000)) } == "25")
    #expect(text { $0.quantity(Quantity(millionths: 350_000)) } == "0.35")
    #expect(text { $0.quantity(Quantity(millionths: -1)) } == "-0.000001")
  }
}

@Suite struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (1_795_208_995_123, "2026-11-20T21:09:55.123Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
  ])
  func writesAndReadsTheSame(_ millis: Int64, _ text: String) {
    #expect(Timestamp(millis: millis).rfc3339 == text)
    #expect(Timestamp(rfc3339: text) == Timestamp(millis: millis))
  }

  @Test func clampsYearsThatHaveNoFourDigits() {
    #expect(Timestamp(millis: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
    #expect(Timestamp(millis: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
  }

  @Test func readsOffsetsFractionsAndDates() {
    #expect(Timestamp(rfc3339: "2026-11-20T23:09:55+02:00") == Timestamp(rfc3339: "2026-11-20T21:09:55Z"))
    #expect(Timestamp(rfc3339: "2026-11-20T21:09:55.1239999Z") == Timestamp(millis: 1_795_208_995_123))
    #expect(Timestamp(rfc3339: "2026-11-20") == nil)
  }

  @Test func aDateAloneIsADayOfTheBusinessFromItsFirstMomentToTheNextOnes() throws {
    let start: DayStart = { Timestamp(millis: $0.dayNumber * 1_000 + $0.day) }
    let day = try #require(WrittenTime("2026-11-30"))
    #expect(day == .day(try #require(CivilDate("2026-11-30"))))
    #expect(day.start(start) == Timestamp(millis: 20_787_030))
    #expect(day.end(start) == Timestamp(millis: 20_788_001))
    let moment = try #require(WrittenTime("2026-11-30T01:00:00+02:00"))
    #expect(moment.start(start) == Timestamp(rfc3339: "2026-11-29T23:00:00Z"))
    #expect(moment.end(start) == moment.start(start))
    for text in ["2026-11-31", "2026-11-3", "2026-11-30T", " 2026-11-30", ""] {
      #expect(WrittenTime(Text(text)) == nil)
    }
  }

  @Test(arguments: [
    "", "2026", "2026-11-20", "2026-13-01", "2026-02-29", "2026-11-31", "2026-11-20T", "2026-11-20T24:00:00Z",
    "2026-11-20T21:60:00Z",
    "2026-11-20T21:09:55", "2026-11-20T21:09:55.Z", "2026-11-20T21:09:55+0200", "2026-11-20T21:09:55Zx", "20261120",
    "-026-11-20", "2026-11-20 21:09:55Z",
  ])
  func refusesWhatIsNoTime(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }
}
