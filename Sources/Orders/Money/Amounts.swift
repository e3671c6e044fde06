/// An amount of money: an integer of 10⁻⁸ of the currency's unit, so 8 decimals and whole rupees are both exact.
///
/// Every operation that could overflow answers nil; nothing traps and nothing wraps.
public struct Money: Hashable, Sendable, Comparable {
  /// 10⁻⁸ of the unit.
  public let units: Int64
  /// So many 10⁻⁸ of the unit.
  public init(units: Int64) { self.units = units }
  /// Nothing.
  public static let zero = Money(units: 0)
  /// One unit of the currency.
  public static let scale: Int64 = 100_000_000
  /// The largest amount a request may name: 10 digits before the point, DECIMAL(18,8).
  public static let limit = Money(units: 999_999_999_999_999_999)
  /// The largest sum that orders are made of, 90 billion: it leaves room below 2⁶³ for a payment on top.
  public static let sumLimit = Money(units: 9_000_000_000_000_000_000)
  /// Smaller is less.
  public static func < (left: Money, right: Money) -> Bool { left.units < right.units }
  /// The sum, or nil if it overflows.
  public func adding(_ other: Money) -> Money? {
    let (sum, overflow) = units.addingReportingOverflow(other.units)
    return overflow ? nil : Money(units: sum)
  }
  /// The difference, or nil if it overflows.
  public func subtracting(_ other: Money) -> Money? {
    let (difference, overflow) = units.subtractingReportingOverflow(other.units)
    return overflow ? nil : Money(units: difference)
  }
}

/// An amount of goods: an integer of millionths, so 0.35 m of cloth is exact.
///
/// Every operation that could overflow answers nil; nothing traps and nothing wraps.
public struct Quantity: Hashable, Sendable, Comparable {
  /// 10⁻⁶ of the unit.
  public let millionths: Int64
  /// So many 10⁻⁶ of the unit.
  public init(millionths: Int64) { self.millionths = millionths }
  /// Nothing.
  public static let zero = Quantity(millionths: 0)
  /// One unit.
  public static let scale: Int64 = 1_000_000
  /// The largest quantity a request may name: 10⁹ units.
  public static let limit = Quantity(millionths: 1_000_000_000 * scale)
  /// Smaller is less.
  public static func < (left: Quantity, right: Quantity) -> Bool { left.millionths < right.millionths }
  /// The sum, or nil if it overflows.
  public func adding(_ other: Quantity) -> Quantity? {
    let (sum, overflow) = millionths.addingReportingOverflow(other.millionths)
    return overflow ? nil : Quantity(millionths: sum)
  }
  /// The difference, or nil if it overflows.
  public func subtracting(_ other: Quantity) -> Quantity? {
    let (difference, overflow) = millionths.subtractingReportingOverflow(other.millionths)
    return overflow ? nil : Quantity(millionths: difference)
  }
}

/// A tax rate in millionths: 180000 is 18 %. From 0 to 1,000,000 (100 %).
public struct TaxRate: Hashable, Sendable {
  /// 10⁻⁶ of the base.
  public let millionths: Int64
  /// So many 10⁻⁶ of the base.
  public init(millionths: Int64) { self.millionths = millionths }
  /// No tax.
  public static let zero = TaxRate(millionths: 0)
}
