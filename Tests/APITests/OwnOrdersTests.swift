import HubContracts
import HubTestSupport
import HubWire
import OrderDesk
import Orders
import Testing

@testable import API
@testable import MongoStore

private typealias Document = HubTestSupport.Document

/// What sellers and kiosks may over REST: with the orders that they sell and placed, and with nothing else.
@Suite struct OwnOrdersTests {
  /// Orders of two sellers, from two kiosks, a customer and the staff.
  private struct Scene {
    let api: OrderAPI
    let shop: Shop
    let staff: String
    var orders: [String: String] = [:]

    init(_ shop: Shop) async throws {
      self.shop = shop
      api = try await shop.process(workflows: try MarketWorkflow.withDelivery()) { $0.userLimitPerMinute = 0 }
      staff = try shop.token(.admin)
      _ = try await api.ask(.post, "/api/products", token: staff, body: #"{"productId":"p","unitPrice":5}"#)
      for (name, role, user, customer, seller) in [
        ("sam's by till", Role.kiosk, "till", nil, "sam"), ("sam's by asha", .customer, "asha", nil, "sam"),
        ("eve's by till", .kiosk, "till", "asha", "eve"), ("nobody's by post", .kiosk, "post", nil, nil),
        ("sam's by staff", .admin, "ada", "till", "sam"), ("nobody's by staff", .admin, "ada", "sam", nil),
      ] as [(String, Role, String, String?, String?)] {
        let answer = try await place(as: shop.token(role, user: user), customer: customer, seller: seller)
        #expect(answer.status == 201, "\(name) \(answer.text)")
        orders[name] = try #require(answer.json["order"]?["id"]?.text)
      }
    }

    func place(as token: String, customer: String? = nil, seller: String? = nil) async throws -> Answer {
      let id = customer.map { #","id":"\#($0)""# } ?? ""
      let sold = seller.map { #","sellerId":"\#($0)""# } ?? ""
      return try await api.ask(
        .post, "/api/orders", token: token,
        body: #"{"workflow":"market","customer":{"name":"Rao"\#(id)},"items":[{"productId":"p","quantity":2}]\#(sold)}"#
      )
    }

    func list(_ role: Role, _ user: String, _ query: [(name: String, value: String)] = []) async throws -> Set<String> {
      let answer = try await api.ask(.get, "/api/orders", token: shop.token(role, user: user), query: query)
      #expect(answer.status == 200, "\(answer.text)")
      return names(answer)
    }

    func names(_ answer: Answer) -> Set<String> {
      let ids = answer.json["orders"]?.items.compactMap { $0["id"]?.text } ?? []
      return Set(ids.map { id in orders.first { $0.value == id }?.key ?? id })
    }
  }

  private static let own: [(Role, String, Set<String>)] = [
    (.seller, "sam", ["sam's by till", "sam's by asha", "sam's by staff"]), (.seller, "eve", ["eve's by till"]),
    (.seller, "asha", []), (.seller, "till", []), (.kiosk, "till", ["sam's by till", "eve's by till"]),
    (.kiosk, "post", ["nobody's by post"]), (.kiosk, "sam", []), (.kiosk, "ada", []),
    (.customer, "asha", ["sam's by asha", "eve's by till"]), (.customer, "till", ["sam's by staff"]),
    (.customer, "sam", ["nobody's by staff"]),
  ]

  @Test func eachListsSearchesFollowsAndReadsItsOwn() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      for (role, user, own) in Self.own {
        #expect(try await scene.list(role, user) == own, "\(role) \(user)")
        #expect(try await scene.list(role, user, [("search", "rao")]) == own, "\(role) \(user)")
        #expect(try await scene.list(role, user, [("status", "ordered"), ("sort", "total")]) == own)
        #expect(try await scene.list(role, user, [("workflow", "delivery")]) == [])
        let token = try shop.token(role, user: user)
        let changes = try await scene.api.ask(.get, "/api/changes", token: token, query: [("after", "2.~")])
        #expect(scene.names(changes) == own, "\(role) \(user)")
        for (name, id) in scene.orders {
          for view in ["", "/remaining", "/progress", "/events", "/deliveries", "/invoices", "/parts", "/actions"] {
            // From the store, and from a copy.
            for _ in 0..<2 {
              let answer = try await scene.api.ask(.get, "/api/orders/\(id)\(view)", token: token)
              #expect(
                answer.status == (own.contains(name) ? 200 : 404), "\(role) \(user) \(name)\(view) \(answer.text)")
              if !own.contains(name) { #expect(answer.code == "order_not_found") }
            }
          }
        }
      }
      // Nobody's in another tenant.
      for role in [Role.seller, .kiosk] {
        for user in ["sam", "till"] {
          let token = try shop.token(role, user: user, tenant: "shop-2")
          #expect(try await scene.api.ask(.get, "/api/orders", token: token).json["orders"]?.items == [])
          for id in scene.orders.values {
            #expect(try await scene.api.ask(.get, "/api/orders/\(id)", token: token).status == 404)
          }
        }
      }
    }
  }

