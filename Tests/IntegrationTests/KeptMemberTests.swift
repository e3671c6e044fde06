import Foundation
import HubTestSupport
import Orders
import Testing

/// That whatever the description says may be sent is kept and comes back, and that nothing else is taken.
@Suite struct KeptMemberTests {
  /// One body with all its members, and what was found again of each.
  private struct Trial: Sendable {
    var caller: Caller
    var method: String
    var path: String
    var body: Document
    /// By the path of the member: `items[].quantity`.
    var found: [String: Document]
  }

  /// The schema of each operation's body, by `METHOD /path`.
  private static func schemas(_ caller: Caller) async throws -> [String: Document] {
    let description = try await caller.get("/openapi.json")
    var schemas: [String: Document] = [:]
    for (path, methods) in description["paths"].members {
      for (method, what) in methods.members {
        let name = what["requestBody"]["content"]["application/json"]["schema"]["$ref"].text.split(separator: "/").last
        // What an action asks for is said by its row, not by the description; a definition is read back as a whole where it is put.
        guard let name, !["ActionInput", "Workflow"].contains(name) else { continue }
        schemas["\(method.uppercased()) \(path)"] = description["components"]["schemas"]["\(name)"]
      }
    }
    return schemas
  }

  /// The members that a schema has, without those that are objects or lists themselves.
  private static func leaves(ofSchema schema: Document, _ path: String = "") -> Set<String> {
    if case .object(let members) = schema["properties"] {
      return members.reduce(into: []) {
        $0.formUnion(leaves(ofSchema: $1.value, path.isEmpty ? $1.key : "\(path).\($1.key)"))
      }
    }
    // Of names that are data the trials have one.
    if case .object = schema["additionalProperties"] {
      return leaves(ofSchema: schema["additionalProperties"], "\(path).x")
    }
    return schema["items"] == .missing ? [path] : leaves(ofSchema: schema["items"], path + "[]")
  }

  /// The same of a body, with their values; lists have one element.
  static func leaves(of body: Document, _ path: String = "") -> [String: Document] {
    switch body {
    case .object(let members):
      members.reduce(into: [:]) {
        $0.merge(leaves(of: $1.value, path.isEmpty ? $1.key : "\(path).\($1.key)")) { first, _ in first }
      }
    case .array(let items): leaves(of: items.first ?? .missing, path + "[]")
    case .missing, .null, .bool, .number, .string: [path: body]
    }
  }

  private static func text(_ document: Document) -> String {
    switch document {
    case .missing, .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "\"\(text)\""
    case .array(let items): "[" + items.map(text).joined(separator: ",") + "]"
    case .object(let members): "{" + members.map { "\"\($0.key)\":\(text($0.value))" }.joined(separator: ",") + "}"
    }
  }

  /// A body with a member more in each of its objects, one at a time, and the names that the object may have.
  private static func extended(_ body: Document, _ schema: Document) -> [(body: Document, known: Set<String>)] {
    switch body {
    case .object(let members):
      let wider = Document.object(members.merging(["nonesuch": 1]) { first, _ in first })
      var all: [(body: Document, known: Set<String>)] = [(wider, Set(schema["properties"].members.keys))]
      let values = schema["additionalProperties"]
      if case .object = values { all = [] }
      for (name, value) in members {
        for inner in extended(value, all.isEmpty ? values : schema["properties"][name]) {
          all.append((.object(members.merging([name: inner.body]) { $1 }), inner.known))
        }
      }
      return all
    case .array(let items):
      guard let first = items.first else { return [] }
      return extended(first, schema["items"]).map { inner in (body: .array([inner.body]), known: inner.known) }
    case .missing, .null, .bool, .number, .string: return []
    }
  }

  private static func send(_ trial: Trial) async throws -> Reply {
    let reply = try await trial.caller.call(trial.method, trial.path, body: text(trial.body))
    guard (200..<300).contains(reply.status) else { throw TestServerError("\(trial.method) \(trial.path): \(reply)") }
    return reply
  }

  /// The trials, each posted and its members looked for.
  private static func trials(_ hub: Hub, _ boss: Caller) async throws -> [(operation: String, trial: Trial)] {
    var all: [(operation: String, trial: Trial)] = []
    func take(
      _ operation: String, _ path: String, _ body: Document, _ find: (Reply) async throws -> [String: Document]
    ) async throws {
      let method = String(operation.prefix { $0 != " " })
      var trial = Trial(caller: boss, method: method, path: path, body: body, found: [:])
      trial.found = try await find(send(trial))
      all.append((operation, trial))
    }
    try await takeProducts(boss, take)
    let order = try await takeOrder(boss, take)
    try await takeEdit(boss, take)
    try await takeDelivery(boss, order, take)
    try await takeEnds(boss, take)
    try await takeSessions(hub, boss, take)
    try await takeUsers(boss, take)
    try await takeTenant(boss, take)
    try await takeDeadLetters(hub, boss, take)
    all.append((operation: "PUT /api/me/password", trial: try await ownPassword(boss)))
    return all
  }

