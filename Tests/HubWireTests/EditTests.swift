import HubContracts
import Orders
import Testing

@testable import HubWire

/// What is told of an edit, and read back from what is told.
@Suite struct EditTests {
  private func sample() throws -> Order {
    let draft = OrderDraft(
      customer: Customer(name: "Ravi"),
      items: try ["A", "B"].map {
        ItemDraft(productID: $0, quantity: try quantity("2"), unitPrice: try money("3"))
      }, currency: try #require(Currency("INR")))
    return try Rules.place(draft, number: "ORD-1", products: [:], in: context()).order
  }

  private func envelope(_ payload: EventPayload, of order: Order) throws -> RecordedEvent {
    let user = try #require(UserID("maya"))
    return EnvelopeWriter.record([payload], of: order, encoded: order.json, by: user, at: Timestamp(millis: 0))[0]
  }

  @Test func theMembersThatAnEditChangedAreReadFromItsBeginning() throws {
    let order = try sample()
    let shown = try envelope(.orderEdited(OrderChanges(shown: ["customer.name", "items"])), of: order)
    #expect(shown.changedMembers.shown == ["customer.name", "items"] && shown.changedMembers.staffs.isEmpty)
    #expect(shown.type == .orderUpdated)
    let both = try envelope(.orderEdited(OrderChanges(shown: [], staffs: ["notes"])), of: order)
    #expect(both.changedMembers.shown.isEmpty && both.changedMembers.staffs == ["notes"])
    let json = try JSONParser.parse(both.envelope)
    #expect(json["data"]?["staffChanged"] == .array([.string("notes")]) && json["data"]?["order"] != nil)
    for payload in [EventPayload.orderUpdated, .orderCancelled, .orderProgressUpdated] {
      let event = try envelope(payload, of: order)
      #expect(event.changedMembers.shown.isEmpty && event.changedMembers.staffs.isEmpty)
    }
  }

  @Test func whatIsWrittenOtherwiseOrDamagedSaysNothing() throws {
    for text in [
      "", #"{"data":{"changed":"#, #"{"data":{"changed":["a""#, #"{"data":{"changed":7,"order":{}}}"#,
      #"{"data":{"changed":[7],"staffChanged":{}}}"#, #"{"data":{"changed":[}]}}"#,
      #"{"customer":"\"data\":{\"changed\":[\"x\"]","data":{}}"#,
    ] {
      var event = try envelope(.orderUpdated, of: sample())
      event.envelope = Array(text.utf8)
      #expect(event.changedMembers.shown.isEmpty && event.changedMembers.staffs.isEmpty, "\(text)")
    }
  }

  @Test func ofAnItemThatIsTakenOffNothingRemains() throws {
    let order = try sample()
    let gone = ItemID(high: 1, low: 2)
    let state = order.state(items: [order.items[0].id, gone])
    #expect(state.itemsRemaining.map(\.itemID) == [order.items[0].id, gone] && state.itemsRemaining[1].text == "0")
    #expect(order.state(items: [order.items[0].id]).itemsRemaining.count == 1)
    #expect(order.state().itemsRemaining.count == order.items.count)
  }

  @Test func aDefinitionThatEditsReadsBackAsItWasWritten() throws {
    let written = WorkflowDefinition.pickup.json
    let text = String(decoding: written, as: UTF8.self)
    #expect(text.contains(#""editOrder""#) && text.contains(#""type":"customer""#))
    let document = WorkflowDocument(try JSONParser.parse(written))
    #expect(document.problems == [] && document.definition == .pickup)
  }
}
