import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

@Suite struct TimerTests {
  private static let timer: Text = "expire"

  /// An order whose timer is due.
  private func placed(_ office: Office, as actor: Actor) async throws -> OrderID {
    let id = try await office.placed([("A", 5)], as: actor)
    #expect(await office.desk.submit(.start(Self.timer, of: id, due: Timestamp(millis: 1), as: actor)).status == 200)
    return id
  }

  /// Timers that cancel their orders.
  static func cancelling(_ office: Office, _ user: UserID) -> DeskTimers {
    DeskTimers(desk: office.desk) { job in
      guard let order = job.orderID, job.name == timer else { return nil }
      let actor = Actor(tenant: job.tenantID, user: user, role: .admin)
      return .cancel(order, actor: actor, answer: nil, requestID: "timer-\(job.id)").ending(timer, of: order)
    }
  }

  @Test func aTimerThatIsDueHappensAndIsGone() async throws {
    try await withSite { site in
      let office = try await site.office()
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      let id = try await placed(office, as: ada)
      #expect(try await site.count(.waiting, kind: .timer) == 1)
      let runner = try site.runner(TimerHandler(Self.cancelling(office, user)))
      try await drive([runner], until: "it has happened") { try await site.count(.waiting, kind: .timer) == 0 }
      let order = try await site.order(id)
      #expect(order.status.rawValue == "cancelled")
      try await eventually("its events are out") {
        try await site.streamed(office, id) == Array(1...order.version)
      }
    }
  }

