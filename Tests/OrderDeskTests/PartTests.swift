import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

/// Returns, made and moved through the desk by their workflow's table.
@Suite struct PartTests {
  private func placed(_ office: Office, as actor: Actor) async throws -> OrderID {
    let draft = OrderDraft(
      customer: Customer(name: "Grace Hopper"),
      items: [
        ItemDraft(
          productID: "A", quantity: Quantity(millionths: 200 * Quantity.scale), unitPrice: Money(units: Money.scale))
      ], currency: Office.currency, workflow: ReturnsWorkflow.name)
    return try await office.desk.submit(
      .place(draft, actor: actor, answer: nil, requestID: "test")
    ).orderID()
  }

  private func ask(_ office: Office, _ order: OrderID, as actor: Actor) async -> Outcome {
    let line = DeliveryLine(subject: .product("A"), quantity: Quantity(millionths: Quantity.scale))
    return await office.desk.submit(
      .step(
        WorkflowEvent(rawValue: "requestReturn"), StepInput(items: [line]), of: order, actor: actor, answer: nil,
        requestID: "test"))
  }

  private func move(_ office: Office, _ event: String, _ part: Part, as actor: Actor) async -> Outcome {
    let id = Particular.identity(Identifier(high: part.id.high, low: part.id.low))
    return await office.desk.submit(
      .step(
        WorkflowEvent(rawValue: event), StepInput(Particulars([.init(ReturnsWorkflow.kind.idField, id)])),
        of: part.orderID, actor: actor, answer: nil, requestID: "test"))
  }

  private func parts(_ site: Site, _ id: OrderID) async throws -> [Part] {
    try await site.store.parts(of: id, tenant: site.tenant, kind: nil, after: nil, limit: 1_000)
  }

  @Test func aReturnIsMadeMovedPublishedAndAudited() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office(workflows: ReturnsWorkflow.withDelivery())
      let id = try await placed(office, as: ada)
      let asked = await ask(office, id, as: ada)
      #expect(asked.status == 200)
      let part = try #require(try await parts(site, id).first)
      let told = try asked.json()["parts"]
      guard case .array(let shown)? = told else { throw Unexpected(outcome: asked) }
      #expect(shown.map { $0["id"] } == [.string("\(part.id)")])
      #expect(await move(office, "approveReturn", part, as: ada).status == 200)
      #expect(await move(office, "receiveReturn", part, as: ada).status == 200)
      #expect(try await parts(site, id).map(\.status.rawValue) == ["received"])
      let again = await move(office, "receiveReturn", part, as: ada)
      #expect(again.isConflict && again.refusal?.code == "part_not_allowed")
      let order = try await site.order(id)
      #expect(try await site.streamed(office, id) == Array(1...order.version))
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
      // What is wrong with parts is found.
      try await site.damage(.parts, "\(part.id)", set: "number", to: 7)
      let findings = try await Audit(source: site.store).run(repair: false) { _ in }.findings
      #expect(findings.map(\.detail) == ["its 1 parts of the kind return are not numbered 1…1"])
    }
  }

  @Test func manyAtOnceAtTwoProcessesGetNumbersWithoutGapAndAHundredOfThem() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let workflows = try ReturnsWorkflow.withDelivery()
      let offices = [
        try await site.office(hasRedis: false, workflows: workflows) { $0.attemptLimit = 100 },
        try await site.office(hasRedis: false, workflows: workflows) { $0.attemptLimit = 100 },
      ]
      let id = try await placed(offices[0], as: ada)
      let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for number in 0..<120 { group.addTask { await ask(offices[number % 2], id, as: ada) } }
        return await group.reduce(into: [Outcome]()) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 200 } == Part.limit)
      #expect(outcomes.count { $0.refusal?.code == "too_many_parts" } == 120 - Part.limit)
      #expect(try await parts(site, id).map(\.number).sorted() == Array(1...Int64(Part.limit)))
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
    }
  }

  @Test func oneOfTwoWhoDecideAtOnceDecides() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let workflows = try ReturnsWorkflow.withDelivery()
      let offices = [
        try await site.office(hasRedis: false, workflows: workflows),
        try await site.office(hasRedis: false, workflows: workflows),
      ]
      let id = try await placed(offices[0], as: ada)
      for _ in 0..<10 { #expect(await ask(offices[0], id, as: ada).status == 200) }
      for part in try await parts(site, id) {
        async let first = move(offices[0], "approveReturn", part, as: ada)
        async let second = move(offices[1], "approveReturn", part, as: ada)
        let outcomes = await [first, second]
        #expect(outcomes.count { $0.status == 200 } == 1)
        #expect(outcomes.count { $0.refusal?.code == "part_not_allowed" } == 1)
      }
    }
  }

  /// Orders of workflows without parts are not asked for any.
  @Test func aWorkflowWithoutPartsReadsNone() throws {
    #expect(try Workflow(ReturnsWorkflow.definition).hasParts)
    #expect(try !Workflow(CounterWorkflow.definition).hasParts && !Workflow(.delivery).hasParts)
  }
}
