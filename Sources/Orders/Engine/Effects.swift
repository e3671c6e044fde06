/// What a row's effects come to on one order: the one place where they are applied.
struct Effects {
  private(set) var order: Order
  /// What is to be done later or elsewhere.
  private(set) var startedJobs: [Job] = []
  /// Timers of the order that stop.
  private(set) var endedJobs: [JobKey] = []
  /// What is told beside the row's own events.
  private(set) var told: [EventPayload] = []
  /// The items whose remaining quantity is another than before.
  private(set) var changedItems: [ItemID] = []
  private(set) var book: PartBook
  private var stock: StockMove?
  private let row: WorkflowRow
  private let input: StepInput
  private let timers: [WorkflowTimer]
  private let facts: StepFacts
  /// What the order held of the stock before the step.
  private let stockHeld: StockRecord

  /// `before` are the order's items before its rule decided; none of an order that is new.
  init(
    of row: WorkflowRow, on order: Order, before: [OrderItem], input: StepInput, by workflow: Workflow, facts: StepFacts
  ) {
    book = PartBook(facts.parts)
    self.facts = facts
    self.row = row
    self.order = order
    self.input = input
    timers = workflow.definition.timers
    stockHeld = workflow.rules?.keepsStockByItems == true ? .items(before) : .ledger(facts.held)
  }

  /// Applies all of them, in the table's order.
  mutating func apply(in context: RuleContext) throws(Refusal) {
    for effect in row.effects {
      switch effect {
      case .deductStock: try move(.deducted, in: context)
      case .reserveStock: try move(.reserved, in: context)
      case .confirmStock: try move(.confirmed, in: context)
      case .releaseStock: try move(.released, in: context)
      case .restoreStock: try move(.restored, in: context)
      // Done before the others: see `Step.edit`.
      case .editOrder: break
      case .reduceItems: try reduceItems()
      case .cancelItems: cancelItems()
      case .recordPayment: break
      case .takePayment:
        order.paid = max(order.paid, order.total)
        order.settlePayment()
        told.append(.orderPaymentUpdated)
      case .refundPayment:
        guard order.paid > .zero else { break }
        order.paymentStatus = .refunded
        told.append(.orderPaymentUpdated)
      case .notify(let template): ask(.notice, template, in: context)
      case .call(let partner): ask(.call, partner, in: context)
      case .startTimer(let name): start(name, in: context)
      case .stopTimer(let name): stop(name)
      case .set(let name, let value): try set(name, to: value, now: context.now)
      case .addPart(let kind, let status, let fields):
        told.append(.partCreated(try book.add(kind, in: status, fields, of: order, input, in: context)))
      case .movePart(let kind, let status, let fields):
        told.append(.partUpdated(try book.move(kind, to: status, fields, of: order, input, in: context)))
      }
    }
    if let stock { told += stock.told }
  }

  /// The products whose stock moved, each one version on.
  func products(at now: Timestamp) -> [Product] { stock?.products(at: now) ?? [] }

  /// One row a product of which the order holds something else than before, or for another time. `order` is as the step
  /// leaves it.
  func ledgerRows(of order: Order, by workflow: Workflow, in context: RuleContext) -> [LedgerRow] {
    if stock == nil, timers.isEmpty { return [] }
    let end = ReservationEnd(started: startedJobs, ended: endedJobs, by: workflow)
    let moved = stock?.rows(of: order, until: end, in: context) ?? []
    return moved + end.rows(of: order, held: facts.held, without: Set(moved.map(\.productID)), in: context)
  }

  // MARK: One effect

  private mutating func move(_ kind: LedgerKind, in context: RuleContext) throws(Refusal) {
    let move = try StockMove(kind, of: &order, products: facts.products, held: stockHeld)
    if row.conditions.contains(.stockSuffices) {
      let shortages = move.shortages
      if !shortages.isEmpty { throw .outOfStock(shortages, of: order, to: context.actor.role.sight) }
    }
    stock = move
  }

