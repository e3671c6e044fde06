public import Orders

/// Numbers without a gap, each beginning anew in a tenant and year.
public enum NumberSeries: String, Sendable, CaseIterable {
  /// Of invoices: `INV-2026-000001`.
  case invoice
  /// Of credit notes: `CN-2026-000001`.
  case credit

  /// What its numbers begin with.
  public var prefix: String {
    switch self {
    case .invoice: "INV"
    case .credit: "CN"
    }
  }
}

/// The numbers of invoices, or of credit notes, of a tenant and year moving from `expectedLast` to `last`.
public struct InvoiceNumbering: Sendable, Equatable {
  /// Which.
  public var series: NumberSeries
  /// Whose.
  public var tenant: TenantID
  /// The calendar year in the tenant's time zone.
  public var year: Int
  /// The last number given when this was decided; 0 for none.
  public var expectedLast: Int64
  /// The last number given afterwards.
  public var last: Int64
  /// Names a step.
  public init(
    _ series: NumberSeries = .invoice, tenant: TenantID, year: Int, expectedLast: Int64, last: Int64
  ) {
    self.series = series
    self.tenant = tenant
    self.year = year
    self.expectedLast = expectedLast
    self.last = last
  }
}
