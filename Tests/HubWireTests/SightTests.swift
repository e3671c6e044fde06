import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import HubWire

@Suite struct SightTests {
  private let order: Order

  init() throws {
    let seller = try #require(ParticularName("sellerId"))
    order = SightSamples.order(particulars: Particulars([.init(seller, .text("sam"))]), workflowVersion: 2)
  }

  private func written(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter()
    write(&json)
    return json.bytes
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func pass(_ text: String, _ showing: Showing, forSeller: Bool = false) -> String? {
    Array(text.utf8).withUnsafeBytes { Sieve.pass($0, showing, forSeller: forSeller) }.map { self.text($0.json) }
  }

  /// Members that are written and that the table says nothing of, by their paths.
  private func undecided(_ document: Document, _ showing: Showing, _ path: String) -> [String] {
    switch (showing, document) {
    case (.staffOnly, _), (_, .null): return []
    case (.value, .string), (.value, .number), (.value, .bool): return []
    case (.sellersToo, .string), (.sellersToo, .number): return []
    case (.list(let inner), .array(let items)): return items.flatMap { undecided($0, inner, path + "[]") }
    case (.map(let inner), .object(let members)): return members.values.flatMap { undecided($0, inner, path + "*") }
    case (.object(let columns), .object(let members)), (.event(let columns), .object(let members)):
      let rows = Dictionary(columns.rows.map { ("\($0.name)", $0.showing) }) { first, _ in first }
      return members.flatMap { name, value in
        rows[name].map { undecided(value, $0, "\(path).\(name)") } ?? ["\(path).\(name)"]
      }
    case (.value, _), (.sellersToo, _), (.list, _), (.map, _), (.object, _), (.event, _):
      return ["\(path): another kind"]
    }
  }

  @Test func everyMemberThatIsWrittenHasADecisionAndEveryDecisionAMember() {
    let order = order
    let documents: [(String, [UInt8], Columns)] = [
      ("order", order.json, SightTable.order),
      ("item", written { order.items[0].write(to: &$0) }, SightTable.item),
      ("customer", written { order.customer.write(to: &$0) }, SightTable.customer),
      ("delivery", written { SightSamples.delivery(of: order).write(to: &$0) }, SightTable.delivery),
      ("part", written { SightSamples.part(of: order).write(to: &$0) }, SightTable.part),
      ("invoice", written { SightSamples.credited(of: order).write(to: &$0) }, SightTable.invoice),
    ]
    for (name, json, columns) in documents {
      let document = Document(parsing: text(json))
      #expect(undecided(document, .object(columns), name) == [])
      #expect(Set(columns.rows.map { "\($0.name)" }) == Set(document.members.keys), "\(name)")
      #expect(columns.rows.count == document.members.count, "\(name): a row stands twice")
    }
    let events = SightSamples.events(of: order)
    #expect(Set(events.map(\.type)) == Set(EventType.allCases))
    #expect(SightTable.events.map(\.type.rawValue).sorted() == events.map(\.type.rawValue).sorted())
    for event in events {
      let data = Document(parsing: text(event.envelope))["data"]
      guard let columns = SightTable.events.first(where: { $0.type == event.type })?.data else { continue }
      #expect(undecided(data, .object(columns), event.type.rawValue) == [])
      #expect(Set(columns.rows.map { "\($0.name)" }) == Set(data.members.keys), "\(event.type)")
    }
  }

  @Test func aCustomerSeesOfEachEventAllButWhatIsTheStaffs() throws {
    for event in SightSamples.events(of: order) {
      let list = #"{"orderId":"\#(order.id)","version":10,"events":[\#(text(event.envelope))],"hasMore":false}"#
      let shown = try #require(Sight.ownOrders.shown(Array(list.utf8), answering: "EventList"))
      let whole = Document(parsing: list)
      #expect(Document(parsing: text(shown.json)) == whole.without(SightSamples.staffMembers), "\(event.type)")
      for secret in SightSamples.staffTexts { #expect(!text(shown.json).contains(secret), "\(event.type) \(secret)") }
      #expect(shown.withheld.unnamedMembers == 0 && shown.withheld.unnamedEvents == 0, "\(event.type)")
      // The live side cuts the data out by itself.
      let data = try #require(Self.data(of: event.envelope, .ownOrders))
      #expect(Document(parsing: text(data.json)) == whole["events"][0]["data"].without(SightSamples.staffMembers))
      #expect(Self.data(of: event.envelope, .business)?.json.isEmpty == false)
      #expect(Self.data(of: event.envelope, .nothing) == nil)
    }
  }

  /// What is shown of an envelope's data.
  private static func data(of envelope: [UInt8], _ sight: Sight) -> Shown? {
    let text = String(decoding: envelope, as: UTF8.self)
    guard let type = text.split(separator: "\"type\":\"").last?.split(separator: "\"").first,
      let start = text.firstRange(of: "\"data\":")?.upperBound
    else { return nil }
    return Array(type.utf8).withUnsafeBytes { type in
      Array(text[start...].dropLast().utf8).withUnsafeBytes { sight.shown($0, ofEvent: type) }
    }
  }

  @Test func staffSeeAllAndWhoIsNobodyNothing() {
    let json = order.json
    #expect(Sight.business.shown(json, answering: "Whatever")?.json == json)
    for name in SightTable.answers.map(\.schema) {
      #expect(Sight.nothing.shown(Array("{}".utf8), answering: name) == nil)
    }
    #expect(Sight.ownOrders.shown(json, answering: "Whatever") == nil)
    #expect(
      Dictionary(grouping: Role.allCases, by: \.sight).mapValues { Set($0) } == [
        .business: [.admin, .employee, .system], .ownOrders: [.customer], .placedOrders: [.kiosk],
        .soldOrders: [.seller],
      ])
    for type in SightTable.events.map(\.type) {
      Array(type.rawValue.utf8).withUnsafeBytes { type in
        #expect(Sight.allCases.filter { $0.shows(event: type) }.count == 4)
        #expect(!Sight.nothing.shows(event: type))
      }
    }
  }

  @Test func anEventOfATypeThatTheTableDoesNotNameIsNotShown() {
    let known = #"{"id":"a:1","type":"order:cancelled","data":{"orderId":"a","reason":"fraud","orderNumber":"n"}}"#
    let shown = #"{"id":"a:1","type":"order:cancelled","data":{"orderId":"a","orderNumber":"n"}}"#
    let showing = Showing.list(.event(SightTable.event))
    for other in [
      #"{"id":"a:1","type":"order:risk-scored","data":{"orderId":"a"}}"#, #"{"id":"a:1","data":{"orderId":"a"}}"#,
      #"{"type":"order\u003acancelled","data":{"orderId":"a"}}"#, #"{"type":7,"data":{"orderId":"a"}}"#,
      #"{"type":"order:cancelled","type":"order:cancelled","data":{"orderId":"a"}}"#, "7", "[]", #""order:cancelled""#,
    ] {
      #expect(pass("[\(other),\(known),\(other)]", showing) == "[\(shown)]", "\(other)")
    }
    // Wherever its type stands.
    #expect(
      pass(#"[{"data":{"orderId":"a","by":"b"},"type":"order:cancelled"}]"#, showing)
        == #"[{"data":{"orderId":"a"},"type":"order:cancelled"}]"#)
  }

  @Test(arguments: [
    // Not named, at any depth, and among others.
    (#"{"risk":9,"id":"a"}"#, #"{"id":"a"}"#), (#"{"id":"a","risk":{"id":[1,{"id":2}]}}"#, #"{"id":"a"}"#),
    (#"{"items":[{"id":"i","cost":1},{"cost":[]}]}"#, #"{"items":[{"id":"i"},{}]}"#),
    (#"{"customer":{"name":"A","score":{"a":"}]\""}}}"#, #"{"customer":{"name":"A"}}"#),
    // Of another kind than it should be.
    (#"{"id":{"name":"x"},"total":[1]}"#, "{}"), (#"{"items":{"id":"i"},"customer":"c"}"#, "{}"),
    (#"{"items":[[{"id":"i"}],"i",{"id":"i"},null]}"#, #"{"items":[{"id":"i"},null]}"#),
    // Null is nothing, but of what is the staff's nothing is said.
    (#"{"advance":null,"notes":null,"items":null}"#, #"{"advance":null,"items":null}"#),
    // A name behind an escape is another name, and so is one of another length.
    (#"{"\u0069d":"a","i":"b","idd":"c","ID":"d","":"e"}"#, "{}"),
    (#"{"created\u0042y":"maya","createdBy":"maya","createdAt":"now"}"#, #"{"createdAt":"now"}"#),
    // Space between goes, strings stay as they are.
    (" { \"id\" :\n\"a \\\" \\\\\" , \"total\": -1.5E+3 } ", #"{"id":"a \" \\","total":-1.5E+3}"#), ("{}", "{}"),
  ])
  func showsWhatIsNamedAndNothingElse(json: String, shown: String) {
    #expect(pass(json, .object(SightTable.order)) == shown)
  }

  @Test func whatIsNoWholeTextIsNotShown() throws {
    let bytes = SightSamples.events(of: order).last?.envelope ?? []
    #expect(bytes.count > 1_000)
    for count in bytes.indices {
      #expect(bytes[..<count].withUnsafeBytes { Sieve.pass($0, .event(SightTable.event)) } == nil, "\(count)")
    }
    for bad in [
      "", " ", "{", "}", "{}}", "{}{}", #"{"id"}"#, #"{"id":}"#, #"{"id":"a",}"#, #"{"id":"a\"}"#, "[", "nul ",
    ] {
      let shown = pass(bad, .object(SightTable.order))
      #expect(shown == nil || bad == "nul ", "\(bad)")
    }
    // However deep that is which is stepped over.
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(pass(#"{"risk":\#(deep),"id":"a"}"#, .object(SightTable.order)) == #"{"id":"a"}"#)
  }

  @Test func brokenTextsShowNoMoreAndNothingTraps() throws {
    var state: UInt64 = 20_261_127
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let whole = SightSamples.events(of: order).map(\.envelope)
    for _ in 0..<3_000 {
      var bytes = whole[random(whole.count)]
      for _ in 0...random(3) {
        let at = random(bytes.count)
        switch random(3) {
        case 0: bytes[at] = Array("{}[]\",:\\\u{0}n1".utf8)[random(11)]
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + random(9)))
        default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + random(9))], at: random(bytes.count))
        }
        if bytes.isEmpty { bytes = [0x7b] }
      }
      guard let shown = bytes.withUnsafeBytes({ Sieve.pass($0, .event(SightTable.event)) }) else { continue }
      #expect(shown.json.count <= bytes.count)
    }
  }

  @Test func namesOfUsersAreComparedByTheirBytes() throws {
    let tenant = try #require(TenantID("north"))
    let kim = Actor(tenant: tenant, user: try #require(UserID("Kim")), role: .customer)
    #expect(kim.maySee(OrderParties(customer: "Kim")))
    // The Kelvin sign, which Swift's own comparison takes for a K.
    #expect("\u{212a}im" == "Kim")
    for other: Text? in ["\u{212a}im", "kim", "Kim ", "", nil] {
      #expect(!kim.maySee(OrderParties(customer: other, seller: "Kim", kiosk: "Kim")), "\(other?.string ?? "nil")")
    }
    #expect(!kim.maySee(OrderOwner(tenant: try #require(TenantID("south")), customerID: "Kim")))
    let kiosk = Actor(tenant: tenant, user: kim.user, role: .kiosk)
    #expect(kiosk.maySee(OrderParties(kiosk: "Kim")))
    #expect(!kiosk.maySee(OrderParties(customer: "Kim", seller: "Kim", kiosk: "\u{212a}im")))
    let seller = Actor(tenant: tenant, user: kim.user, role: .seller)
    #expect(seller.maySee(OrderParties(seller: "Kim")))
    #expect(!seller.maySee(OrderParties(customer: "Kim", seller: "\u{212a}im", kiosk: "Kim")))
    #expect(Actor(tenant: tenant, user: kim.user, role: .employee).maySee(OrderParties()))
    // What each asks for is what each may see.
    for actor in [kim, kiosk, seller] {
      for name: Text in ["Kim", "kim"] {
        for parties in [OrderParties(customer: name), OrderParties(seller: name), OrderParties(kiosk: name)] {
          #expect(actor.orders?.includes(parties) == actor.maySee(parties), "\(actor.role) \(parties)")
        }
      }
    }
  }

  @Test func aSellerSeesBesideThatWhatItNeedsToSendTheGoods() throws {
    let note = SightSamples.note
    let delivery = #"{"id":"d","notes":"\#(note)","createdBy":"maya"}"#
    #expect(pass(delivery, .object(SightTable.delivery), forSeller: true) == #"{"id":"d","notes":"\#(note)"}"#)
    #expect(pass(delivery, .object(SightTable.delivery)) == #"{"id":"d"}"#)
    let order = #"{"notes":"\#(note)","items":[{"backorder":true,"backordered":3}],"cancelReason":"c"}"#
    #expect(
      pass(order, .object(SightTable.order), forSeller: true) == #"{"items":[{"backorder":true,"backordered":3}]}"#)
    #expect(pass(order, .object(SightTable.order)) == #"{"items":[{"backorder":true}]}"#)
    // A text that is not there is told of to nobody who would not be told it; and an object in its place to nobody.
    #expect(pass(#"{"notes":null}"#, .object(SightTable.delivery)) == "{}")
    #expect(pass(#"{"notes":null}"#, .object(SightTable.delivery), forSeller: true) == #"{"notes":null}"#)
    #expect(pass(#"{"notes":{"a":1},"id":"d"}"#, .object(SightTable.delivery), forSeller: true) == #"{"id":"d"}"#)
    // Of every event all that a customer sees, and these two members more.
    for event in SightSamples.events(of: self.order) {
      let (customer, kiosk, seller) = (
        Self.data(of: event.envelope, .ownOrders), Self.data(of: event.envelope, .placedOrders),
        Self.data(of: event.envelope, .soldOrders)
      )
      #expect(customer?.json == kiosk?.json, "\(event.type)")
      let shown = Document(parsing: text(try #require(seller?.json)))
      #expect(
        shown.without(["notes", "backordered"]) == Document(parsing: text(try #require(customer?.json))),
        "\(event.type)")
      let sold = text(seller?.json ?? [])
      #expect(!sold.contains(SightSamples.staffName), "\(event.type)")
    }
  }
}
