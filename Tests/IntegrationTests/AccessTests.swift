import Foundation
import HubTestSupport
import Orders
import Testing

@Suite struct AccessTests {
  /// One operation as `/openapi.json` describes it.
  struct Operation: Sendable {
    var method: String
    var path: String
    var roles: Set<String>
    var isOpen: Bool

    static func all(_ hub: Hub) async throws -> [Operation] {
      var ada = try hub.caller()
      ada.token = nil
      let description = try await ada.get("/openapi.json")
      return description["paths"].members.flatMap { path, methods in
        methods.members.map { method, what in
          Operation(
            method: method.uppercased(), path: path, roles: Set(what["x-roles"].items.map(\.text)),
            isOpen: what["security"].items.isEmpty)
        }
      }
    }
  }

  /// What stands in a path's parameters, and bodies that would be taken.
  private struct Things: Sendable {
    var order: String
    var delivery: String
    var invoice: String
    var product: String
    var user: String

    func path(_ pattern: String) -> String {
      let id =
        if pattern.hasPrefix("/api/invoices") {
          invoice
        } else if pattern.hasPrefix("/api/products") {
          product
        } else if pattern.hasPrefix("/api/users") { user } else { order }
      return pattern.replacingOccurrences(of: "{deliveryId}", with: delivery)
        .replacingOccurrences(of: "{id}", with: id).replacingOccurrences(of: "{name}", with: "repair")
        .replacingOccurrences(of: "{page}", with: "rest")
    }

    func body(_ operation: Operation) -> String? {
      if operation.method == "GET" { return nil }
      return switch operation.path {
      case "/api/orders": #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#
      case "/api/orders/{id}/deliveries": #"{"items":[{"productId":"p1","quantity":1}]}"#
      case "/api/orders/deliveries/{deliveryId}/status": #"{"status":"dispatched"}"#
      case "/api/invoices/{id}/payments": #"{"amount":1,"method":"cash"}"#
      case "/api/invoices/{id}/credit": #"{"reason":"wrong"}"#
      case "/api/products": #"{"productId":"new","unitPrice":1}"#
      case "/api/products/{id}": #"{"name":"N"}"#
      case "/api/products/{id}/stock": #"{"kind":"receipt","quantity":1}"#
      case "/api/users": #"{"user":"new","role":"employee"}"#
      case "/api/users/{id}": #"{"name":"N"}"#
      case "/api/users/{id}/password": #"{"password":"a long password"}"#
      case "/api/operations/dead-letters/{id}/discard": #"{"reason":"x"}"#
      case "/api/me/password": #"{"oldPassword":"a long password","password":"a longer password"}"#
      default: ""
      }
    }
  }

  private func things(_ caller: Caller, customer: String) async throws -> Things {
    let admin = try caller.other("root", .admin)
    _ = try await admin.post("/api/products", #"{"productId":"p1","unitPrice":1}"#)
    let placed = try await admin.post(
      "/api/orders",
      #"{"customer":{"id":"\#(customer)","name":"Grace"},"items":[{"productId":"p1","quantity":9,"unitPrice":1}]}"#)
    let delivery = try await admin.deliver(placed["order"], "1")["delivery"]
    let invoice = try await admin.invoice(delivery)["invoice"]
    #expect(placed.status == 201)
    #expect(delivery.id.count == 24)
    #expect(invoice.id.count == 24)
    #expect(try await admin.post("/api/users", #"{"user":"hedy","role":"employee"}"#).status == 201)
    return Things(order: placed["order"].id, delivery: delivery.id, invoice: invoice.id, product: "p1", user: "hedy")
  }

  @Test func everyRouteIsClosedToThoseWithoutATokenAndToOtherRoles() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let things = try await things(ada, customer: "grace")
    let before = try await ada.get("/api/orders/\(things.order)/events")
    let users = try await ada.other("root", .admin).get("/api/users").body
    let operations = try await Operation.all(hub)
    #expect(operations.count >= 25)
    for operation in operations {
      let path = things.path(operation.path)
      let body = things.body(operation)
      var nobody = ada
      nobody.token = nil
      let reply = try await nobody.call(operation.method, path, body: body)
      guard !operation.isOpen else {
        #expect(![401, 403].contains(reply.status) || operation.path.hasPrefix("/api/auth"), "\(operation) \(reply)")
        continue
      }
      #expect(!operation.roles.isEmpty, "\(operation)")
      #expect(reply.outcome == "401 token_required", "\(operation) \(reply)")
      #expect(reply.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      for role in Role.allCases where !operation.roles.contains(role.rawValue) {
        let refused = try await ada.other("mallory", role).call(operation.method, path, body: body)
        #expect(refused.outcome == "403 forbidden", "\(operation) \(role) \(refused)")
      }
    }
    #expect(try await ada.get("/api/orders/\(things.order)/events")["events"] == before["events"])
    #expect(try await ada.get("/api/orders")["pagination"]["total"] == 1)
    #expect(try await ada.other("root", .admin).get("/api/users").body == users)
  }