  @Test func aChangeThatStopsATimerTakesItAway() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      let id = try await placed(office, as: ada)
      let line = DeliveryLine(subject: .product("A"), quantity: Quantity(millionths: Quantity.scale))
      let deliver = Command.deliver(
        DeliveryDraft(lines: [line], status: .pending), of: id, actor: ada, answer: nil, requestID: "test")
      #expect(await office.desk.submit(deliver.ending(Self.timer, of: id)).status == 201)
      #expect(try await site.count(.waiting, kind: .timer) == 0)
      let runner = try site.runner(TimerHandler(Self.cancelling(office, user)))
      _ = try await runner.round()
      #expect(try await site.order(id).status.rawValue == "in_progress")
      // One that is refused stops nothing.
      let other = try await placed(office, as: ada)
      let large = DeliveryLine(subject: .product("A"), quantity: Quantity(millionths: 99 * Quantity.scale))
      let refused = Command.deliver(
        DeliveryDraft(lines: [large], status: .pending), of: other, actor: ada, answer: nil, requestID: "test")
      #expect(await office.desk.submit(refused.ending(Self.timer, of: other)).isConflict)
      #expect(try await site.count(.waiting, kind: .timer) == 1)
    }
  }

  @Test func aTimerThatRacesARequestComesToOneOutcome() async throws {
    try await withSite { site in
      let (worker, api) = (try await site.office(hasRedis: false), try await site.office(hasRedis: false))
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      var ids: [OrderID] = []
      for _ in 0..<40 { ids.append(try await placed(api, as: ada)) }
      let runner = try site.runner(TimerHandler(Self.cancelling(worker, user)))
      // What is handed over is not cancelled any more; what is cancelled is not handed over.
      let requests = ids.map { id in
        Task {
          let line = DeliveryLine(subject: .product("A"), quantity: Quantity(millionths: Quantity.scale))
          return await api.desk.submit(
            Command.deliver(
              DeliveryDraft(lines: [line], status: .delivered), of: id, actor: ada, answer: nil, requestID: "test"
            ).ending(Self.timer, of: id))
        }
      }
      try await drive([runner], until: "no timer is left") { try await site.count(.waiting, kind: .timer) == 0 }
      for (id, request) in zip(ids, requests) {
        let outcome = await request.value
        let order = try await site.order(id)
        let delivered = try await site.deliveries(id).count
        if order.status.rawValue == "cancelled" {
          #expect(outcome.isConflict && delivered == 0, "\(outcome)")
        } else {
          #expect(outcome.status == 201 && delivered == 1, "\(outcome)")
        }
        let events = try await site.store.eventHeads(of: id, upTo: 100, limit: 100)
        #expect(events.map(\.seq) == Array(1...order.version))
        #expect(events.count { $0.type == .orderCancelled } == (delivered == 0 ? 1 : 0))
      }
      #expect(try await site.count(.dead, kind: .timer) == 0)
    }
  }

  @Test func twoWorkersThatBothHaveATimerHaveItHappenOnce() async throws {
    try await withSite { site in
      let offices = [try await site.office(hasRedis: false), try await site.office(hasRedis: false)]
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      for _ in 0..<10 {
        let id = try await placed(offices[0], as: ada)
        let due = try await site.store.outlook(.timer, limit: 1).due
        let job = try #require(try await site.store.claim(due.map(\.id), token: "a", leaseMs: 8_000).first)
        async let first = Self.cancelling(offices[0], user).fire(job)
        async let second = Self.cancelling(offices[1], user).fire(job)
        let outcomes = await [first, second]
        #expect(outcomes.contains(.fired) && outcomes.contains(.late), "\(outcomes)")
        let events = try await site.store.eventHeads(of: id, upTo: 100, limit: 100)
        #expect(events.count { $0.type == .orderCancelled } == 1)
        #expect(try await site.count(.waiting, kind: .timer) == 0)
      }
    }
  }

  @Test func aTimerThatNobodyKnowsWaitsForSomebodyWhoDoes() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      let id = try await office.placed([("A", 1)], as: ada)
      _ = await office.desk.submit(.start("of-the-future", of: id, due: Timestamp(millis: 1), as: ada))
      let runner = try site.runner(TimerHandler(Self.cancelling(office, user)))
      try await drive([runner], until: "it was looked at") {
        try await site.store.jobs(JobQuery(tenant: ada.tenant, state: .waiting, limit: 1)).first?.lastError != nil
      }
      let waiting = try await site.store.jobs(JobQuery(tenant: ada.tenant, state: .waiting, limit: 1))
      #expect(waiting.first?.lastError == "no timer of-the-future is known here")
      #expect(try await site.order(id).status.rawValue == "open")
    }
  }

  @Test func aTimerThatAProcessHasNotSeenYetIsLookedForBeforeItIsLeftToOthers() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      let id = try await placed(office, as: ada)
      let job = try #require(
        try await site.store.jobs(JobQuery(tenant: ada.tenant, state: .waiting, limit: 1)).first)
      let (looks, isAway) = (Locked(0), Locked(true))
      // As the worker's shelf: empty until a look has read what there is.
      let timers = DeskTimers(
        desk: office.desk,
        look: {
          if isAway.with({ $0 }) { throw StoreError.unavailable("away") }
          looks.with { $0 += 1 }
        }
      ) { job in
        guard looks.with({ $0 }) > 0, let order = job.orderID else { return nil }
        return .cancel(
          order, actor: Actor(tenant: job.tenantID, user: user, role: .admin), answer: nil, requestID: "test")
      }
      guard case .again = await timers.fire(job) else {
        Issue.record("what could not be looked for is not tried again soon")
        return
      }
      #expect(try await site.order(id).status.rawValue == "open")
      isAway.with { $0 = false }
      #expect(await timers.fire(job) == .fired)
      #expect(try await site.order(id).status.rawValue == "cancelled")
      #expect(looks.with { $0 } == 1)
    }
  }

  @Test func whatTheDeskSaysOfATimersCommandDecidesWhatBecomesOfIt() {
    func refused(_ kind: Refusal.Kind, _ code: String = "c") -> TimerOutcome {
      TimerOutcome(.refused(Refusal(kind: kind, code: code, detail: "d")))
    }
    #expect(refused(.conflict) == .late && refused(.notFound) == .late)
    for code in ["out_of_stock", "stock_out_of_range", "order_out_of_step", "too_many_parts"] {
      #expect(refused(.conflict, code) == .again(reason: "\(code): d"))
    }
    #expect(refused(.conflict, "transition_not_allowed") == .late)
    #expect(refused(.invalid) == .impossible(reason: "c: d") && refused(.forbidden) == .impossible(reason: "c: d"))
    for outcome in [
      Outcome.contended, .overloaded(.all), .unavailable("x"), .unknown("x"), .running, .broken("x"),
    ] {
      guard case .again = TimerOutcome(outcome) else {
        Issue.record("\(outcome) is not tried again")
        continue
      }
    }
  }
}

extension Command {
  /// Starts a timer of an order, and does nothing else.
  static func start(_ timer: Text, of id: OrderID, due: Timestamp, as actor: Actor) -> Command {
    Command(.order(id), actor: actor, answer: nil, requestID: "test") { table, context throws(Refusal) in
      var order = try table.order(id, actor.tenant)
      order.version += 1
      order.updatedAt = context.now
      let job = Job(
        id: context.ids.next(Job.self), tenantID: actor.tenant, kind: .timer, name: timer, orderID: id, due: due,
        createdAt: context.now)
      let change = Change(order: order, events: [.orderUpdated], insertedJobs: [job])
      return Decision(effect: .order(change), status: 200) { _ in [] }
    }
  }

  /// The same, and a timer stops with it.
  fileprivate func ending(_ timer: Text, of id: OrderID) -> Command {
    let command = self
    return Command(
      subject, actor: actor, needs: needs, lines: lines, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      var decision = try command.decide(table, context)
      if case .order(var change) = decision.effect {
        change.endedJobs = [JobKey(orderID: id, name: timer)]
        decision.effect = .order(change)
      }
      return decision
    }
  }
}
