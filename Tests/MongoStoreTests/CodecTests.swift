import HubContracts
import Orders
import Spelling
import Testing

@testable import MongoStore

/// Writes a document and reads it back.
private func roundTrip<Value: Document>(_ value: Value) throws -> Value {
  var writer = BSONWriter(capacity: 16)
  _ = writer.root { $0.string("before", "another document" as StaticString) }
  let place = try writer.root { writer throws(BSONError) in try value.write(to: &writer) }
  var reader = try BSONReader(writer.bytes(place))
  return try Value.read(&reader)
}

private func readDelivery(_ bytes: [UInt8]) throws -> Delivery {
  try bytes.withUnsafeBytes { bytes in
    var reader = try BSONReader(bytes)
    return try Delivery.read(&reader)
  }
}

@Suite struct CodecTests {
  @Test func anOrderReadsBackWithAndWithoutItsOptionalParts() throws {
    let (bare, full) = (Fixtures.order(), Fixtures.full())
    #expect(try roundTrip(bare) == bare)
    #expect(try roundTrip(full) == full)
    var new = full
    new.decimals = 2
    new.credited = Money(units: 7)
    for index in new.items.indices { new.items[index].allocation = Allocation(decimals: 2) }
    new.items[1].billed = ItemAmounts(subtotal: Money(units: 9), discount: Money(units: 1), tax: Money(units: 2))
    #expect(try roundTrip(new) == new)
    var rounded = bare
    rounded.rounding = Money(units: -3)
    #expect(try roundTrip(rounded) == rounded)
    rounded.decimals = 9
    #expect(throws: BSONError.self) { _ = try roundTrip(rounded) }
  }

  @Test func aDeliveryReadsBack() throws {
    let bare = Fixtures.delivery(of: Fixtures.order())
    var full = bare
    full.notes = "leave at the door"
    full.notesForCustomer = "it is heavy"
    full.invoiceID = Fixtures.id(Invoice.self)
    full.status = .failed
    full.currency = Currency("JPY")
    #expect(try roundTrip(bare) == bare)
    #expect(try roundTrip(full) == full)
  }

  @Test func anInvoiceReadsBack() throws {
    let bare = Fixtures.invoice(of: Fixtures.delivery(of: Fixtures.order()), number: "INV-2026-000001")
    var full = bare
    full.rounding = Money(units: -333_333)
    full.creditNote = CreditNote(
      number: "CN-2026-000001", reason: "gone", refund: Refund(amount: Money(units: 5), method: "cash"),
      at: Fixtures.time(), by: Fixtures.by)
    full.payments = (0..<100).map {
      Payment(amount: Money(units: $0 + 1), method: "card", at: Fixtures.time($0), by: Fixtures.by)
    }
    #expect(try roundTrip(bare) == bare)
    #expect(try roundTrip(full) == full)
  }

  @Test func aProductAndItsLedgerReadBack() throws {
    var product = Fixtures.product("SKU:1")
    product.onHand = Quantity(millionths: -7)
    #expect(try roundTrip(product) == product)
    let bare = Fixtures.ledgerRow("SKU:1", onHand: -3)
    var full = bare
    full.orderID = Fixtures.id(Order.self)
    full.reason = "counted"
    full.kind = .onHold
    #expect(try roundTrip(bare) == bare)
    #expect(try roundTrip(full) == full)
    product.reserved = Quantity(millionths: 4)
    #expect(try roundTrip(product) == product)
    for kind in LedgerKind.allCases {
      full.kind = kind
      #expect(try roundTrip(full) == full)
      (full.reserved, full.hold) = (Quantity(millionths: -3), LedgerRow.Hold(seq: 4, owner: "cleo"))
      #expect(try roundTrip(full) == full)
      full.hold?.expiresAt = Fixtures.time()
      #expect(try roundTrip(full) == full)
    }
  }

