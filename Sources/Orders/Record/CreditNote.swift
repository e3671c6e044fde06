/// What takes an invoice back, in full.
///
/// The part of the order's advance that was used on it is free again. What was paid on it becomes credit of the order, used
/// on its next invoices like an advance, or is refunded.
public struct CreditNote: Sendable, Equatable {
  /// Gapless in its tenant and year: `CN-2026-000001`.
  public var number: String
  /// Free text.
  public var reason: Text?
  /// What was paid back; nil if it became credit of the order, or nothing was paid.
  public var refund: Refund?
  /// When.
  public var at: Timestamp
  /// Who credited it.
  public var by: UserID
  /// Names a credit note.
  public init(number: String, reason: Text?, refund: Refund?, at: Timestamp, by: UserID) {
    self.number = number
    self.reason = reason
    self.refund = refund
    self.at = at
    self.by = by
  }
}

/// What was paid on an invoice, paid back.
public struct Refund: Sendable, Equatable {
  /// How much; more than zero.
  public var amount: Money
  /// `cash`, `card`, … as the shop calls it.
  public var method: Text
  /// Names a refund.
  public init(amount: Money, method: Text) {
    self.amount = amount
    self.method = method
  }
}

extension Invoice {
  /// Whether it counts: it was not credited.
  public var isLive: Bool { creditNote == nil }
}
