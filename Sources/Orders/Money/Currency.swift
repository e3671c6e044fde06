/// A currency by its code: three capital letters. One that nobody knows may stand in what is stored, and in nothing new.
public struct Currency: Hashable, Sendable {
  /// The code.
  public let code: String
  /// Nil unless three capital ASCII letters.
  public init?(_ code: String) {
    guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else { return nil }
    self.code = code
  }
  /// Nil unless three capital ASCII letters.
  public init?(_ code: Text) { self.init(code.string) }

  /// How many decimals what is paid in it has: 2 of USD, 0 of JPY, 3 of KWD, 8 of BTC. Nil if nobody knows it.
  public var decimals: Int? { Currencies.decimals[code] }

  /// The smallest amount that can be paid, in 10⁻⁸; 1 of one that nobody knows.
  public var unit: Int64 { Allocation.unit(decimals: decimals ?? 8) }

  /// Which codes are known, for a message.
  public static let allowed = "a code of ISO 4217 such as EUR, or one of \(Currencies.crypto.joined(separator: ", "))"
}
