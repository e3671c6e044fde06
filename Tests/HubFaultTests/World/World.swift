import HubRuntime
import HubTestSupport

/// What the shoppers know of the shop: the orders in hand, and every call that was made.
final class World: Sendable {
  /// An order as its last answer showed it. It may be old: the hub is to say so, and does not rely on it.
  struct Known: Sendable {
    struct Item: Sendable {
      var id: String
      var product: String
      var remainingMillionths: Int64
      /// What was ordered and not cancelled.
      var keptMillionths: Int64
    }
    struct Delivery: Sendable {
      var id: String
      var status: String
    }
    struct Bill: Sendable {
      var id: String
      var dueUnits: Int64
    }
    var id: String
    var version = 0
    var items: [Item] = []
    var deliveries: [Delivery] = []
    var invoices: [Bill] = []
    var isDone = false
    var status = ""
    /// What is still to be paid.
    var dueUnits: Int64 = 0
    /// Whose it is; empty if it is nobody's whom the hub knows.
    var customer = ""
  }

  private struct State {
    var slots: [Int: Known] = [:]
    var calls: [CallRecord] = []
    var operations = 0
    var violations: [Violation] = []
  }
  private let state = Locked(State())
  let history = History()
  /// The most violations that are kept; the first ones say what is wrong.
  static let violationLimit = 50

  /// The order in a slot; nil if there is none yet, or it has come to its end.
  func order(in slot: Int) -> Known? { state.with { $0.slots[slot].flatMap { $0.isDone ? nil : $0 } } }

  func put(_ order: Known, in slot: Int) { state.with { $0.slots[slot] = order } }

  /// Takes what an answer shows of an order, if it is not older than what is known.
  func learn(_ document: Document, slot: Int) {
    state.with { state in
      guard var known = state.slots[slot], known.id == document["id"].text, document["version"].whole >= known.version
      else { return }
      known.learn(document)
      state.slots[slot] = known
    }
  }

  func learn(delivery id: String, status: String, slot: Int, order: String) {
    state.with { state in
      guard state.slots[slot]?.id == order else { return }
      if let place = state.slots[slot]?.deliveries.firstIndex(where: { $0.id == id }) {
        state.slots[slot]?.deliveries[place].status = status
      } else {
        state.slots[slot]?.deliveries.append(.init(id: id, status: status))
      }
    }
  }

  func learn(invoice id: String, dueUnits: Int64, slot: Int, order: String) {
    state.with { state in
      guard state.slots[slot]?.id == order else { return }
      if let place = state.slots[slot]?.invoices.firstIndex(where: { $0.id == id }) {
        state.slots[slot]?.invoices[place].dueUnits = dueUnits
      } else {
        state.slots[slot]?.invoices.append(.init(id: id, dueUnits: dueUnits))
      }
    }
  }

  func note(_ call: CallRecord) { state.with { $0.calls.append(call) } }

  /// A call that has its answer, at random among the last ones.
  func recentAnswered(_ draw: UInt64) -> CallRecord? {
    state.with { state in
      let recent = state.calls.suffix(200).filter { $0.outcome == .ok || ($0.outcome == .refused && $0.status == 409) }
      return recent.isEmpty ? nil : recent[recent.startIndex + Int(draw % UInt64(recent.count))]
    }
  }

  /// Counts an operation that is over.
  func finishOperation() { state.with { $0.operations += 1 } }
  var operations: Int { state.with { $0.operations } }
  var calls: [CallRecord] { state.with { $0.calls } }

  func note(_ violation: Violation) {
    history.note("VIOLATION \(violation)")
    state.with { if $0.violations.count < Self.violationLimit { $0.violations.append(violation) } }
  }
  var violations: [Violation] { state.with { $0.violations } }
}

extension World.Known {
  /// An order as the API shows it.
  init(_ document: Document) {
    id = document["id"].text
    learn(document)
  }

  mutating func learn(_ document: Document) {
    version = document["version"].whole
    items = document["items"].items.map {
      Item(
        id: $0["id"].text, product: $0["productId"].text,
        remainingMillionths: Int64(($0["remaining"].value * 1e6).rounded()),
        keptMillionths: Int64((($0["quantity"].value - $0["cancelled"].value) * 1e6).rounded()))
    }
    status = document["status"].text
    customer = document["customer"]["id"].text
    dueUnits = max(0, Int64(((document["total"].value - document["paid"].value) * 1e8).rounded()))
    isDone = (Business.named(document["workflow"].text)?.ends ?? ["completed", "cancelled"]).contains(status)
  }
}
