/// What a row does besides changing the state: a small closed set. All of it is applied in one place, `Effects`.
public enum WorkflowEffect: Sendable, Hashable {
  /// What is kept of the items is taken: first what is reserved for the order, then from the shelf. With the condition
  /// `stockSuffices` the shelf never falls below zero by it. What was reserved or taken beyond it goes back.
  case deductStock
  /// What is kept of the items, and not taken yet, is set aside for the order: until the timer ends it that the row
  /// starts and whose event gives stock back; for good, if there is none…
  case reserveStock
  /// …and made firm, so that no time ends it, or given free again.
  case confirmStock, releaseStock
  /// What the order took or has reserved goes back.
  case restoreStock
  /// What the input names of the order itself is as the input says: see `OrderEdit`. Only of the event `edit`.
  case editOrder
  /// What is asked for fewer units of is taken off the order, and its sums follow.
  case reduceItems
  /// Nothing is kept of the items; the order's own sums stay as ordered.
  case cancelItems
  /// Money came in by itself, as `delivery` counts it.
  case recordPayment
  /// All that is due is paid.
  case takePayment
  /// What was paid is paid back.
  case refundPayment
  /// A message by this template goes out.
  case notify(Text)
  /// A timer of this name begins or ends.
  case startTimer(ParticularName), stopTimer(ParticularName)
  /// A partner is asked, by this name.
  case call(Text)
  /// A particular is set.
  case set(ParticularName, WorkflowValue)
  /// The order gets a part of this kind in this status, with what these fields of the input hold.
  case addPart(PartKind, Status, PartFields)
  /// The part of this kind that the input names by `<kind>Id` goes to this status, and keeps what these fields hold.
  case movePart(PartKind, Status, PartFields)
}

extension WorkflowEffect {
  /// Whether it moves stock; a row has at most one such.
  var movesStock: Bool {
    switch self {
    case .deductStock, .reserveStock, .confirmStock, .releaseStock, .restoreStock: true
    case .editOrder, .reduceItems, .cancelItems, .recordPayment, .takePayment, .refundPayment, .notify, .startTimer,
      .stopTimer, .call, .set, .addPart, .movePart:
      false
    }
  }
}

/// Where the value of a particular comes from.
public enum WorkflowValue: Sendable, Hashable {
  /// A field of the input; the particular stays as it was where the field is not given.
  case input(ParticularName)
  /// The moment of the change.
  case now
  /// So many minutes after it, as a field says, where it is given.
  case minutesFromNow(ParticularName)
  /// These words.
  case text(Text)
}