  /// What a version before reservations reads of a row must be a word that it knows.
  @Test func aRowIsNamedInWordsOfTheVersionBefore() throws {
    let known = ["receipt", "correction", "damaged", "on_hold", "deducted", "restored"]
    var row = Fixtures.ledgerRow("SKU:1", onHand: -3)
    for (kind, word) in [
      (LedgerKind.reserved, "deducted"), (.confirmed, "deducted"), (.released, "restored"), (.transfer, "on_hold"),
      (.receipt, "receipt"), (.onHold, "on_hold"),
    ] {
      row.kind = kind
      var writer = BSONWriter()
      let place = writer.root { row.write(to: &$0) }
      var reader = try BSONReader(writer.bytes(place))
      let written: String = try reader.string("kind")
      #expect(written == word && known.contains(written))
    }
  }

  @Test func anEventReadsBackWithAndWithoutItsMark() throws {
    for event in Fixtures.events(of: Fixtures.order(), from: 1, to: 2) { #expect(try roundTrip(event) == event) }
  }

  @Test func aTallyReadsBackAndItsNamesMayHoldDots() throws {
    let orders = TallyShard(
      scope: TallyScope(tenant: Fixtures.tenant, kind: .orders), shard: 63, revision: 9,
      counts: ["open|unpaid": -4, "a.b|$c": .max])
    let day = TallyShard(
      scope: TallyScope(tenant: Fixtures.tenant, kind: .deliveries(day: "2026-06-01")), shard: 0, revision: 1,
      counts: [:])
    #expect(try roundTrip(orders) == orders)
    #expect(try roundTrip(day) == day)
  }

  @Test func aTallyWithANULInANameIsRefused() {
    let shard = TallyShard(
      scope: TallyScope(tenant: Fixtures.tenant, kind: .orders), shard: 0, revision: 1, counts: ["a\u{0}b": 1])
    #expect(throws: BSONError.wrong("a name with a NUL")) { try roundTrip(shard) }
  }

  @Test func anAnswerAUserAndASessionReadBack() throws {
    let answer = Fixtures.answer("k")
    #expect(try roundTrip(answer) == answer)
    let user = User(
      tenant: Fixtures.tenant, name: Fixtures.by, role: .kiosk, passwordHash: "$argon2id$…", createdAt: Fixtures.time())
    #expect(try roundTrip(user) == user)
    let session = Session(
      tokenHash: "ab", actor: Actor(tenant: Fixtures.tenant, user: Fixtures.by, role: .admin),
      createdAt: Fixtures.time(), expiresAt: Fixtures.time(1))
    #expect(try roundTrip(session) == session)
  }

  @Test func keysThatLookAlikeDiffer() {
    let (ada, bob) = (Fixtures.word("ada", UserID.init), Fixtures.word("bob", UserID.init))
    let keys = [
      AnswerKey(tenant: Fixtures.tenant, user: ada, route: "POST /a\nb", key: "c"),
      AnswerKey(tenant: Fixtures.tenant, user: ada, route: "POST /a", key: "b\nc"),
      AnswerKey(tenant: Fixtures.tenant, user: bob, route: "POST /a", key: "b\nc"),
      // As they were kept when keys were a whole tenant's.
      AnswerKey(tenant: Fixtures.tenant, user: nil, route: "POST /a", key: "b\nc"),
      AnswerKey(tenant: Fixtures.tenant, user: nil, route: "POST /a", key: "ada\n7\nPOST /a\nb\nc"),
    ]
    #expect(Set(keys.map(\.documentKey)).count == keys.count)
    #expect(keys[3].documentKey == "\(Fixtures.tenant.text)\n7\nPOST /a\nb\nc", "as the binary before wrote it")
  }

  @Test func anEventsKeyIsItsOrderAndNumber() {
    let order = OrderID(high: 0x0123_4567_89ab_cdef, low: 0x00ff_10a0)
    for seq: Int64 in [1, 9, 10, 1_234_567_890_123, .max] {
      #expect(RecordedEvent.key(order, seq) == "\(order):\(seq)")
    }
  }

  @Test func aFieldIsFoundInAnyOrderAndAMissingOneIsNamed() throws {
    var writer = BSONWriter()
    let place = writer.root {
      $0.int64("a", 1)
      $0.string("b", "two" as StaticString)
      $0.bool("c", true)
      $0.null("d")
    }
    var reader = try BSONReader(writer.bytes(place))
    #expect(try reader.bool("c"))
    #expect(try reader.integer("a") == 1)
    #expect(try reader.string("b") == "two")
    #expect(try reader.integer("a") == 1)
    #expect(try reader.optionalString("d") == nil)
    #expect(throws: BSONError.missing("x")) { try reader.integer("x") }
    #expect(throws: BSONError.wrong("b")) { try reader.integer("b") }
  }

  @Test func everyCutDocumentIsRefusedAndNoneIsReadPastItsEnd() throws {
    var writer = BSONWriter()
    let place = writer.root { Fixtures.delivery(of: Fixtures.order()).write(to: &$0) }
    let whole = Array(writer.bytes(place))
    for length in 0..<whole.count {
      // Its own length is cut too, so that only the fields inside can show it.
      var cut = Array(whole[..<length])
      if length >= 5 {
        for byte in 0..<4 { cut[byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
        cut[length - 1] = 0
      }
      let read = Result { try readDelivery(cut) }
      #expect(throws: BSONError.self) { try read.get() }
    }
  }

  @Test func anArrayHasTheNamesOfItsPlaces() throws {
    var writer = BSONWriter(capacity: 8)
    let place = writer.root { $0.strings("a", (0..<1_001).map { "\($0)" }) }
    var reader = try BSONReader(writer.bytes(place))
    var array = try reader.document("a")
    for index in 0..<1_001 {
      let element = try #require(try array.next())
      #expect(element.name == "\(index)" && element.value.text == "\(index)")
    }
  }
}

@Suite struct KeyTests {
  /// MongoDB compares bytes: two spellings are two keys there, and so they must be here.
  @Test func twoSpellingsAreTwoKeys() {
    let (one, two): (Text, Text) = ("caf\u{e9}", "cafe\u{301}")
    #expect(Product.key(one, tenant: Fixtures.tenant) != Product.key(two, tenant: Fixtures.tenant))
    let keys = [one, two].map {
      AnswerKey(tenant: Fixtures.tenant, user: nil, route: "POST /api/products/:id/stock \($0)", key: "k")
    }
    #expect(Set(keys).count == 2)
    #expect(Set(keys.map(\.documentKey)).count == 2)
  }
}

@Suite struct FormerSearchWordsTests {
  /// What stands in databases of the version before, and how it is asked for.
  @Test func aQuestionIsMadeAsTheVersionBeforeMadeIt() {
    let order = Fixtures.full(number: "ORD-2026-000120", name: "Zoë Müller-Lüdenscheid")
    #expect(
      FormerWords.of(order) == [
        "ord-2026-000120", "120", "zoë", "müller-lüdenscheid", "lüdenscheid", "491701234567", "1701234567", "4567",
      ])
    #expect(FormerSearchWords.ofQuestion("(Jose\u{301})") == ["jose\u{301}"])
    #expect(FormerSearchWords.ofQuestion("Jos\u{e9}") == ["jos\u{e9}"])
    #expect(FormerSearchWords.ofQuestion("jos\u{e9} jose\u{301}").count == 2)
    #expect(FormerSearchWords.ofQuestion(" Hopper,  GRACE ") == ["hopper", "grace"])
    #expect(FormerSearchWords.ofQuestion("+49 (170) 12-34") == ["491701234"])
    #expect(FormerSearchWords.ofQuestion("ORD-2026-0001") == ["ord-2026-0001"])
    #expect(FormerSearchWords.ofQuestion("$gt .* \u{0}") == ["gt"])
    #expect(
      FormerSearchWords.ofQuestion(Text(String(repeating: "ü", count: 60))) == [Text(String(repeating: "ü", count: 16))]
    )
  }

  @Test func anOrderIsStoredWithTodaysWords() throws {
    let order = Fixtures.full(number: "ORD-2026-000120")
    var writer = BSONWriter()
    let place = writer.root { order.write(to: &$0) }
    var reader = try BSONReader(writer.bytes(place))
    var array = try reader.document("search")
    var words: [Text] = []
    while let word = try array.nextValue()?.text { words.append(word) }
    #expect(
      words == SearchWords.of(number: order.number, name: order.customer.name, phone: order.customer.phone))
    #expect(words.first == SearchWords.mark)
  }
}
