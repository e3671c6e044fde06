/// What the events of the `delivery` workflow ask for.
struct DeliveryInput {
  private static let delivery = field("deliveryId", .text(24...24), isRequired: true, "the delivery")
  private static let bill = field("invoiceId", .text(24...24), isRequired: true, "the invoice")
  private static let why = field("reason", .text(1...500), "why")

  let deliver = [
    field("items", .items, isRequired: true, "what goes out"),
    field("status", .choice(DeliveryStatus.beginnings.map { Text($0.rawValue) }), "where it stands already"),
    field("date", .time, "the day it belongs to"), field("notes", .text(1...2_000), "notes for the staff"),
    field("notesForCustomer", .text(1...2_000), "notes for the customer"),
  ]
  let moveDelivery = [
    delivery,
    field("status", .choice(DeliveryStatus.allCases.map { Text($0.rawValue) }), isRequired: true, "its status"),
  ]
  let invoice = [delivery]
  let pay = [
    bill, field("amount", .money, isRequired: true, "how much"),
    field("method", .text(1...40), isRequired: true, "how it was paid"),
  ]
  let credit = [
    bill, delivery, why, field("refundMethod", .text(1...40), "how it is paid back; credit of the order if not"),
  ]
  let cancel = [why]
  let close = [why]
  /// While goods are to go out…
  let edit = OrderEdit.fields()
  /// …and when all of them have.
  let editHead = OrderEdit.fields([.customer, .deliveryDate, .notes, .notesForCustomer])

  private static func field(
    _ name: StaticString, _ kind: InputField.Kind, isRequired: Bool = false, _ label: Text
  ) -> InputField {
    InputField(ParticularName(known: name), kind, isRequired: isRequired, label: label)
  }
}
