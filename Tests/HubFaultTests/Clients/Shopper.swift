import Foundation
import HubRuntime
import HubTestSupport

/// Someone who does one operation after the other, as the seed says, and writes down what came of each.
final class Shopper {
  // Owner: the thread that runs it.
  private let seed: UInt64
  private let number: Int
  let world: World
  /// By which the staff ask, and the shop's customer.
  let client: RestClient
  private let customer: RestClient
  private let range: Operation.Range
  private var serial = 0
  /// Products of the catalogue, whose stock is counted; `loose` ones are not in it.
  static let products = ["desk", "chair", "lamp"]
  static let loose = ["cloth", "wire"]
  /// How often one call is tried.
  private static let attemptLimit = 40
  /// How often it is told that the call still runs, before it sets it aside until the mark of a process that died is gone.
  private static let stillRunningLimit = 5
  static let markSeconds: UInt64 = 6
  private var aside: [(record: CallRecord, from: UInt64)] = []

  init(
    seed: UInt64, number: Int, world: World, client: RestClient, customer: RestClient, range: Operation.Range
  ) {
    self.customer = customer
    self.range = range
    self.seed = seed
    self.number = number
    self.world = world
    self.client = client
  }

  /// Does its `index`th operation.
  func perform(_ index: Int) {
    if let first = aside.first, first.from < monotonicMicros() {
      var record = aside.removeFirst().record
      settle(&record, isPatient: true)
      finish(record)
    }
    let operation = Operation(seed: seed, shopper: number, index: index, range: range)
    switch operation.kind {
    case .stock: moveStock(operation)
    case .replay: replay(operation, otherBody: false)
    case .conflictingReplay: replay(operation, otherBody: true)
    default:
      perform(operation)
    }
    world.finishOperation()
  }

  private func perform(_ operation: Operation) {
    let order = operation.kind == .place ? nil : world.order(in: operation.slot)
    switch (order, operation.business) {
    case (let order?, let business?):
      if operation.kind == .read { read(operation, order) } else { act(operation, on: order, by: business) }
    case (let order?, nil): work(operation, on: order)
    case (nil, _): place(operation)
    }
  }

  /// Gives up what is still set aside: nobody knows.
  func end() {
    for (record, _) in aside { finish(record) }
    aside = []
  }

  /// Makes a call and notes it; the answer if it was taken.
  @discardableResult
  func call(
    _ effect: CallRecord.Effect, _ method: String, _ path: String, isPatient: Bool, isCustomers: Bool = false,
    body: (String) -> String
  ) -> Document? {
    serial += 1
    let tag = "s\(number)-\(serial)"
    var record = CallRecord(
      tag: tag, effect: effect, method: method, path: path, body: body(tag), outcome: .refused, status: 0, answer: "",
      isCustomers: isCustomers)
    if settle(&record, isPatient: isPatient) { return finish(record) }
    aside.append((record, monotonicMicros() + Self.markSeconds * 1_000_000))
    return nil
  }

  /// Notes what came of a call; the answer if it was taken.
  @discardableResult
  private func finish(_ call: CallRecord) -> Document? {
    var record = call
    let answer = Document(parsing: record.answer)
    if record.outcome == .ok { record.made = Self.made(record.effect, answer) }
    judge(record)
    world.note(record)
    world.history.note(
      "\(record.tag) \(record.method) \(record.path) \(record.outcome) \(record.status) \(answer["code"].text) \(record.made ?? "") "
        + record.body.prefix(160))
    // Not `nil` in one expression with it: that would be JSON's null.
    guard record.outcome == .ok else { return Document?.none }
    return answer
  }

