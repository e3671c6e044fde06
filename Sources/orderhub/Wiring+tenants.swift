import API
import HubContracts
import HubRuntime
import HubWire
import MongoStore
import OrderDesk
import Orders
import Worker

extension Wiring {
  /// What each tenant goes by; the settings of the process stand in for what it has not set.
  func book(_ store: MongoStore) -> TenantBook {
    let zones = Zones()
    return TenantBook(
      store: store,
      standard: StandardTerms(
        calendar: calendar, timeZone: Text(settings.timeZone), currency: currency,
        calendarOf: { zones.calendar(of: $0) }))
  }

  /// Looks every second whether tenants have changed their settings. Where that cannot be told, the next round does; that
  /// a server is away is logged by whoever talks to it.
  func tenantSettings(_ book: TenantBook) -> PeriodicService {
    PeriodicService(name: "tenant-settings", pause: TenantBook.pause, log: log, metrics: metrics) {
      try? await book.round()
    }
  }

  /// Whether tenants can keep secrets, for `/readyz?verbose`.
  var secretsCondition: Condition { PlaceConditions.secretsKey(settings.secrets) }
}

/// The calendars of time zones, made once each. There are a few hundred zones.
private final class Zones: Sendable {
  private let calendars = Locked<[Text: BusinessCalendar]>([:])
  /// Names that lead to the same zone in other spellings may be more than there are zones.
  private static let limit = 2_000

  func calendar(of name: Text) -> BusinessCalendar? {
    if let known = calendars.with({ $0[name] }) { return known }
    guard let days = CalendarDays(timeZone: name.string) else { return nil }
    let calendar = BusinessCalendar(days)
    calendars.with { calendars in
      if calendars.count >= Self.limit { calendars.removeAll() }
      calendars[name] = calendar
    }
    return calendar
  }
}
