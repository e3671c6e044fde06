/// One call of a shopper from its first attempt to what came of it.
struct CallRecord: Sendable, Equatable {
  /// How a call ended.
  enum Outcome: Sendable, Equatable {
    /// It was answered with 2xx: it must be there, once.
    case ok
    /// It was answered with a refusal, or each attempt with "nothing was written": it must not be there.
    case refused
    /// The last attempt had no answer that says: it may be there, once.
    case unknown
  }

  /// What is written, with what tells it from all others.
  enum Effect: Sendable, Equatable {
    /// The order's notes are the call's tag.
    case order
    /// The delivery's notes are the call's tag; so many millionths in all.
    case delivery(order: String, millionths: Int64)
    case move(order: String, delivery: String, status: String)
    case cancelOrder(String)
    case closeOrder(String)
    case invoice(order: String, delivery: String)
    /// The payment's method is the call's tag.
    case payment(order: String, invoice: String, amountUnits: Int64)
    /// The ledger row's reason is the call's tag.
    case stock(product: String, millionths: Int64)
    /// One of an order's actions; of these items, by id, so much is to be kept.
    case action(order: String, event: String, kept: [String: Int64] = [:])
  }

  /// Unique: it is the `Idempotency-Key` too.
  var tag: String
  var effect: Effect
  var method: String
  var path: String
  var body: String
  var outcome: Outcome
  /// The last answer's status; 0 if there was none.
  var status: Int
  var answer: String
  /// The id in the answer of what was made; of an action, the version of the order that it left.
  var made: String?
  /// Whether the order's customer asks, and not the staff.
  var isCustomers = false

  /// The order that it is about; nil for stock, and for an order that is not known to have been made.
  var orderID: String? {
    switch effect {
    case .order: made
    case .delivery(let order, _), .move(let order, _, _), .cancelOrder(let order), .closeOrder(let order),
      .invoice(let order, _), .payment(let order, _, _), .action(let order, _, _):
      order
    case .stock: nil
    }
  }
}