  typealias Take = (
    String, String, Document, (Reply) async throws -> [String: Document]
  ) async throws -> Void

  private static func takeProducts(_ boss: Caller, _ take: Take) async throws {
    func product(_ names: [String]) async throws -> [String: Document] {
      let product = try await boss.get("/api/products/desk")["product"]
      return Dictionary(uniqueKeysWithValues: names.map { ($0, product[$0]) })
    }
    try await take(
      "POST /api/products", "/api/products", ["productId": "desk", "name": "Desk", "unitPrice": 450.5, "taxRate": 0.18]
    ) { _ in try await product(["productId", "name", "unitPrice", "taxRate"]) }
    for active in [false, true] as [Document] {
      try await take(
        "PATCH /api/products/{id}", "/api/products/desk",
        ["name": "Table", "unitPrice": 12.25, "taxRate": 0.05, "active": active]
      ) { _ in try await product(["name", "unitPrice", "taxRate", "active"]) }
    }
    let lot = Document.object(["kind": "receipt", "quantity": 20.5, "reason": "first lot"])
    #expect(try await boss.post("/api/products/desk/stock", text(lot))["movement"]["onHand"] == 20.5)
    try await take(
      "POST /api/products/{id}/stock", "/api/products/desk/stock",
      ["kind": "transfer", "from": "available", "to": "on_hold", "quantity": 0.5, "reason": "a scratch"]
    ) { _ in
      let row = try await boss.get("/api/products/desk/ledger")["ledger"].items.first { $0["kind"] == "transfer" }
      return Dictionary(
        uniqueKeysWithValues: ["kind", "from", "to", "reason"].map { ($0, row?[$0] ?? .missing) }
          + [("quantity", row?["onHold"] ?? .missing)])
    }
  }

  private static func takeOrder(_ boss: Caller, _ take: Take) async throws -> Document {
    let customer: Document = [
      "id": "asha", "name": "Asha Rao", "phone": "+91 98450 12345", "email": "asha@example.org", "address": "2 High St",
    ]
    let item: Document = [
      "productId": "chair", "name": "Chair", "quantity": 4, "unitPrice": 25, "discount": 1, "taxRate": 0.1,
    ]
    let body: Document = [
      "customer": customer, "items": .array([item]), "currency": "EUR", "discount": 2,
      "advance": ["amount": 5, "method": "card"], "notes": "second floor", "notesForCustomer": "we ring twice",
      "deliveryDate": "2026-12-24T10:00:00.000Z", "workflow": "delivery",
    ]
    var placed = Document.missing
    try await take("POST /api/orders", "/api/orders", body) { reply in
      let order = try await boss.order(reply["order"])
      placed = order
      var found = leaves(of: order["customer"], "customer")
      for (name, value) in order["items"][0].members { found["items[].\(name)"] = value }
      // The item bears its own discount and its share of the order's, which is all of it.
      found["items[].discount"] = .number(order["items"][0]["discount"].value - 2)
      found["discount"] = .number(order["discount"].value - 1)
      found["advance.amount"] = order["advance"]["amount"]
      found["advance.method"] = order["advance"]["method"]
      for name in ["currency", "notes", "notesForCustomer", "deliveryDate", "workflow"] { found[name] = order[name] }
      return found
    }
    return placed
  }

  private static func takeDelivery(_ boss: Caller, _ order: Document, _ take: Take) async throws {
    let line: Document = ["productId": "chair", "itemId": order["items"][0]["id"], "quantity": 2]
    let body: Document = [
      "items": .array([line]), "date": "2026-12-23T09:30:00.000Z", "status": "dispatched", "notes": "by lift",
      "notesForCustomer": "before noon",
    ]
    try await take("POST /api/orders/{id}/deliveries", "/api/orders/\(order.id)/deliveries", body) { _ in
      let made = try await boss.deliveries(order)[0]
      var found = leaves(of: made["items"], "items")
      for name in ["date", "status", "notes", "notesForCustomer"] { found[name] = made[name] }
      return found
    }
    let made = try await boss.deliveries(order)[0]
    try await take(
      "PATCH /api/orders/deliveries/{deliveryId}/status", "/api/orders/deliveries/\(made.id)/status",
      ["status": "delivered"]
    ) { _ in ["status": try await boss.deliveries(order)[0]["status"]] }
    let invoice = try await boss.invoice(made)["invoice"]
    try await take(
      "POST /api/invoices/{id}/payments", "/api/invoices/\(invoice.id)/payments", ["amount": 1.5, "method": "cash"]
    ) { _ in
      let payment = try await boss.get("/api/invoices/\(invoice.id)")["invoice"]["payments"][0]
      return ["amount": payment["amount"], "method": payment["method"]]
    }
    try await take(
      "POST /api/invoices/{id}/credit", "/api/invoices/\(invoice.id)/credit",
      ["reason": "a mistake", "refund": ["method": "cash"]]
    ) { _ in
      let note = try await boss.get("/api/invoices/\(invoice.id)")["invoice"]["creditNote"]
      return ["reason": note["reason"], "refund.method": note["refund"]["method"]]
    }
    try await take(
      "POST /api/orders/{id}/close", "/api/orders/\(order.id)/close", ["reason": "the rest is sold out"]
    ) { _ in ["reason": try await boss.order(order)["closeReason"]] }
  }