  @Test func eachMovesItsOwnAsTheTableLetsIt() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      let id = try #require(scene.orders["sam's by till"])
      func act(_ role: Role, _ user: String, _ event: String, _ body: String = "") async throws -> Answer {
        try await scene.api.ask(
          .post, "/api/orders/\(id)/actions/\(event)", token: shop.token(role, user: user), body: body)
      }
      let track = #"{"tracking":"1Z"}"#
      for (role, user) in [(Role.seller, "eve"), (.kiosk, "post"), (.kiosk, "sam"), (.customer, "sam")] {
        #expect(try await act(role, user, "send", track).status == 404, "\(role) \(user)")
      }
      #expect(try await act(.kiosk, "till", "send", track).status == 403)
      #expect(try await act(.admin, "sam", "send", track).status == 403)
      #expect(try await act(.seller, "sam", "send").code == "validation_failed")
      #expect(try await act(.seller, "sam", "collect").status == 403)
      #expect(try await act(.seller, "sam", "assign", #"{"sellerId":"sam"}"#).status == 403)
      #expect(try await act(.kiosk, "till", "collect").status == 409)
      #expect(try await act(.seller, "sam", "send", track).json["order"]?["status"]?.text == "sent")
      #expect(try await act(.kiosk, "till", "collect").json["order"]?["status"]?.text == "collected")
      // Its seller stays.
      let open = try #require(scene.orders["nobody's by post"])
      for (seller, status) in [("s m", 422), ("eve", 200), ("sam", 409)] {
        let answer = try await scene.api.ask(
          .post, "/api/orders/\(open)/actions/assign", token: scene.staff, body: #"{"sellerId":"\#(seller)"}"#)
        #expect(answer.status == status, "\(seller) \(answer.text)")
        if status == 409 { #expect(answer.code == "seller_is_set") }
      }
      #expect(try await scene.list(.seller, "eve") == ["eve's by till", "nobody's by post"])
    }
  }

