public import HubContracts
import HubWire
import Orders

extension DeliveryQuery {
  /// What `GET /api/deliveries` asks for.
  init(_ pairs: [(name: Text, value: Text)], tenant: TenantID) throws(Refusal) {
    var problems = FieldProblems()
    var values = QueryValues(pairs, known: ["day", "from", "to", "status", "limit", "cursor"], &problems)
    let day = values.day("day", &problems)
    let (from, through) = (values.day("from", &problems), values.day("to", &problems))
    if day != nil, from != nil || through != nil { problems.add("day", "is one day; from and to are for several") }
    self.init(
      tenant: tenant, from: (day ?? from)?.text, through: (day ?? through)?.text,
      statuses: values.choices("status", DeliveryStatus.allCases.map(\.rawValue), &problems)
        .compactMap { DeliveryStatus(Text($0)) },
      after: values.cursor(&problems, DeliveryPlace.init(text:)), limit: values.limit(&problems))
    try problems.refuse()
  }
}

extension InvoiceQuery {
  /// The statuses that an invoice may have.
  static let statuses: [PaymentStatus] = [.unpaid, .partiallyPaid, .paid, .refunded]

  /// What `GET /api/invoices` asks for.
  init(_ pairs: [(name: Text, value: Text)], tenant: TenantID, startOfDay: DayStart) throws(Refusal) {
    var problems = FieldProblems()
    var values = QueryValues(pairs, known: ["status", "month", "limit", "cursor"], &problems)
    let month = values.month("month", &problems)
    self.init(
      tenant: tenant,
      statuses: values.choices("status", Self.statuses.map(\.rawValue), &problems)
        .compactMap { PaymentStatus(Text($0)) },
      from: month.map { startOfDay($0.first) }, before: month.map { startOfDay($0.next) },
      after: values.cursor(&problems, InvoicePlace.init(text:)), limit: values.limit(&problems))
    try problems.refuse()
  }
}

extension QueryValues {
  /// How many a page has at most.
  fileprivate mutating func limit(_ problems: inout FieldProblems) -> Int {
    integer("limit", 1...100, &problems) ?? 20
  }

  /// A day of the business.
  fileprivate mutating func day(_ name: Text, _ problems: inout FieldProblems) -> CivilDate? {
    guard let value = take(name) else { return nil }
    if let day = CivilDate(value.string) { return day }
    problems.add(name.string, "a date such as 2026-11-20 was expected")
    return nil
  }

  /// The first day of a month, and of the next one.
  fileprivate mutating func month(_ name: Text, _ problems: inout FieldProblems) -> (first: CivilDate, next: CivilDate)?
  {
    guard let value = take(name) else { return nil }
    // No month has more than 31 days, and none fewer than 28.
    if value.utf8.count == 7, let first = CivilDate("\(value)-01") {
      let later = CivilDate(dayNumber: first.dayNumber + 31)
      return (first, CivilDate(dayNumber: later.dayNumber - later.day + 1))
    }
    problems.add(name.string, "a month such as 2026-11 was expected")
    return nil
  }
}

extension DeliveryPlace: CustomStringConvertible {
  /// The place of a delivery.
  init(_ delivery: Delivery) { self.init(day: delivery.day, id: delivery.id) }

  /// The day, a dot, the delivery's id.
  public var description: String { "\(day).\(id)" }

  init?(text: Text) {
    let parts = text.split(on: UInt8(ascii: "."))
    guard parts.count == 2, let day = CivilDate(parts[0].string), let id = DeliveryID(parts[1]) else { return nil }
    self.init(day: day.text, id: id)
  }
}

extension InvoicePlace: CustomStringConvertible {
  /// The place of an invoice.
  init(_ invoice: Invoice) { self.init(createdAt: invoice.createdAt, id: invoice.id) }

  /// Milliseconds, a dot, the invoice's id.
  public var description: String { "\(createdAt.millis).\(id)" }

  init?(text: Text) {
    let parts = text.split(on: UInt8(ascii: "."))
    guard parts.count == 2, let millis = Int64(parts[0].string), let id = InvoiceID(parts[1]) else { return nil }
    self.init(createdAt: Timestamp(millis: millis), id: id)
  }
}