  private static func takeEnds(_ boss: Caller, _ take: Take) async throws {
    let order = try await boss.place([("p1", "1")])
    try await take(
      "PATCH /api/orders/{id}/cancel", "/api/orders/\(order.id)/cancel", ["reason": "ordered twice"]
    ) { _ in
      let event = try await boss.events(order).first { $0["type"] == "order:cancelled" }
      let kept = try await boss.order(order)["cancelReason"]
      #expect(event?["data"]["cancelReason"] == kept)
      return ["reason": kept]
    }
  }

  private static func takeSessions(_ hub: Hub, _ boss: Caller, _ take: Take) async throws {
    let names = ["--tenant", boss.tenant, "--user", "ben"]
    let password = "correct horse battery"
    _ = try await CommandLineRun.orderhub(
      ["user", "add", "--role", "employee"] + names, hub: hub, input: password + "\n")
    var body: Document = ["tenant": .string(boss.tenant), "user": "ben", "password": .string(password)]
    let first = try await boss.post("/api/auth/login", text(body))
    body = .object(body.members.merging(["deviceToken": first["deviceToken"]]) { $1 })
    var refresh = Document.missing
    try await take("POST /api/auth/login", "/api/auth/login", body) { reply in
      refresh = reply["refreshToken"]
      let wrong = Document.object(body.members.merging(["password": "another horse"]) { $1 })
      let isRead = try await boss.post("/api/auth/login", text(wrong)).status == 401
      // It is the same device afterwards, with a new token.
      let device = { (token: Document) in token.text.prefix { $0 != "." } }
      let isKnown = device(reply["deviceToken"]) == device(first["deviceToken"])
      return [
        "tenant": reply["user"]["tenant"], "user": reply["user"]["user"],
        "password": isRead ? body["password"] : .missing, "deviceToken": isKnown ? body["deviceToken"] : .missing,
      ]
    }
    let old = refresh
    try await take("POST /api/auth/refresh", "/api/auth/refresh", ["refreshToken": old]) { reply in
      refresh = reply["refreshToken"]
      return ["refreshToken": refresh == old ? .missing : old]
    }
    let last = refresh
    try await take("POST /api/auth/logout", "/api/auth/logout", ["refreshToken": last]) { _ in
      let after = try await boss.post("/api/auth/refresh", text(["refreshToken": last]))
      return ["refreshToken": after.status == 401 ? last : .missing]
    }
  }

  /// Whether somebody of the tenant can log in so.
  private static func logIn(_ boss: Caller, _ user: String, _ password: Document) async throws -> Reply {
    try await boss.post(
      "/api/auth/login", text(["tenant": .string(boss.tenant), "user": .string(user), "password": password]))
  }

  private static func takeUsers(_ boss: Caller, _ take: Take) async throws {
    func cleo(_ names: [String]) async throws -> [String: Document] {
      let user = try await boss.get("/api/users/cleo")["user"]
      return Dictionary(uniqueKeysWithValues: names.map { ($0, user[$0]) })
    }
    let password: Document = "correct horse battery"
    try await take(
      "POST /api/users", "/api/users", ["user": "cleo", "role": "customer", "name": "Cleo", "password": password]
    ) { _ in
      let isRead = try await logIn(boss, "cleo", password).status == 200
      return try await cleo(["user", "role", "name"]).merging(["password": isRead ? password : .missing]) { $1 }
    }
    for disabled in [true, false] as [Document] {
      try await take(
        "PATCH /api/users/{id}", "/api/users/cleo", ["role": "employee", "disabled": disabled, "name": "Cleo K"]
      ) { _ in try await cleo(["role", "disabled", "name"]) }
    }
    let next: Document = "another horse"
    try await take("PUT /api/users/{id}/password", "/api/users/cleo/password", ["password": next]) { _ in
      ["password": try await logIn(boss, "cleo", next).status == 200 ? next : .missing]
    }
  }

