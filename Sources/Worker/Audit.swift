public import HubContracts
import HubWire
public import Orders

/// Counts everything again: what an order says of itself against its deliveries, invoices and events; stock against its
/// ledger; numbers of invoices and credit notes for gaps; counters against the orders they count.
public struct Audit: Sendable {
  private let source: any AuditSource
  /// How many orders or products are read at a time.
  static let pageLimit = 200
  /// How often an order that changes all the time is looked at.
  static let lookLimit = 100
  /// How many findings are told; more are only counted.
  public static let findingsLimit = 1_000

  /// One thing that is not as it must be.
  public struct Finding: Sendable, Equatable {
    /// `order`, `stock`, `invoice-numbers`, `credit-numbers` or `counters`.
    public var area: String
    /// Of which tenant.
    public var tenant: TenantID
    /// Of what.
    public var subject: String
    /// What is wrong, with both numbers.
    public var detail: String
    /// Whether it was put right.
    public var isRepaired = false
  }

  /// What an audit came to.
  public struct Report: Sendable {
    /// What is wrong, at most `findingsLimit`.
    public private(set) var findings: [Finding] = []
    /// How many there are in all.
    public private(set) var findingCount = 0
    /// How many orders were looked at.
    public internal(set) var orders = 0
    /// How many products were looked at.
    public internal(set) var products = 0
    /// How many tenants there are.
    public internal(set) var tenants = 0

    mutating func add(_ finding: Finding) {
      findingCount += 1
      if findings.count < Audit.findingsLimit { findings.append(finding) }
    }
  }

  /// An audit of a store.
  public init(source: any AuditSource) { self.source = source }

  /// Looks at everything. With `repair` the counters that are wrong are counted anew, and the sums of stock put right that
  /// are not those of the ledger; nothing else is ever changed.
  /// `progress` is told how many orders were looked at so far.
  public func run(repair: Bool, progress: @Sendable (Int) -> Void) async throws -> Report {
    var report = Report()
    try await checkOrders(&report, progress)
    let tenants = try await source.tenants()
    report.tenants = tenants.count
    for tenant in tenants {
      try await checkStock(of: tenant, repair: repair, &report)
      for series in NumberSeries.allCases {
        for year in try await source.years(of: series, tenant: tenant) {
          try await checkNumbers(of: series, tenant, year, &report)
        }
      }
    }
    try await checkTallies(tenants, repair: repair, &report)
    return report
  }

  // MARK: Orders

  private func checkOrders(_ report: inout Report, _ progress: @Sendable (Int) -> Void) async throws {
    var last: OrderID?
    while true {
      let page = try await source.auditedOrders(after: last, tenant: nil, limit: Self.pageLimit)
      guard let end = page.last else { return }
      for audited in page {
        for problem in try await problems(of: audited) {
          report.add(
            Finding(area: "order", tenant: audited.order.tenantID, subject: audited.order.number, detail: problem))
        }
      }
      report.orders += page.count
      progress(report.orders)
      last = end.order.id
    }
  }

  /// What is wrong with an order. A page is no snapshot: an order may have changed between its parts, so what looks wrong
  /// is looked at until it has stood still.
  private func problems(of audited: AuditedOrder) async throws -> [String] {
    var last = audited
    for _ in 0..<Self.lookLimit {
      let problems = OrderAudit(last).problems
      guard !problems.isEmpty, let again = try await lookAgain(last.order) else { return [] }
      if again == last { return problems }
      last = again
    }
    return OrderAudit(last).problems
  }

  /// The same order again, alone: the page that begins just before it.
  private func lookAgain(_ order: Order) async throws -> AuditedOrder? {
    let before =
      order.id.low > 0
      ? OrderID(high: order.id.high, low: order.id.low - 1) : OrderID(high: order.id.high &- 1, low: .max)
    return try await source.auditedOrders(after: before, tenant: order.tenantID, limit: 1).first {
      $0.order.id == order.id
    }
  }

  // MARK: Stock

  private func checkStock(of tenant: TenantID, repair: Bool, _ report: inout Report) async throws {
    var last: Text?
    while true {
      let page = try await source.auditedProducts(tenant: tenant, after: last, limit: Self.pageLimit)
      guard let end = page.last else { return }
      for audited in page where !audited.wrong.isEmpty {
        try await checkAgain(audited.product, repair: repair, &report)
      }
      report.products += page.count
      last = end.product.productID
    }
  }

  /// Tells what is wrong with a product. A page is no snapshot: stock may have moved between it and its ledger.
  private func checkAgain(_ product: Product, repair: Bool, _ report: inout Report) async throws {
    let (id, tenant) = (product.productID, product.tenantID)
    let found =
      repair
      ? try await source.repairStock(of: id, tenant: tenant) : try await source.auditedProduct(id, tenant: tenant)
    guard let found else { return }
    for place in found.wrong {
      report.add(
        Finding(
          area: "stock", tenant: tenant, subject: id.string,
          detail: "\(place.sum) is \(found.product[place].decimal), its ledger sums to \(found[place].decimal)",
          isRepaired: repair))
    }
  }

