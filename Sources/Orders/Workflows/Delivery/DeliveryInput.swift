/// The fields of what the events of the `delivery` workflow ask for.
enum DeliveryField {
  static let delivery = ParticularName(known: "deliveryId")
  static let invoice = ParticularName(known: "invoiceId")
  static let status = ParticularName(known: "status")
  static let date = ParticularName(known: "date")
  static let notes = ParticularName(known: "notes")
  static let notesForCustomer = ParticularName(known: "notesForCustomer")
  static let amount = ParticularName(known: "amount")
  static let method = ParticularName(known: "method")
  static let reason = ParticularName(known: "reason")
  static let refundMethod = ParticularName(known: "refundMethod")
}

/// What the events of the `delivery` workflow ask for.
struct DeliveryInput {
  private static let delivery = InputField(
    DeliveryField.delivery, .text(24...24), isRequired: true, label: "the delivery")
  private static let bill = InputField(DeliveryField.invoice, .text(24...24), isRequired: true, label: "the invoice")
  private static let why = InputField(DeliveryField.reason, .text(1...500), label: "why")

  let deliver = [
    InputField(.items, .items, isRequired: true, label: "what goes out"),
    InputField(
      DeliveryField.status, .choice(DeliveryStatus.beginnings.map { Text($0.rawValue) }),
      label: "where it stands already"),
    InputField(DeliveryField.date, .time, label: "the day it belongs to"),
    InputField(DeliveryField.notes, .text(1...2_000), label: "notes for the staff"),
    InputField(DeliveryField.notesForCustomer, .text(1...2_000), label: "notes for the customer"),
  ]
  let moveDelivery = [
    delivery,
    InputField(
      DeliveryField.status, .choice(DeliveryStatus.allCases.map { Text($0.rawValue) }), isRequired: true,
      label: "its status"),
  ]
  let invoice = [delivery]
  let pay = [
    bill, InputField(DeliveryField.amount, .money, isRequired: true, label: "how much"),
    InputField(DeliveryField.method, .text(1...40), isRequired: true, label: "how it was paid"),
  ]
  let credit = [
    bill, delivery, why,
    InputField(
      DeliveryField.refundMethod, .text(1...40), label: "how it is paid back; credit of the order if not"),
  ]
  let cancel = [why]
  let close = [why]
  /// While goods are to go out…
  let edit = OrderEdit.fields()
  /// …and when all of them have.
  let editHead = OrderEdit.fields([.customer, .deliveryDate, .notes, .notesForCustomer])
}

extension StepInput {
  /// A reason alone.
  static func because(_ reason: Text?) -> StepInput {
    StepInput(Particulars(reason.map { [Particulars.Entry(DeliveryField.reason, .text($0))] } ?? []))
  }
}

extension Particulars {
  func text(_ name: ParticularName) -> Text? {
    if case .text(let text) = self[name] { text } else { nil }
  }
  func time(_ name: ParticularName) -> Timestamp? {
    if case .time(let time) = self[name] { time } else { nil }
  }
  /// The status that a delivery is to have.
  var deliveryStatus: DeliveryStatus? { text(DeliveryField.status).flatMap { DeliveryStatus($0) } }
  /// The delivery that is named; 404 if the word names none.
  func delivery() throws(Refusal) -> DeliveryID {
    let text = text(DeliveryField.delivery) ?? ""
    guard let id = DeliveryID(text) else {
      throw .notFound("delivery_not_found", "there is no delivery \(text.start(64))")
    }
    return id
  }
  /// The invoice that is named; 404 if the word names none.
  func invoice() throws(Refusal) -> InvoiceID {
    let text = text(DeliveryField.invoice) ?? ""
    guard let id = InvoiceID(text) else {
      throw .notFound("invoice_not_found", "there is no invoice \(text.start(64))")
    }
    return id
  }
}
