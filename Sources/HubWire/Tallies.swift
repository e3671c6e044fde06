public import HubContracts
public import Orders

/// The keys under which tallies count.
public enum TallyKey {
  /// An order's place in the tally of orders: `open|unpaid`, or with its workflow `kiosk:active:ready|unpaid`; see
  /// `Standing.word`.
  public static func order(_ state: Standing, _ payment: PaymentStatus) -> Text {
    "\(state.word)|\(payment.rawValue)"
  }
  /// What a key in the tally of orders counts; nil if it is none.
  public static func order(_ key: Text) -> (state: Standing, payment: PaymentStatus)? {
    let parts = key.split(on: UInt8(ascii: "|"))
    guard parts.count == 2, let payment = PaymentStatus(parts[1]) else { return nil }
    return (Standing(word: parts[0]), payment)
  }
  /// A delivery's place in the tally of its day.
  public static func delivery(_ status: DeliveryStatus) -> Text { Text(status.rawValue) }
  /// The worth of a day's deliveries that are not cancelled: whole units of their currency. Nil: of those that do not
  /// name theirs…
  public static func value(_ currency: Currency?) -> Text {
    currency.map { "\(valueWord):\($0.code)" } ?? valueWord
  }
  /// …and 10⁻⁸ of them. Split, so that the sum of a day cannot overflow.
  public static func valueFraction(_ currency: Currency?) -> Text {
    currency.map { "\(fractionWord):\($0.code)" } ?? "valueFraction"
  }

  // Short, so that a key with its currency needs no memory of its own.
  private static let valueWord: Text = "value"
  private static let fractionWord: Text = "fraction"

  /// Whether a key is one of a worth.
  public static func isWorth(_ key: Text) -> Bool {
    key == value(nil) || key == valueFraction(nil) || currency(ofWorth: key) != nil
  }

  /// What a key of a worth is of: nil for a key of something else, or of no currency.
  public static func currency(ofWorth key: Text) -> Currency? {
    let parts = key.split(on: UInt8(ascii: ":"))
    guard parts.count == 2, parts[0] == valueWord || parts[0] == fractionWord else { return nil }
    return Currency(parts[1])
  }
}

/// The sum of a tally's shards, and how it is shown.
public struct TallySum: Sendable, Equatable {
  /// The counts, summed; a sum that would overflow stays at the largest number.
  public let counts: [Text: Int64]

  /// Sums shards of one tally, or of several tenants'.
  public init(_ shards: [TallyShard]) {
    var counts: [Text: Int64] = [:]
    for shard in shards {
      for (key, count) in shard.counts {
        let (sum, overflow) = counts[key, default: 0].addingReportingOverflow(count)
        counts[key] = overflow ? Int64.max : sum
      }
    }
    self.counts = counts
  }

  /// `deliveries:today:{day}`: `{"count","totalValue","pending","delivered","totals"}`. Cancelled deliveries do not count;
  /// pending is all that is neither delivered nor cancelled. `totals` has the worth in each currency, by its code;
  /// `totalValue` is the one in `own`. What of older versions tells no currency is in `untold`, or else in `own`.
  public func deliveriesJSON(own: Currency, untold: Currency? = nil) -> [UInt8] {
    let delivered = counts[TallyKey.delivery(.delivered), default: 0]
    let pending = [DeliveryStatus.pending, .dispatched, .failed].reduce(Int64(0)) {
      $0 + counts[TallyKey.delivery($1), default: 0]
    }
    let worths = self.worths(untold: untold ?? own)
    var json = JSONWriter(capacity: 96 + worths.count * 48)
    json.beginObject()
    json.member("count", delivered + pending)
    json.member("totalValue", raw: (worths.first { $0.currency == own }?.worth ?? "0").utf8)
    json.member("pending", pending)
    json.member("delivered", delivered)
    json.name("totals")
    json.beginArray()
    for (currency, worth) in worths {
      json.beginObject()
      json.member("currency", currency.code)
      json.member("value", raw: worth.utf8)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// The worth in each currency that something is counted of, by code; what tells none is of `untold`.
  private func worths(untold: Currency) -> [(currency: Currency, worth: String)] {
    var sums: [Currency: (whole: Int64, fraction: Int64)] = [:]
    let named = Set(counts.keys.compactMap(TallyKey.currency(ofWorth:)))
    for currency in named.map(Optional.init) + [nil] {
      let whole = counts[TallyKey.value(currency), default: 0]
      let fraction = counts[TallyKey.valueFraction(currency), default: 0]
      guard whole != 0 || fraction != 0 else { continue }
      let sum = sums[currency ?? untold, default: (0, 0)]
      sums[currency ?? untold] = (sum.whole &+ whole, sum.fraction &+ fraction)
    }
    return sums.sorted { Text($0.key.code) < Text($1.key.code) }
      .map { ($0.key, Self.worth(whole: $0.value.whole, fraction: $0.value.fraction)) }
  }

  /// The worth in a currency, or in none, of counts.
  public static func worth(in currency: Currency?, of counts: [Text: Int64]) -> String {
    worth(
      whole: counts[TallyKey.value(currency), default: 0],
      fraction: counts[TallyKey.valueFraction(currency), default: 0])
  }

  /// An amount that was counted as whole units and a fraction of either sign, as a decimal.
  public static func worth(whole: Int64, fraction: Int64) -> String {
    // The fraction is a sum of parts below one unit: carry what is whole.
    let carry = fraction >= 0 ? fraction / Money.scale : -((-fraction + Money.scale - 1) / Money.scale)
    let rest = Money(units: fraction - carry * Money.scale)
    return "\(whole &+ carry)" + (rest > .zero ? String(rest.decimal.dropFirst()) : "")
  }
}