  // MARK: Invoice numbers

  private func checkNumbers(
    of series: NumberSeries, _ tenant: TenantID, _ year: Int, _ report: inout Report
  ) async throws {
    let prefix = "\(series.prefix)-\(year)-"
    var numbers: [Int64] = []
    var last: String?
    while true {
      let page = try await source.numbers(
        of: series, tenant: tenant, prefix: prefix, after: last, limit: 1_000)
      guard let end = page.last else { break }
      numbers += page.compactMap { Int64($0.dropFirst(prefix.count)) }
      last = end
    }
    numbers.sort()
    for (index, number) in numbers.enumerated() where number != Int64(index) + 1 {
      report.add(
        Finding(
          area: series == .invoice ? "invoice-numbers" : "credit-numbers", tenant: tenant, subject: prefix,
          detail: "number \(index + 1) is missing or doubled: \(number) stands in its place"))
      return
    }
  }

  // MARK: Counters

  private func checkTallies(_ tenants: [TenantID], repair: Bool, _ report: inout Report) async throws {
    var shards: [TallyScope: [TallyShard]] = [:]
    for tenant in tenants { shards[TallyScope(tenant: tenant, kind: .orders)] = [] }
    var last: TallyShard?
    while true {
      let page = try await source.allTallies(after: last, limit: 1_000)
      guard let end = page.last else { break }
      for shard in page { shards[shard.scope, default: []].append(shard) }
      last = end
    }
    for (scope, shards) in shards { try await checkTally(scope, shards, repair: repair, &report) }
  }

  private func checkTally(
    _ scope: TallyScope, _ shards: [TallyShard], repair: Bool, _ report: inout Report
  ) async throws {
    // Orders may be written while they are counted: it is wrong only if it is wrong three times.
    var found = try await difference(of: scope, TallySum(shards).counts)
    for _ in 1..<3 where found != nil { found = try await difference(of: scope, source.tally(scope)) }
    guard let found else { return }
    let subject =
      switch scope.kind {
      case .orders: "orders"
      case .deliveries(let day): "deliveries of \(day)"
      }
    var finding = Finding(area: "counters", tenant: scope.tenant, subject: subject, detail: found)
    if repair {
      _ = try await source.repair(scope, counts: Self.counts)
      finding.isRepaired = true
    }
    report.add(finding)
  }

  private func difference(of scope: TallyScope, _ told: [Text: Int64]) async throws -> String? {
    let counted = Self.counts(try await source.recount(scope))
    // A worth is two counts, of which a whole unit may stand in either.
    let worths = Set(counted.keys).union(told.keys).filter { TallyKey.isWorth($0) }
    let keys = Set(counted.keys).union(told.keys).subtracting(worths)
    for key in keys.sorted() where counted[key, default: 0] != told[key, default: 0] {
      return "\(key) is \(told[key, default: 0]), a recount gives \(counted[key, default: 0])"
    }
    for currency in Set(worths.map { TallyKey.currency(ofWorth: $0) }) {
      let (was, now) = (TallySum.worth(in: currency, of: told), TallySum.worth(in: currency, of: counted))
      if was != now { return "the worth\(currency.map { " in \($0.code)" } ?? "") is \(was), a recount gives \(now)" }
    }
    return nil
  }

  /// What a tally counts, by its keys, of a recount.
  @Sendable static func counts(_ rows: [RecountRow]) -> [Text: Int64] {
    var counts: [Text: Int64] = [:]
    for row in rows {
      let key = row.paymentStatus.map { "\(row.status)|\($0)" } ?? Text(row.status)
      counts[key, default: 0] += row.count
      guard row.paymentStatus == nil, row.status != DeliveryStatus.cancelled.rawValue else { continue }
      counts[TallyKey.value(row.currency), default: 0] += row.value
      counts[TallyKey.valueFraction(row.currency), default: 0] += row.valueFraction
    }
    return counts.filter { $0.value != 0 }
  }
}

extension AuditSource {
  /// The sum of one tally's shards.
  fileprivate func tally(_ scope: TallyScope) async throws -> [Text: Int64] {
    var shards: [TallyShard] = []
    var last: TallyShard?
    while true {
      let page = try await allTallies(after: last, limit: 1_000)
      guard let end = page.last else { break }
      shards += page.filter { $0.scope == scope }
      last = end
    }
    return TallySum(shards).counts.filter { $0.value != 0 }
  }
}

extension StockPlace {
  /// The name of its sum on the wire.
  fileprivate var sum: String {
    switch self {
    case .available: "onHand"
    case .reserved: "reserved"
    case .onHold: "onHold"
    case .damaged: "damaged"
    }
  }
}
