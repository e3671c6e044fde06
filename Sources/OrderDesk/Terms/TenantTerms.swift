public import HubWire
public import Orders

/// What a tenant's business goes by: what it has set, and for the rest what the process was told. A class, so that a look
/// at it costs one count of references.
public final class TenantTerms: Sendable {
  /// What it has set itself.
  public let settings: TenantSettings
  /// Its days and years.
  public let calendar: BusinessCalendar
  /// Of orders that name none, and of the single sum.
  public let currency: Currency
  /// Of what older versions counted without naming one: the process's own.
  public let untoldCurrency: Currency
  /// Of orders that name none.
  public let workflow: WorkflowName
  /// The IANA name of the zone of `calendar`; empty where nobody has named it.
  public let timeZone: Text

  /// Names the terms.
  public init(
    settings: TenantSettings, calendar: BusinessCalendar, currency: Currency, untoldCurrency: Currency,
    workflow: WorkflowName, timeZone: Text
  ) {
    self.settings = settings
    self.calendar = calendar
    self.currency = currency
    self.untoldCurrency = untoldCurrency
    self.workflow = workflow
    self.timeZone = timeZone
  }
}

/// What a process goes by where a tenant says nothing.
public struct StandardTerms: Sendable {
  /// The days and years of the process's own zone.
  public let calendar: BusinessCalendar
  /// The IANA name of that zone; empty where nobody names it.
  public let timeZone: Text
  /// The process's own currency.
  public let currency: Currency
  /// The calendar of a zone by its name; nil if this machine knows none.
  public let calendarOf: @Sendable (Text) -> BusinessCalendar?

  /// Names them; without `calendarOf` all tenants have the same calendar.
  public init(
    calendar: BusinessCalendar, timeZone: Text = "", currency: Currency,
    calendarOf: @escaping @Sendable (Text) -> BusinessCalendar? = { _ in nil }
  ) {
    self.calendar = calendar
    self.timeZone = timeZone
    self.currency = currency
    self.calendarOf = calendarOf
  }

  /// The terms of a tenant with these settings. A zone that this machine does not know counts as not set.
  func terms(_ settings: TenantSettings) -> TenantTerms {
    let own = settings.timeZone.flatMap { name in calendarOf(name).map { (name, $0) } }
    return TenantTerms(
      settings: settings, calendar: own?.1 ?? calendar, currency: settings.currency ?? currency,
      untoldCurrency: currency, workflow: settings.defaultWorkflow ?? .delivery, timeZone: own?.0 ?? timeZone)
  }
}
