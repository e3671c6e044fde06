/// What a step does to the time at which what its order has reserved goes back by itself.
enum ReservationEnd: Equatable {
  /// Nothing: it is as it was.
  case stays
  /// It goes back then.
  case at(Timestamp)
  /// It does not go back by itself any more.
  case never

  /// Judged by the timers that a step starts and stops, of those whose event gives stock free: one that is started counts
  /// before one that is stopped.
  init(started: [Job], ended: [JobKey], by workflow: Workflow) {
    let freeing = workflow.definition.timers.filter { workflow.givesBack(at: $0.event) }.map(\.name.text)
    if let job = started.last(where: { $0.kind == .timer && freeing.contains($0.name) }) {
      self = .at(job.due)
    } else {
      self = ended.contains { freeing.contains($0.name) } ? .never : .stays
    }
  }

  /// The moment for an order that holds this.
  func moment(after holding: StockHolding) -> Timestamp? {
    switch self {
    case .stays: holding.expiresAt
    case .at(let moment): moment
    case .never: nil
    }
  }

  /// One row a product that the step reserves for another time and does not move; those of `moved` have their rows already.
  func rows(of order: Order, held: StockHoldings, without moved: Set<Text>, in context: RuleContext) -> [LedgerRow] {
    guard self != .stays else { return [] }
    let kind: LedgerKind = self == .never ? .confirmed : .reserved
    return held.reserving.compactMap { productID in
      let end = moment(after: held[productID])
      guard end != held[productID].expiresAt, !moved.contains(productID) else { return nil }
      return LedgerRow(held: productID, kind, of: order, until: end, in: context)
    }
  }
}

extension Workflow {
  /// Whether an event gives free what is reserved, from whatever state.
  fileprivate func givesBack(at event: WorkflowEvent) -> Bool {
    definition.rows.contains {
      $0.event == event && ($0.effects.contains(.releaseStock) || $0.effects.contains(.restoreStock))
    }
  }
}
