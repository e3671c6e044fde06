import Orders
import Testing

@Suite struct DecimalTextTests {
  @Test(arguments: [
    ("0", 0), ("-0", 0), ("-0.0e5", 0), ("15", 1_500_000_000), ("0.35", 35_000_000), ("1e2", 10_000_000_000),
    ("1.50E+1", 1_500_000_000), ("150e-1", 1_500_000_000), ("0.00000001", 1), ("-0.00000001", -1),
    ("10000000000e-10", 100_000_000), ("0.000000010000000000000000000000", 1), ("0.0000000000000000001e11", 1),
    ("92233720368.54775807", Int64.max), ("-92233720368.54775808", Int64.min), ("0e99999999999999999999999", 0),
    ("9999999999.99999999", 999_999_999_999_999_999), ("100.5", 10_050_000_000),
  ])
  func `reads JSON numbers exactly`(text: String, units: Int64) throws {
    #expect(try Money(parsing: text.utf8) == Money(units: units))
    #expect(try Money(parsing: Array(text.utf8)) == Money(units: units))
    #expect(try Money(parsing: text.utf8.lazy.map { $0 }) == Money(units: units))
    #expect(Money(decimal: text.utf8) == Money(units: units))
  }

  @Test(arguments: [
    "", "-", "+1", "01", "-01", ".5", "1.", "1.e2", "1e", "1e+", "1e-", "0x10", "NaN", "Infinity", " 1", "1 ", "1,5",
    "1.2.3",
    "1e2e3", "١", "--1", "1-", "00", "1e1.5", "1\u{0}",
  ])
  func `refuses what is not a JSON number`(text: String) {
    #expect(throws: DecimalProblem.malformed) { try Money(parsing: text.utf8) }
    #expect(throws: DecimalProblem.malformed) { try Quantity(parsing: text.utf8) }
    #expect(Quantity(decimal: text.utf8) == nil)
  }

  @Test(arguments: [
    ("0.000000001", DecimalProblem.tooPrecise), ("1e-9", .tooPrecise), ("1.123456789", .tooPrecise),
    ("1e-400", .tooPrecise), ("1e-99999999999999999999", .tooPrecise), ("0.1234567890123456789012345", .tooPrecise),
    ("1e400", .tooLarge), ("-1e400", .tooLarge), ("1e99999999999999999999", .tooLarge),
    ("92233720368.54775808", .tooLarge), ("-92233720368.54775809", .tooLarge), ("99999999999.99999999", .tooLarge),
    ("184467440737.09551616", .tooLarge), ("1000000000000", .tooLarge), ("12345678901234567890123", .tooLarge),
  ])
  func `tells too precise from too large`(text: String, problem: DecimalProblem) {
    #expect(throws: problem) { try Money(parsing: text.utf8) }
    #expect(Money(decimal: text.utf8) == nil)
  }

  @Test func `a quantity keeps six decimals and money eight`() throws {
    #expect(try Quantity(parsing: "0.000001".utf8) == Quantity(millionths: 1))
    #expect(throws: DecimalProblem.tooPrecise) { try Quantity(parsing: "0.0000001".utf8) }
    #expect(try Money(parsing: "0.0000001".utf8) == Money(units: 10))
  }

  @Test func `refuses ten thousand digits unread and reads a thousand`() throws {
    let long = [UInt8](repeating: 0x39, count: 10_000)
    #expect(throws: DecimalProblem.tooPrecise) { try Money(parsing: long) }
    #expect(throws: DecimalProblem.tooPrecise) { try Money(parsing: long.lazy.map { $0 }) }
    #expect(throws: DecimalProblem.tooLarge) { try Money(parsing: long.prefix(1_000)) }
    let zeros = Array("0.35".utf8) + [UInt8](repeating: 0x30, count: 996)
    #expect(try Money(parsing: zeros) == Money(units: 35_000_000))
    #expect(throws: DecimalProblem.tooPrecise) { try Money(parsing: zeros + [0x30]) }
    let small = Array("0.".utf8) + [UInt8](repeating: 0x30, count: 900) + Array("1e901".utf8)
    #expect(try Money(parsing: small) == Money(units: 100_000_000))
  }

  @Test(arguments: [
    (0, "0"), (1_500_000_000, "15"), (35_000_000, "0.35"), (-35_000_000, "-0.35"), (1, "0.00000001"),
    (100_000_001, "1.00000001"), (10_050_000_000, "100.5"), (Int64.max, "92233720368.54775807"),
    (Int64.min, "-92233720368.54775808"), (1_000_000_000, "10"),
  ])
  func `writes the shortest decimal`(units: Int64, text: String) {
    #expect(Money(units: units).decimal == text)
    var bytes: [UInt8] = [0x5b]
    Money(units: units).write(to: &bytes)
    #expect(bytes == [0x5b] + Array(text.utf8))
  }

  @Test func `what is written is read back, whatever it is`() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<20_000 {
      let bits = Int.random(in: 1...64, using: &random)
      let value = Int64(truncatingIfNeeded: random.next()) >> Int64(64 - bits)
      #expect(try Money(parsing: Money(units: value).decimal.utf8) == Money(units: value))
      #expect(try Quantity(parsing: Quantity(millionths: value).decimal.utf8) == Quantity(millionths: value))
    }
  }
}