  private static func takeDeadLetters(_ hub: Hub, _ boss: Caller, _ take: Take) async throws {
    let letter = try await hub.deadLetter(of: boss.tenant)
    try await take(
      "POST /api/operations/dead-letters/{id}/discard", "/api/operations/dead-letters/\(letter)/discard",
      ["reason": "done by hand"]
    ) { _ in
      let kept = try await boss.get("/api/operations/dead-letters?state=discarded")["deadLetters"][0]
      return ["reason": kept["discard"]["reason"]]
    }
  }

  /// Whoever sets its password has to log in again, and goes on as who it is then.
  private static func ownPassword(_ boss: Caller) async throws -> Trial {
    let (old, new) = ("another horse" as Document, "a third horse" as Document)
    var cleo = boss
    cleo.token = try await logIn(boss, "cleo", old)["token"].text
    var trial = Trial(
      caller: cleo, method: "PUT", path: "/api/me/password", body: ["oldPassword": old, "password": new], found: [:])
    _ = try await send(trial)
    let isOldRead = try await logIn(boss, "cleo", old).status == 401
    let login = try await logIn(boss, "cleo", new)
    trial.caller.token = login["token"].text
    trial.found = [
      "oldPassword": isOldRead ? old : .missing, "password": login.status == 200 ? new : .missing,
    ]
    return trial
  }

  @Test func everyDocumentedMemberIsKeptAndNoOtherIsTaken() async throws {
    let hub = try await Hub.shared()
    let boss = try hub.caller(role: .admin)
    let schemas = try await Self.schemas(boss)
    #expect(schemas.count >= 11)
    let trials = try await Self.trials(hub, boss)
    #expect(Set(trials.map(\.operation)) == Set(schemas.keys), "each body has its trial")
    for (operation, trial) in trials {
      let schema = schemas[operation] ?? .missing
      let sent = Self.leaves(of: trial.body)
      #expect(Set(sent.keys) == Self.leaves(ofSchema: schema), "\(operation) sends all that is documented")
      for (path, value) in sent {
        #expect(trial.found[path] == value, "\(operation) \(path)")
      }
      for (body, known) in Self.extended(trial.body, schema) {
        let reply = try await trial.caller.call(trial.method, trial.path, body: Self.text(body))
        let error = reply["errors"].items.first { $0["field"].text.hasSuffix("nonesuch") }
        #expect(reply.outcome == "422 validation_failed", "\(operation) \(reply)")
        #expect(
          error?["message"].text == "is not known here; known are \(known.sorted().joined(separator: ", "))",
          "\(operation)")
      }
    }
  }

  @Test func whatNobodyReadsIsRefused() async throws {
    let boss = try await Hub.shared().caller(role: .admin)
    let order = try await boss.place([("p1", "2")])
    let delivery = try await boss.deliver(order, "1")["delivery"]
    let invoice = "/api/orders/deliveries/\(delivery.id)/invoice"
    #expect(try await boss.post(invoice, #"{"reason":"x"}"#).outcome == "422 validation_failed")
    #expect(try await boss.post(invoice, "[]").outcome == "422 validation_failed")
    for (method, path, body) in [
      (
        "POST", "/api/orders?notes=x",
        #"{"customer":{"name":"G"},"items":[{"productId":"p","quantity":1,"unitPrice":1}]}"#
      ),
      ("POST", "\(invoice)?number=7", "{}"), ("POST", "/api/orders/\(order.id)/close?reason=x", ""),
      ("PATCH", "/api/orders/\(order.id)/cancel?reason=x", ""),
      ("POST", "/api/auth/logout?all", #"{"refreshToken":"x"}"#),
    ] {
      #expect(try await boss.call(method, path, body: body).outcome == "422 validation_failed", "\(method) \(path)")
    }
    #expect(try await boss.get("/api/orders")["pagination"]["total"] == 1)
    #expect(try await boss.post(invoice, "{}").status == 201)
    // With nothing to say there need be no body.
    #expect(try await boss.post("/api/orders/\(order.id)/close").status == 200)
    #expect(try await boss.order(order)["closeReason"] == nil)
  }

  @Test func aLineWithAnItemAndAnotherProductIsRefused() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "2"), ("p2", "2")])
    let item = order["items"][0]["id"].text
    func deliver(_ product: String) async throws -> Reply {
      try await ada.post(
        "/api/orders/\(order.id)/deliveries",
        #"{"items":[{"itemId":"\#(item)","productId":"\#(product)","quantity":1}]}"#)
    }
    let refused = try await deliver("p2")
    #expect(refused.outcome == "422 validation_failed")
    #expect(refused["errors"].items.map { $0["field"] } == ["items[0].productId"])
    #expect(try await ada.deliveries(order).isEmpty)
    #expect(try await deliver("p1").status == 201)
  }
}
