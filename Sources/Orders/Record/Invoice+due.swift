extension Invoice {
  /// What is still to be paid: total + rounding − advance applied − paid; never below zero, and nothing once credited.
  public var due: Money {
    guard isLive, let asked = total.adding(rounding), let afterAdvance = asked.subtracting(advanceApplied),
      let due = afterAdvance.subtracting(paid)
    else { return .zero }
    return max(.zero, due)
  }
}
