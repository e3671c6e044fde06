/// What a shopper does next. The seed decides it whole; only what the ids and amounts come to depends on the answers.
struct Operation: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case place, deliver, overDeliver, deliverTwice, move, cancelDelivery, cancelOrder, close, invoice, pay, overPay
    /// One of an order's actions: one that its state allows as far as is known; any of its workflow; one that only others
    /// may.
    case act, stray, trespass
    case stock, replay, conflictingReplay, read
  }

  /// What shoppers do: all that there is, or deliveries alone, as a hub of an older version knows nothing else.
  enum Range: Sendable { case all, deliveries }

  var kind: Kind
  /// Which of the shop's orders.
  var slot: Int
  /// What the order is; nil for one that is delivered.
  var business: Business?
  /// Chance for whatever the kind needs.
  var draws: [UInt64]
  /// Whether the shopper tries again until it is answered, or gives up at the first silence.
  var isPatient: Bool

  /// How many orders are open at a time. A fifth of them gets half of the calls.
  static let slotLimit = 40
  private static let hotSlots = 8

  private static let weights: [(Kind, Int)] = [
    (.place, 8), (.deliver, 22), (.overDeliver, 4), (.deliverTwice, 4), (.move, 22), (.cancelDelivery, 5),
    (.cancelOrder, 2), (.close, 2), (.invoice, 10), (.pay, 9), (.overPay, 2), (.stock, 4), (.replay, 4),
    (.conflictingReplay, 1), (.read, 3),
  ]
  /// Orders are placed often: one that is left alone waits for its timer.
  private static let actionWeights: [(Kind, Int)] = [
    (.place, 18), (.act, 54), (.stray, 8), (.trespass, 4), (.stock, 5), (.replay, 6), (.conflictingReplay, 2),
    (.read, 3),
  ]

  /// The `index`th operation of a shopper.
  init(seed: UInt64, shopper: Int, index: Int, range: Range = .all) {
    var random = SeededRandom(seed: seed, 1, UInt64(shopper), UInt64(index))
    slot = random.percent(50) ? random.below(Self.hotSlots) : random.below(Self.slotLimit)
    business = range == .all ? Business.of(slot: slot) : nil
    kind = random.pick(business == nil ? Self.weights : Self.actionWeights)
    draws = (0..<6).map { _ in random.next() }
    isPatient = random.percent(85)
  }

  /// One of the draws, 0 ..< bound.
  func draw(_ index: Int, below bound: Int) -> Int { bound > 0 ? Int(draws[index] % UInt64(bound)) : 0 }
}
