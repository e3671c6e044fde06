import Foundation
import HubContracts
import HubTestSupport
import MongoStore
import Orders
import Testing

@testable import Credentials

/// Texts as people type and paste them, through the real processes.
@Suite struct TypedTextTests {
  private static func order(_ customer: String, item: String = #""productId":"p1""#, extra: String = "") -> String {
    #"{"customer":{\#(customer)},"items":[{\#(item),"quantity":1,"unitPrice":1}]\#(extra)}"#
  }

  @Test func whatNobodySeesIsTakenOffATextForPeople() async throws {
    let ada = try await Hub.shared().caller(role: .admin)
    let made = try await ada.post(
      "/api/orders",
      Self.order(
        #""name":" Asha\u00a0 ","phone":"\u202a+91 98450 12345\u202c","email":" a@b.example ","address":"\n12 MG Road\nPune\n""#,
        item: #""productId":"p1","name":"\ufeffDesk\u200b""#,
        extra: #","notes":"\u202esecond floor ","advance":{"amount":1,"method":" cash "}"#))
    #expect(made.status == 201, "\(made)")
    let order = made["order"]
    #expect(order["customer"]["name"] == "Asha")
    #expect(order["customer"]["phone"] == "+91 98450 12345")
    #expect(order["customer"]["email"] == "a@b.example")
    #expect(order["customer"]["address"] == "12 MG Road\nPune")
    #expect(order["items"][0]["name"] == "Desk")
    #expect(order["notes"] == "second floor")
    #expect(order["advance"]["method"] == "cash")
    let delivery = try await ada.post(
      "/api/orders/\(order.id)/deliveries", #"{"items":[{"productId":"p1","quantity":1}],"notes":" ring twice\u2069"}"#)
    #expect(delivery["delivery"]["notes"] == "ring twice", "\(delivery)")
    let product = try await ada.post("/api/products", #"{"productId":"d","name":" Desk\u202c ","unitPrice":1}"#)
    #expect(product["product"]["name"] == "Desk", "\(product)")
    let renamed = try await ada.patch("/api/products/d", #"{"name":"\u2067Table "}"#)
    #expect(renamed["product"]["name"] == "Table", "\(renamed)")
    _ = try await ada.post("/api/products/d/stock", #"{"kind":"receipt","quantity":1,"reason":" first\u200f"}"#)
    #expect(try await ada.get("/api/products/d/ledger")["ledger"][0]["reason"] == "first")
  }

  @Test(
    arguments: [
      (#""name":"  ""#, "customer.name"), (#""name":"\u200b\u200d""#, "customer.name"),
      (#""name":"\u202e""#, "customer.name"), (#""name":"\u3164""#, "customer.name"),
      (#""name":"\u2800""#, "customer.name"), (#""name":"A","id":" asha""#, "customer.id"),
      (#""name":"A","id":"asha\u200b""#, "customer.id"),
    ])
  func aNameOfNothingAndAnIdWithBlanksAreRefused(customer: String, field: String) async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.post("/api/orders", Self.order(customer))
    #expect(reply.status == 422, "\(reply)")
    #expect(reply["errors"][0]["field"] == .string(field), "\(reply)")
    #expect(try await ada.get("/api/orders")["orders"] == .empty)
  }

  @Test(arguments: [#"" p1""#, #""p1 ""#, #""\u202ep1""#, #""p\u20661""#, #""\u00a0p1""#, #""\u200b""#])
  func aProductsIdIsNotChangedAndRefused(id: String) async throws {
    let ada = try await Hub.shared().caller(role: .admin)
    let reply = try await ada.post("/api/orders", Self.order(#""name":"A""#, item: #""productId":\#(id)"#))
    #expect(reply.status == 422 && reply["errors"][0]["field"] == "items[0].productId", "\(reply)")
    let product = try await ada.post("/api/products", #"{"productId":\#(id),"name":"n","unitPrice":1}"#)
    #expect(product.status == 422 && product["errors"][0]["field"] == "productId", "\(product)")
    #expect(try await ada.get("/api/orders")["orders"] == .empty)
    #expect(try await ada.get("/api/products")["products"] == .empty)
  }

  @Test(arguments: [" ben", "ben ", "\u{200b}ben", "b\u{202e}en", "", " ", "bén"])
  func aUsersNameWithBlanksIsRefusedOnTheCommandLineAndAtTheLogIn(name: String) async throws {
    let hub = try await Hub.shared()
    var ada = try hub.caller()
    let words = ["--tenant", ada.tenant, "--user", name]
    for word in ["add", "passwd"] {
      let run = try await CommandLineRun.orderhub(
        ["user", word] + words + (word == "add" ? ["--role", "admin"] : []), hub: hub, input: "a long password\n")
      #expect(run.status == 2, "\(run)")
      #expect(run.errors.contains("--user"), "\(run)")
    }
    ada.token = nil
    let body = #"{"tenant":"\#(ada.tenant)","user":"\#(name)","password":"a long password"}"#
    #expect(try await ada.post("/api/auth/login", body).status == 422)
    #expect(try await CommandLineRun.orderhub(["user", "list", "--tenant", ada.tenant], hub: hub).output == "")
  }

  @Test func aPasswordIsTheSameFromEveryKeyboardAndOneThatIsNotSeenIsRefused() async throws {
    let hub = try await Hub.shared()
    var ada = try hub.caller()
    let names = ["--tenant", ada.tenant, "--user", "ada"]
    let added = try await CommandLineRun.orderhub(
      ["user", "add", "--role", "admin"] + names, hub: hub, input: "cafe\u{301} au lait\n")
    #expect(added.status == 0, "\(added)")
    ada.token = nil
    let tenant = ada.tenant
    func logIn(_ password: String) async throws -> Reply {
      try await ada.post("/api/auth/login", #"{"tenant":"\#(tenant)","user":"ada","password":"\#(password)"}"#)
    }
    for typed in ["cafe\u{301} au lait", "caf\u{e9} au lait", "caf\u{e9}\u{a0}au\u{3000}lait"] {
      #expect(try await logIn(typed).status == 200, "\(typed.debugDescription)")
    }
    for typed in ["cafe au lait", "caf\u{e9} au lait ", "CAF\u{c9} AU LAIT"] {
      #expect(try await logIn(typed).outcome == "401 invalid_credentials", "\(typed.debugDescription)")
    }
    let refused = try await CommandLineRun.orderhub(
      ["user", "passwd"] + names, hub: hub, input: "nobody sees\u{200b} it\n")
    #expect(refused.status == 2, "\(refused)")
    #expect(refused.errors.contains("not seen"), "\(refused)")
    #expect(try await logIn("caf\u{e9} au lait").status == 200)
  }

  /// Hashes from before passwords were prepared are of what was typed.
  @Test func aFormerPasswordGoesOnAndIsHashedAnewAtALogIn() async throws {
    let hub = try await Hub.shared()
    var ada = try hub.caller()
    ada.token = nil
    let store = try hub.store()
    let tenant = try #require(TenantID(ada.tenant))
    let name = try #require(UserID("ada"))
    let former = try Argon2Hasher.encoded("cafe\u{301} au lait").get()
    let user = User(
      tenant: tenant, name: name, role: .admin, passwordHash: former,
      createdAt: Timestamp(millis: 1_780_000_000_000))
    #expect(try await store.add(user))
    func logIn(_ password: String) async throws -> Reply {
      try await ada.post("/api/auth/login", #"{"tenant":"\#(tenant)","user":"ada","password":"\#(password)"}"#)
    }
    func hash() async throws -> String? { try await store.user(name, tenant: tenant)?.passwordHash }
    // In another spelling than it was typed in it is not known yet.
    #expect(try await logIn("caf\u{e9} au lait").status == 401)
    #expect(try await hash() == former)
    let first = try await logIn("cafe\u{301} au lait")
    #expect(first.status == 200, "\(first)")
    let renewed = try #require(try await hash())
    #expect(renewed != former)
    #expect(try await logIn("caf\u{e9} au lait").status == 200)
    #expect(try await logIn("cafe\u{301} au lait").status == 200)
    #expect(try await hash() == renewed)
    // Sessions go on, as after no change of a password.
    let refreshed = try await ada.post(
      "/api/auth/refresh", #"{"refreshToken":"\#(first["refreshToken"].text)"}"#)
    #expect(refreshed.status == 200, "\(refreshed)")
    #expect(try await !store.renewHash("other", of: name, tenant: tenant, replacing: former))
    #expect(try await hash() == renewed)
    await store.close()
  }

  @Test func anOrderIsFoundAsPeopleType() async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.post(
      "/api/orders", Self.order(#""name":"José Müller-O’Neill 王","phone":"+49 (0)170 / 555 12-34""#))
    #expect(reply.status == 201, "\(reply)")
    let number = reply["order"]["orderNumber"].text
    for question in [
      "jose", "JOSÉ", "muller", "mueller", "o'neill", "oneill", "王", "0170 5551234", "+49170555", "0049 170 5551234",
      number, String(number.dropFirst(4)), String(number.suffix(6)), "jose mueller 王",
    ] {
      let escaped = question.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      let list = try await ada.get("/api/orders?search=\(escaped)")
      #expect(list["orders"].items.map(\.id) == [reply["order"].id], "\(question): \(list)")
    }
    #expect(try await ada.get("/api/orders?search=a").status == 422)
  }
}