  /// Takes off the order what is asked for fewer units of. What is not named stays.
  private mutating func reduceItems() throws(Refusal) {
    guard let lines = input.items else { return }
    var problems = FieldProblems()
    var named: Set<Int> = []
    for (place, line) in lines.enumerated() {
      let path = "items[\(place)]"
      guard let index = order.items.firstIndex(where: { line.names($0) }) else {
        problems.add(path, "The order has no such item.")
        continue
      }
      let item = order.items[index]
      if !named.insert(index).inserted {
        problems.add(path, "Is named twice.")
      } else if line.quantity > item.kept {
        problems.add("\(path).quantity", "\(line.quantity.decimal) is more than the \(item.kept.decimal) ordered.")
      } else if line.quantity < item.kept, let fewer = item.kept.subtracting(line.quantity),
        let cancelled = item.cancelled.adding(fewer)
      {
        order.items[index].cancelled = cancelled
        changedItems.append(item.id)
      }
    }
    if problems.list.isEmpty, order.items.allSatisfy({ $0.kept == .zero }) {
      problems.add("items", "Nothing would be left of the order; refuse or cancel it instead.")
    }
    try problems.refuse()
    try order.sumUp()
    order.settlePayment()
  }

  private mutating func cancelItems() {
    for index in order.items.indices where order.items[index].kept > .zero {
      order.items[index].cancelled = order.items[index].quantity
      changedItems.append(order.items[index].id)
    }
  }

  private mutating func start(_ name: ParticularName, in context: RuleContext) {
    guard let timer = timers.first(where: { $0.name == name }) else { return }
    let moment = context.now.later(by: timer.afterSeconds, of: 1_000)
    order.particulars[timer.moment] = .time(moment)
    ask(.timer, name.text, due: moment, in: context)
  }

  private mutating func stop(_ name: ParticularName) {
    endedJobs.append(JobKey(orderID: order.id, name: name.text))
    // A worker may have it in hand already: without its moment it does nothing.
    if let timer = timers.first(where: { $0.name == name }) { order.particulars[timer.moment] = nil }
  }

  private mutating func ask(_ kind: JobKind, _ name: Text, due: Timestamp? = nil, in context: RuleContext) {
    startedJobs.append(
      Job(
        id: context.ids.next(Job.self), tenantID: order.tenantID, kind: kind, name: name, orderID: order.id,
        due: due ?? context.now, createdAt: context.now))
  }

  private mutating func set(_ name: ParticularName, to value: WorkflowValue, now: Timestamp) throws(Refusal) {
    switch value {
    case .input(let field):
      guard let given = input.values[field] else { return }
      if name == .sellerID { try order.check(seller: given, at: field.text.string) }
      order.particulars[name] = given
    case .now: order.particulars[name] = .time(now)
    case .text(let text):
      if name == .sellerID { try order.check(seller: .text(text), at: name.text.string) }
      order.particulars[name] = .text(text)
    case .minutesFromNow(let field):
      guard case .whole(let minutes) = input.values[field] else { return }
      order.particulars[name] = .time(now.later(by: minutes, of: 60_000))
    }
  }
}

extension Timestamp {
  /// The moment so many units of milliseconds later, through 9999 at most.
  fileprivate func later(by count: Int64, of unitMillis: Int64) -> Timestamp {
    let (span, isTooLong) = count.multipliedReportingOverflow(by: unitMillis)
    let (sum, isTooLate) = millis.addingReportingOverflow(span)
    return isTooLong || isTooLate ? Self.last : min(Timestamp(millis: sum), Self.last)
  }

  private static let last = Timestamp(millis: 253_402_300_799_999)
}

extension DeliveryLine {
  /// Whether it is about this item.
  func names(_ item: OrderItem) -> Bool {
    switch subject {
    case .item(let id): id == item.id
    case .product(let id): id == item.productID
    }
  }
}

extension Refusal {
  /// The catalogue lacks this of what the order needs. Of one that is not made nothing is told; and only to those who see
  /// the stock, how much it lacks.
  fileprivate static func outOfStock(_ shortages: [StockShortage], of order: Order, to sight: Sight) -> Refusal {
    let shown = shortages.map { StockShortage(productID: $0.productID, lacking: sight == .business ? $0.lacking : nil) }
    let told = shown.prefix(5).map { short in
      (short.lacking.map { "\($0.decimal) of " } ?? "") + short.productID.start(64)
    }
    let more = shown.count > told.count ? " and of \(shown.count - told.count) more" : ""
    let lacks = "The stock lacks \(told.joined(separator: ", "))\(more)"
    guard order.version > 0 else { return .conflict("out_of_stock", "\(lacks).", facts: [.short(shown)]) }
    return .conflict(
      "out_of_stock", "\(lacks) for order \(order.number).",
      facts: [.short(shown), .status(order.status.rawValue), .version(order.version)])
  }
}
