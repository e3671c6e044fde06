/// Exact shares of whole numbers through 128 bits.
enum Share {
  /// floor(whole × part ÷ base), which is at most `whole`; nil unless 0 ≤ part ≤ base, 0 < base and 0 ≤ whole.
  static func floor(of whole: Int64, part: Int64, base: Int64) -> Int64? {
    guard whole >= 0, base > 0, part >= 0, part <= base else { return nil }
    if part == base { return whole }
    let product = whole.magnitude.multipliedFullWidth(by: part.magnitude)
    if product.high == 0 { return Int64(truncatingIfNeeded: product.low / base.magnitude) }
    // part ≤ base, so the quotient is at most `whole` and fits.
    return Int64(truncatingIfNeeded: base.magnitude.dividingFullWidth(product).quotient)
  }

  /// left × right ÷ base, halves away from zero; nil if it does not fit 64 bits or anything is negative.
  static func rounded(_ left: Int64, times right: Int64, per base: Int64) -> Int64? {
    guard left >= 0, right >= 0, base > 0 else { return nil }
    let product = left.magnitude.multipliedFullWidth(by: right.magnitude)
    guard product.high < base.magnitude else { return nil }
    let (quotient, remainder) = base.magnitude.dividingFullWidth(product)
    let roundsUp = remainder >= base.magnitude - remainder
    let (result, overflow) = quotient.addingReportingOverflow(roundsUp ? 1 : 0)
    return overflow ? nil : Int64(exactly: result)
  }
}