  @Test func whatIsAskedForOfOthersIsRefused() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      for role in [Role.seller, .kiosk] {
        let token = try shop.token(role, user: "sam")
        for path in [
          "/api/orders/stats", "/api/products", "/api/inventory", "/api/deliveries", "/api/deliveries/today",
          "/api/invoices", "/api/users", "/api/tenant", "/api/tenant/changes", "/api/workflows",
          "/api/operations/queue", "/api/operations/dead-letters",
        ] {
          let answer = try await scene.api.ask(.get, path, token: token)
          #expect(answer.status == 403 && answer.code == "forbidden", "\(role) \(path)")
          #expect(scene.api.atHand(path, token: token) == nil)
        }
        for customer in ["asha", "sam"] {
          let answer = try await scene.api.ask(.get, "/api/orders", token: token, query: [("customer", customer)])
          #expect(answer.code == "validation_failed", "\(role) \(customer)")
          #expect(answer.json["errors"]?.items.first?["field"]?.text == "customer")
        }
        #expect(try await scene.api.ask(.get, "/api/me", token: token).status == 200)
      }
      // A kiosk orders for others, a seller what it sells itself, neither at prices of its own.
      let seller = try shop.token(.seller, user: "sam")
      #expect(try await scene.place(as: seller, seller: "sam").status == 201)
      for other in ["eve", nil] {
        let refused = try await scene.place(as: seller, seller: other)
        #expect(refused.status == 422 && refused.json["errors"]?.items.first?["field"]?.text == "sellerId")
      }
      for (role, user) in [(Role.kiosk, "till"), (.seller, "sam")] {
        let priced = try await scene.api.ask(
          .post, "/api/orders", token: shop.token(role, user: user),
          body: #"{"workflow":"market","customer":{"name":"R"},"sellerId":"sam","#
            + #""items":[{"productId":"p","quantity":2,"unitPrice":1}]}"#)
        #expect(priced.json["errors"]?.items.first?["field"]?.text == "items[0].unitPrice", "\(role)")
        let plain = try await scene.api.ask(
          .post, "/api/orders", token: shop.token(role, user: user),
          body: #"{"customer":{"name":"R"},"items":[{"productId":"p","quantity":2}]}"#)
        #expect(plain.status == 403, "\(role)")
      }
    }
  }