  /// Tries until it is answered, or given up; false if it is to be tried again much later.
  @discardableResult
  private func settle(_ record: inout CallRecord, isPatient: Bool) -> Bool {
    // Refused as long as every attempt says that nothing was written.
    var isDoubtful = record.outcome == .unknown
    var stillRunning = 0
    let client = record.isCustomers ? customer : client
    for attempt in 1...(isPatient ? Self.attemptLimit : 1) {
      let answer = client.attempt(record.method, record.path, body: record.body, key: record.tag)
      record.status = answer?.status ?? 0
      record.answer = answer?.body ?? ""
      switch Self.meaning(of: answer) {
      case .done:
        record.outcome = .ok
        return true
      case .refused:
        record.outcome = .refused
        return true
      case .nothingWritten: break
      case .stillRunning:
        isDoubtful = true
        stillRunning += 1
        if isPatient, stillRunning == Self.stillRunningLimit {
          record.outcome = .unknown
          return false
        }
      case .doubtful: isDoubtful = true
      }
      client.move()
      if isPatient { usleep(UInt32(min(30 * attempt, 1_000)) * 1_000) }
    }
    record.outcome = isDoubtful ? .unknown : .refused
    return true
  }

  private enum Meaning { case done, refused, nothingWritten, stillRunning, doubtful }

  private static func meaning(of answer: RawClient.Answer?) -> Meaning {
    guard let answer else { return .doubtful }
    if (200..<300).contains(answer.status) { return .done }
    let code = Document(parsing: answer.body)["code"].text
    if answer.status == 503 || Self.isOverloaded(answer.status, code) {
      return ["unavailable", "overloaded", "contended"].contains(code) ? .nothingWritten : .doubtful
    }
    if code == "idempotency_key_in_use" { return .stillRunning }
    if answer.status >= 500 { return .doubtful }
    return .refused
  }

  /// What no fault excuses: something inside that broke, or something acknowledged that is not found.
  private func judge(_ record: CallRecord) {
    let isWrong = [400, 401, 403, 404, 405, 413, 415, 429, 500].contains(record.status)
    guard isWrong, !(record.status == 403 && Self.mayBeForbidden(record)),
      !Self.isOverloaded(record.status, Document(parsing: record.answer)["code"].text)
    else { return }
    world.note(
      Violation(
        "no call of these is answered so",
        "\(record.tag) \(record.method) \(record.path): \(record.status) \(record.answer.prefix(300))",
        about: [record.tag, record.orderID ?? record.tag]))
  }

  /// The shoppers are two users only: while MongoDB stands still their calls are too many for one, and they are told so.
  private static func isOverloaded(_ status: Int, _ code: String) -> Bool { status == 429 && code == "overloaded" }

  /// What a customer may not do, here or now; and what only a timer does.
  private static func mayBeForbidden(_ record: CallRecord) -> Bool {
    guard case .action(_, let event, _) = record.effect else { return false }
    return record.isCustomers || Business.all.contains { $0.alarm.event == event }
  }

  private static func made(_ effect: CallRecord.Effect, _ answer: Document) -> String? {
    switch effect {
    case .order: answer["order"]["id"].text
    case .delivery: answer["delivery"]["id"].text
    case .invoice: answer["invoice"]["id"].text
    case .action: "\(answer["order"]["version"].whole)"
    case .move, .cancelOrder, .closeOrder, .payment, .stock: nil
    }
  }

  /// Sends a call again that has its answer: the same one comes, or 422 if the body is another.
  private func replay(_ operation: Operation, otherBody: Bool) {
    guard let first = world.recentAnswered(operation.draws[0]) else { return place(operation) }
    let client = first.isCustomers ? customer : client
    let last = first.body == "{}" ? #""x":1}"# : #","x":1}"#
    let body = otherBody ? first.body.dropLast() + last : first.body
    guard let answer = client.attempt(first.method, first.path, body: String(body), key: first.tag),
      answer.status < 500, Document(parsing: answer.body)["code"] != "idempotency_key_in_use"
    else { return client.move() }
    let isRight =
      otherBody
      ? answer.status == 422
      : answer.status == first.status && answer.body == first.answer && answer.headers["idempotent-replayed"] == "true"
    guard !isRight else { return }
    let was = "\(first.tag) \(first.path) was \(first.status) \(first.answer.prefix(200))"
    let mark = answer.headers["idempotent-replayed"] ?? "not replayed"
    let now = "\(answer.status) \(answer.body.prefix(200)), \(mark)"
    world.note(Violation("a repeat is answered as the first", "\(was), is \(now)", about: [first.tag]))
  }
}
