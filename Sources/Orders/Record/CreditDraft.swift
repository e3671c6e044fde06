/// How somebody wants an invoice credited.
public struct CreditDraft: Sendable, Equatable {
  /// Why; free text.
  public var reason: Text?
  /// How what was paid on it is paid back; nil: it becomes credit of the order.
  public var refundMethod: Text?
  /// Describes a credit.
  public init(reason: Text? = nil, refundMethod: Text? = nil) {
    self.reason = reason
    self.refundMethod = refundMethod
  }
}
