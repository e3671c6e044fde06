/// In which steps an order's amounts are cut, and how what falls between two steps is rounded.
///
/// The one rule of all amounts that are asked of somebody: half a step rounds up. It is used where an amount arises (price
/// × quantity, a discount as given, tax) and on running sums: of an item's first q units, and of the order's discount over
/// the items before. What two sums differ in is the part between them, so the parts sum to the whole however it is cut.
public struct Allocation: Hashable, Sendable {
  /// The step in 10⁻⁸ of the currency's unit: 1,000,000 with two decimals.
  public let unit: Int64
  /// Whether half a step rounds up; if not, what is below a step is cut off.
  public let roundsHalfUp: Bool

  /// Of orders written before amounts had their currency's decimals: 8 of them, cut off. Their parts go on so, or they
  /// would not sum to what was promised.
  public static let before = Allocation(unit: 1, roundsHalfUp: false)

  /// By how many decimals amounts have, 0…8; nil: `before`.
  public init(decimals: Int?) {
    self = decimals.map { Allocation(unit: Self.unit(decimals: $0), roundsHalfUp: true) } ?? .before
  }

  private init(unit: Int64, roundsHalfUp: Bool) {
    self.unit = unit
    self.roundsHalfUp = roundsHalfUp
  }

  /// 10⁻⁸ of a step of so many decimals; those outside of 0…8 count as the nearest.
  static func unit(decimals: Int) -> Int64 {
    (0..<min(max(8 - decimals, 0), 8)).reduce(1) { unit, _ in unit * 10 }
  }

  /// left × right ÷ base in whole steps; nil if it does not fit or anything is negative. `base` × the step must fit: it
  /// does for quantities and rates, whose base is 10⁶.
  func product(_ left: Int64, times right: Int64, per base: Int64) -> Int64? {
    guard let steps = Share.rounded(left, times: right, per: base * unit) else { return nil }
    let (amount, overflow) = steps.multipliedReportingOverflow(by: unit)
    return overflow ? nil : amount
  }

  /// The part of `whole` that falls on `part` of `base`; nil unless 0 ≤ part ≤ base, 0 < base and 0 ≤ whole. All of it
  /// for all of it.
  func share(of whole: Int64, part: Int64, base: Int64) -> Int64? {
    guard whole >= 0, base > 0, part >= 0, part <= base else { return nil }
    if part == base { return whole }
    guard roundsHalfUp else { return Share.floor(of: whole, part: part, base: base) }
    return Share.rounded(whole / unit, times: part, per: base).map { $0 * unit }
  }

  /// An amount in whole steps, half a step up; nil if it is negative or does not fit.
  func rounded(_ amount: Int64) -> Int64? { product(amount, times: 1, per: 1) }
}
