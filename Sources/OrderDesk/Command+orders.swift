import HubContracts
import HubWire
public import Orders

extension Command {
  /// Makes a new order. The number's year is the tenant's, at the time of the decision.
  public static func place(
    _ draft: OrderDraft, _ input: StepInput = StepInput(), actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    let named = Array(Set(draft.items.map(\.productID)))
    return Command(
      .newOrder(products: named), actor: actor, lines: draft.items.count, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      let key = table.numberKey(of: actor.tenant)
      let (number, products) = (table.nextOrderNumber(key), table.catalogue(actor.tenant, named))
      let change = try Step.place(draft, input, number: number, products: products, in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          $0.order(orderJSON)
          $0.parts(of: change)
        }
      }
    }
  }
}

/// `{"success":true,…}`
func success(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
  var json = JSONWriter(capacity: 2_048)
  json.beginObject()
  json.member("success", true)
  members(&json)
  json.endObject()
  return json.bytes
}

extension JSONWriter {
  mutating func order(_ encoded: [UInt8]) {
    name("order")
    raw(encoded)
  }
  /// The parts that a change made or moved, where there are such.
  mutating func parts(of change: Change) {
    let parts = change.insertedParts + change.changedParts
    if !parts.isEmpty { member("parts", parts) { $1.write(to: &$0) } }
  }
  /// One of the documents that a change brought; nothing if it brought none such.
  mutating func document(_ document: StepAnswer.Document, of change: Change) {
    switch document {
    case .creditNote:
      guard let note = change.changedInvoice?.creditNote else { return }
      name("creditNote")
      note.write(to: &self)
    case .invoice:
      guard let invoice = change.insertedInvoice ?? change.changedInvoice else { return }
      name("invoice")
      invoice.write(to: &self)
    case .delivery:
      guard let delivery = change.insertedDelivery ?? change.changedDeliveries.first else { return }
      name("delivery")
      delivery.write(to: &self)
    }
  }
}
