/// What is wrong with a request, gathered so that all of it is told at once.
public struct FieldProblems: Sendable {
  /// The most that are told; no more are gathered.
  public static let limit = 100

  /// What was found, in that order.
  public private(set) var list: [FieldProblem] = []

  /// Nothing wrong so far.
  public init() {}

  /// Notes a problem of the member at `path`. Texts are made only while they are gathered.
  public mutating func add(_ path: @autoclosure () -> String, _ message: @autoclosure () -> String) {
    guard list.count < Self.limit else { return }
    list.append(FieldProblem(path: path(), message: message()))
  }

  /// Refuses with 422 `validation_failed` if anything is wrong.
  public func refuse() throws(Refusal) {
    if let refusal { throw refusal }
  }

  /// What is wrong, as `invalid`; nil if nothing is.
  var refusal: Refusal? {
    guard let first = list.first else { return nil }
    let more = list.count > 1 ? " (and \(list.count - 1) more)" : ""
    return Refusal(
      kind: .invalid, code: "validation_failed", detail: "\(first.path): \(first.message)\(more)", fields: list)
  }

  /// An amount from 0 to `Money.limit`.
  mutating func check(_ amount: Money, at path: @autoclosure () -> String) {
    if amount < .zero || amount > .limit {
      add(path(), "\(amount.decimal) is not allowed; from 0 to \(Money.limit.decimal).")
    }
  }

  /// An amount above 0 up to `Money.limit`.
  mutating func checkPositive(_ amount: Money, at path: @autoclosure () -> String) {
    if amount <= .zero || amount > .limit {
      add(path(), "\(amount.decimal) is not allowed; more than 0, at most \(Money.limit.decimal).")
    }
  }

  /// An amount that somebody pays: above 0 up to `Money.limit`, in whole units of the currency.
  mutating func checkPaid(_ amount: Money, in currency: Currency, at path: @autoclosure () -> String) {
    let before = list.count
    checkPositive(amount, at: path())
    guard list.count == before, amount.units % currency.unit != 0 else { return }
    add(
      path(),
      "\(amount.decimal) cannot be paid: \(currency.code) has \(currency.decimals.map { $0 == 0 ? "no" : "\($0)" } ?? "8") decimals."
    )
  }

  /// A quantity above 0 up to `Quantity.limit`.
  mutating func checkPositive(_ quantity: Quantity, at path: @autoclosure () -> String) {
    if quantity <= .zero || quantity > .limit {
      add(path(), "\(quantity.decimal) is not allowed; more than 0, at most \(Quantity.limit.decimal).")
    }
  }

  /// A rate from 0 to 100 %.
  mutating func check(_ rate: TaxRate, at path: @autoclosure () -> String) {
    if rate.millionths < 0 || rate.millionths > 1_000_000 {
      add(path(), "\(Quantity(millionths: rate.millionths).decimal) is not allowed; from 0 to 1, 0.18 is 18 %.")
    }
  }

  /// A moment from 1970 through 9999, so that it can be written as a date. 1970 begins 14 hours earlier where days do.
  mutating func check(_ moment: Timestamp?, at path: @autoclosure () -> String) {
    if let moment, !(-50_400_000...253_402_300_799_999).contains(moment.millis) {
      add(path(), "The date is not allowed; from 1970 to 9999.")
    }
  }

  /// A text by its rule; nil is fine.
  mutating func check(_ text: Text?, _ rule: TextRule, at path: @autoclosure () -> String) {
    if let text, let problem = rule.problem(with: text) { add(path(), problem) }
  }
}