  @Test func everyRouteHidesWhatIsAnotherTenants() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let things = try await things(ada, customer: "grace")
    let eve = try hub.caller()
    let before = try await ada.get("/api/orders/\(things.order)/events")["events"]
    let user = try await ada.other("root", .admin).get("/api/users/hedy").body
    // Copies of what it may not see are at hand in both processes.
    for process in 0..<2 {
      for view in ["", "/remaining", "/progress"] {
        for _ in 0..<2 { #expect(try await ada.at(process).get("/api/orders/\(things.order)\(view)").status == 200) }
      }
    }
    for operation in try await Operation.all(hub) where !operation.isOpen {
      for name in operation.roles {
        let role = try #require(Role(rawValue: name))
        let reply = try await eve.other("grace", role).call(
          operation.method, things.path(operation.path), body: things.body(operation))
        if operation.path.contains("{") {
          // A name that the tenant itself gives: it is taken for its own, or found wrong.
          let isOwn = operation.method == "PUT" && operation.path == "/api/workflows/{name}"
          #expect(reply.status == (isOwn ? 400 : 404), "\(operation) \(role) \(reply)")
        } else if operation.method == "GET" {
          #expect(reply.status == 200, "\(operation) \(role) \(reply)")
          let rows = ["orders", "deliveries", "invoices", "products", "users", "jobs", "deadLetters"]
            .flatMap { reply[$0].items }
          #expect(rows.allSatisfy { $0["tenantId"] != .string(ada.tenant) }, "\(operation) \(role)")
          #expect(rows.allSatisfy { $0["tenant"] != .string(ada.tenant) }, "\(operation) \(role)")
          for id in [things.order, things.delivery, things.invoice] {
            #expect(!reply.text.contains(id), "\(operation)")
          }
        }
      }
    }
    #expect(try await ada.get("/api/orders/\(things.order)/events")["events"] == before)
    #expect(try await ada.other("root", .admin).get("/api/users/hedy").body == user)
    #expect(try await eve.get("/api/orders?search=grace")["orders"] == .empty)
  }

  @Test func aCustomerSeesItsOwnOrdersAndNoOthers() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let things = try await things(ada, customer: "grace")
    let (own, other) = (try ada.other("grace", .customer), try ada.other("mallory", .customer))
    // Twice: from the store, and from a copy. What shows orders only to who has a place before them has a test of its own.
    for _ in 0..<2 {
      for operation in try await Operation.all(hub)
      where operation.method == "GET" && operation.roles.contains("customer") && operation.path != "/api/changes"
        && !operation.path.hasPrefix("/api/me")
      {
        let path = things.path(operation.path)
        let (seen, hidden) = (try await own.call("GET", path), try await other.call("GET", path))
        #expect(seen.status == 200, "\(operation) \(seen)")
        #expect(seen.text.contains(things.order), "\(operation) \(seen)")
        #expect(hidden.status == (operation.path == "/api/orders" ? 200 : 404), "\(operation) \(hidden)")
        #expect(!hidden.text.contains("Grace"), "\(operation)")
      }
    }
    #expect(try await other.get("/api/orders")["pagination"]["total"] == 0)
  }

  @Test func aTokenThatRunsOutEndsCachedReadsAndTheWebSocket() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "1")])
    let brief = try Caller(ports: [ada.ports[0]], tenant: ada.tenant, user: "brief", lifetimeSeconds: 10)
    let socket = try await hub.socket(brief)
    var statuses = [try await brief.get("/api/orders/\(order.id)/remaining").status]
    #expect(statuses == [200])
    try await eventually("the token has run out") {
      statuses.append(try await brief.get("/api/orders/\(order.id)/remaining").status)
      return statuses.last == 401
    }
    #expect(statuses.dropLast().allSatisfy { $0 == 200 })
    #expect(try await onThread { try socket.client.nextClose().code } == 4401)
  }

  @Test func aTenantsEventsReachNoOtherTenant() async throws {
    let hub = try await Hub.shared()
    let (ada, eve) = (try hub.caller(), try hub.caller())
    let (own, other) = (try await hub.socket(ada), try await hub.socket(eve))
    _ = try await ada.place([("p1", "1")])
    #expect(try await own.next(2).map { $0["type"] } == ["order:created", "order:inventory-reduced"])
    #expect(try await other.isQuiet())
    try await onThread {
      other.client.send(#"{"type":"subscribe:orders","tenantId":"\#(ada.tenant)"}"#)
      let answer = Document(parsing: try other.client.nextText())
      #expect([answer["type"], answer["code"]] == ["error", "forbidden"])
    }
  }
}

extension AccessTests {
  @Test func whoeverMayNotCallARouteIsToldBeforeTheBodyIsAskedFor() async throws {
    let hub = try await Hub.shared()
    let kiosk = try hub.caller().other("screen", .kiosk)
    let port = hub.apis[0].port
    for operation in try await Operation.all(hub) where !operation.isOpen {
      let path = operation.path.replacing("{id}", with: "0123456789abcdef01234567")
        .replacing("{deliveryId}", with: "0123456789abcdef01234567")
      var refusals = [([String](), 401)]
      if !operation.roles.contains("kiosk") { refusals.append((["Authorization: Bearer \(kiosk.token ?? "")"], 403)) }
      for (headers, status) in refusals {
        try await onThread {
          let client = try RawClient(port: port)
          try client.request(
            operation.method, path, headers: headers + ["Content-Length: 1000", "Expect: 100-continue"])
          #expect(try client.answer().status == status, "\(operation.method) \(path)")
          #expect(client.isClosedByServer())
        }
      }
    }
  }
}