  @Test func aSellerIsShownWhatItNeedsAndAKioskWhatACustomerIs() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      let id = try #require(scene.orders["sam's by till"])
      let whole = try await scene.api.ask(.get, "/api/orders/\(id)", token: scene.staff).document["order"]
      for (role, user) in [(Role.seller, "sam"), (.kiosk, "till")] {
        let own = try await scene.api.ask(.get, "/api/orders/\(id)", token: shop.token(role, user: user)).document[
          "order"]
        let hidden = SightSamples.staffMembers.subtracting(role == .seller ? ["backordered"] : [])
        #expect(own == whole.without(hidden), "\(role)")
        #expect((own["items"][0]["backordered"] != .missing) == (role == .seller))
      }
      let events = try await scene.api.ask(.get, "/api/orders/\(id)/events", token: scene.staff).document["events"]
      #expect(events[0]["seller"] == "sam" && events[0]["kiosk"] == "till" && events[0]["customer"] == .missing)
      for (role, user) in [(Role.seller, "sam"), (.kiosk, "till")] {
        let seen = try await scene.api.ask(
          .get, "/api/orders/\(id)/events", token: shop.token(role, user: user)
        ).document["events"]
        #expect(seen[0]["seller"] == "sam" && seen[0]["kiosk"] == .missing)
        #expect(seen.items.map { $0["type"].text } == ["order:created"], "a type that the table does not name")
      }
    }
  }

  /// As a process of the version before sellers writes it, which may serve beside this one.
  @Test func whoseAnOrderIsInRedisByAnOlderProcessHidesNothingAndOpensNothing() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      let id = try #require(scene.orders["sam's by till"])
      let (port, order) = (shop.server.port, try #require(OrderID(Text(id))))
      for view in ["", "/remaining", "/progress"] {
        let path = "/api/orders/\(id)\(view)"
        _ = try await scene.api.ask(.get, path, token: scene.staff)
        try await onThread { try RedisAsker.ask(port, "SET", "order:\(id):owner", #"{"tenant":"shop-1"}"#) }
        let other = try await shop.process(workflows: try MarketWorkflow.withDelivery())
        for (role, user, status) in [
          (Role.seller, "sam", 200), (.kiosk, "till", 200), (.seller, "eve", 404), (.kiosk, "sam", 404),
          (.customer, "sam", 404),
        ] {
          for _ in 0..<2 {
            let answer = try await other.ask(.get, path, token: shop.token(role, user: user))
            #expect(answer.status == status, "\(role) \(user) \(view)")
          }
          let who = try shop.actor(role, user: user)
          let may = try await other.parts.reads.maySee(order, who)
          #expect(may == (status == 200), "\(role) \(user)")
        }
      }
    }
  }

  @Test func usersOfBothRolesAreAddedChangedListedAndLogIn() async throws {
    try await withShop { shop in
      try await shop.addUser("boss", role: .admin)
      let api = try await shop.process(hasher: CountingHasher())
      let boss = try shop.token(.admin, user: "boss")
      for role in ["seller", "kiosk"] {
        let made = try await api.ask(
          .post, "/api/users", token: boss, body: #"{"user":"u-\#(role)","role":"\#(role)"}"#)
        #expect(made.status == 201 && made.json["user"]?["role"]?.text == role)
        let listed = try await api.ask(.get, "/api/users", token: boss, query: [("role", role)])
        #expect(listed.json["users"]?.items.compactMap { $0["user"]?.text } == ["u-\(role)"])
      }
      try await shop.addUser("sam", role: .seller)
      let login = try await api.logIn("sam", from: "198.51.100.1")
      #expect(login.json["user"]?["role"]?.text == "seller")
      let token = try #require(login.json["token"]?.text)
      #expect(try await api.ask(.get, "/api/orders", token: token).status == 200)
      // Its token is as good as its role.
      let changed = try await api.ask(.patch, "/api/users/sam", token: boss, body: #"{"role":"kiosk"}"#)
      #expect(changed.json["user"]?["role"]?.text == "kiosk")
      try await eventually("its token has ended") {
        try await api.ask(.get, "/api/orders", token: token).code == "invalid_token"
      }
      let refused = try await api.ask(.post, "/api/users", token: boss, body: #"{"user":"x","role":"auditor"}"#)
      #expect(refused.status == 422 && refused.text.contains("seller"))
    }
  }

  /// A role that a newer process gave.
  @Test func aRoleThatIsNotKnownIsShownAndNotLoggedIn() async throws {
    try await withShop { shop in
      for (user, role) in [("boss", Role.admin), ("ben", .employee)] { try await shop.addUser(user, role: role) }
      let api = try await shop.process(hasher: CountingHasher())
      let login = try await api.logIn("ben", from: "198.51.100.1")
      try await shop.store.write { worker in
        _ = try worker.run(.write) {
          $0.string("update", Collection.users.rawValue)
          $0.documents("updates", CollectionOfOne(())) { writer, _ in
            writer.document("q") { $0.string("_id", "shop-1:ben" as StaticString) }
            writer.document("u") { $0.document("$set") { $0.string("role", "auditor" as StaticString) } }
          }
        }
      }
      let boss = try shop.token(.admin, user: "boss")
      let listed = try await api.ask(.get, "/api/users", token: boss)
      #expect(listed.json["users"]?.items.compactMap { $0["role"]?.text } == ["auditor", "admin"])
      #expect(try await api.ask(.get, "/api/users/ben", token: boss).json["user"]?["role"]?.text == "auditor")
      let renamed = try await api.ask(.patch, "/api/users/ben", token: boss, body: #"{"name":"Ben"}"#)
      #expect(renamed.status == 200 && renamed.json["user"]?["role"]?.text == "auditor")
      let again = try await api.logIn("ben", from: "198.51.100.1")
      #expect(again.status == 503 && again.code == "role_unknown" && again.header("Retry-After") != nil)
      let wrong = try await api.logIn("ben", password: "wrong", from: "198.51.100.1")
      #expect(wrong.code == "invalid_credentials")
      let refresh = try #require(login.json["refreshToken"]?.text)
      #expect(try await api.use(refresh, from: "198.51.100.1").code == "role_unknown")
      // Given one that is known, it logs in again.
      let known = try await api.ask(.patch, "/api/users/ben", token: boss, body: #"{"role":"seller"}"#)
      #expect(known.json["user"]?["role"]?.text == "seller")
      #expect(try await api.logIn("ben", from: "198.51.100.1").json["user"]?["role"]?.text == "seller")
    }
  }
}

extension Answer {
  fileprivate var text: String { String(decoding: reply.body.bytes, as: UTF8.self) }
  fileprivate var document: HubTestSupport.Document { HubTestSupport.Document(parsing: text) }
}
