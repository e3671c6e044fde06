public import HubContracts
public import HubRuntime
import HubWire
public import OrderDesk
public import Orders

/// Brings up to date what older versions wrote, while everything goes on: rounds what orders under way ask for so that it
/// can be paid, names the status of invoices, and counts the worth of deliveries by currency.
///
/// It walks over all documents by identity, a page at a time, and keeps its place in the store: it may end anywhere, and
/// another goes on there. What cannot be put right is counted, named in the log, and passed.
public struct MoneyBefore: Sendable {
  private let source: any MoneyBeforeSource
  private let desk: OrderDesk
  private let clock: any HubClock
  private let log: Log
  private let user: UserID
  private let limit: Int
  private let pause: Duration
  private let left: [MoneyWalk: Gauge]
  /// How many pages a round looks at in each walk; the next round goes on.
  private static let pagesLimit = 10_000
  /// How many of what is left a line of the log names.
  private static let namesInLog = 20

  /// `user` stands in the events of orders that it rounds. A page is of `limit` documents (1…1,000), and after each the
  /// store is left to others for `pause`.
  public init(
    source: any MoneyBeforeSource, desk: OrderDesk, user: UserID, clock: any HubClock, log: Log, metrics: Metrics,
    limit: Int = 500, pause: Duration = .milliseconds(50)
  ) {
    self.source = source
    self.desk = desk
    self.clock = clock
    self.user = user
    self.log = log
    self.limit = limit
    self.pause = pause
    left = Dictionary(
      uniqueKeysWithValues: MoneyWalk.allCases.map {
        (
          $0,
          metrics.gauge(
            .moneyBeforeLeft,
            labels: [("walk", $0.word)])
        )
      })
  }

  /// Goes on with all walks until there is nothing more to do for now, or until the task is cancelled; how many documents
  /// of each were put right.
  @discardableResult
  public func round() async throws -> [MoneyWalk: Int] {
    var changed: [MoneyWalk: Int] = [:]
    for walk in MoneyWalk.allCases { changed[walk] = try await go(on: walk) }
    return changed
  }

  private func go(on walk: MoneyWalk) async throws -> Int {
    var changed = 0
    for _ in 0..<Self.pagesLimit where !Task.isCancelled {
      let place = try await source.place(of: walk)
      left[walk]?.set(place.leftCount)
      if place.isDone || place.due > clock.now() { break }
      let step = try await step(of: walk, after: place.after)
      let next = place.moved(by: step, now: clock.now())
      changed += step.changed
      // Another worker that did the same page has moved on, and has told of it.
      guard try await source.move(walk, from: place, to: next) else { continue }
      left[walk]?.set(next.leftCount)
      if let look = next.last, next.looks > place.looks { tell(of: walk, look, isDone: next.isDone) }
      // Cancelled or not: the loop looks.
      try? await Task.sleep(for: pause)
    }
    return changed
  }

  private func tell(of walk: MoneyWalk, _ look: WalkPlace.Sum, isDone: Bool) {
    if look.changed > 0 {
      log.info(
        "what an older version wrote of money is up to date", [("walk", walk.word), ("count", "\(look.changed)")])
    }
    guard look.left > 0 else { return }
    let names = look.names.prefix(Self.namesInLog).map(\.string).joined(separator: " ")
    log.warning(
      isDone
        ? "what an older version wrote of money cannot be brought up to date"
        : "what an older version wrote of money is left for the next look",
      [("walk", walk.word), ("count", "\(look.left)"), ("first", names)])
  }

  private func step(of walk: MoneyWalk, after: Text?) async throws -> WalkStep {
    switch walk {
    case .orders: try await round(source.ordersToRound(after: after, limit: limit))
    case .invoices: try await source.nameStatus(ofInvoicesAfter: after, limit: limit)
    case .tallies: try await count(source.talliesWithoutCurrency(after: after, limit: limit))
    }
  }

  private func round(_ page: WalkPage<OrderToRound>) async -> WalkStep {
    var step = WalkStep(last: page.last)
    step.left = page.unreadable
    for order in page.found {
      let (id, name) = (order.id, Text("\(order.id)"))
      let actor = Actor(tenant: order.tenant, user: user, role: .system)
      switch await desk.submit(.round(id, actor: actor, requestID: "round-\(id)")) {
      case .done: step.changed += 1
      case .refused(let refusal):
        // Somebody wrote it since it was looked at, and that rounded it; or its tenant was removed.
        if refusal.kind == .notFound || Text(refusal.code) == Refusal.nothingToRound { continue }
        step.left.append(name)
        log.debug("an order's dues are not rounded", [("order", "\(id)"), ("cause", refusal.detail)])
      case .broken(let cause):
        step.left.append(name)
        log.debug("an order's dues are not rounded", [("order", "\(id)"), ("cause", cause)])
      case .replay, .otherBody, .running, .unavailable, .unknown, .contended, .overloaded:
        step.postponed.append(name)
      }
    }
    return step
  }

  private func count(_ page: WalkPage<TallyScope>) async -> WalkStep {
    var step = WalkStep(last: page.last)
    step.left = page.unreadable
    for scope in Set(page.found) {
      do throws(StoreError) {
        _ = try await source.nameCurrency(ofDeliveriesIn: scope)
        let repair = try await source.repair(scope, counts: Audit.counts)
        // What no order can tell the currency of stays as it is.
        let isLeft = [TallyKey.value(nil), TallyKey.valueFraction(nil)].contains { repair.after[$0] != nil }
        if isLeft { step.left.append(scope.name) } else { step.changed += 1 }
      } catch {
        log.debug("a tally is not counted by currency", [("tally", scope.name.string), ("cause", "\(error)")])
        if case .broken = error { step.left.append(scope.name) } else { step.postponed.append(scope.name) }
      }
    }
    return step
  }
}

extension TallyScope {
  /// What the log calls it.
  fileprivate var name: Text {
    switch kind {
    case .orders: "orders:\(tenant.text)"
    case .deliveries(let day): "deliveries:\(day):\(tenant.text)"
    }
  }
}
