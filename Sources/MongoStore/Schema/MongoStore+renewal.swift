public import HubContracts
import HubRuntime
public import Orders
import Spelling

extension MongoStore: SearchRenewer {
  /// The most orders that one step looks at.
  static let renewalLimit = 1_000

  /// Goes through the next orders; see `SearchRenewer`.
  public func renewSearch(now: Timestamp, limit: Int = 500) async throws(StoreError) -> SearchRenewal {
    guard (1...Self.renewalLimit).contains(limit) else {
      throw .broken("\(limit) orders at once; 1 to \(Self.renewalLimit) are allowed")
    }
    return try await write(with: .long) { [log] worker in
      let place = try worker.renewalPlace() ?? RenewalPlace()
      if place.isDone { return .done }
      if place.due > now { return .waits }
      let orders = try worker.orders(after: place.after, limit: limit)
      let stale = orders.filter { !$0.isRenewed }
      let refused = try worker.renew(stale)
      if let first = refused.first {
        log.warning("orders keep their former search words", [("count", "\(refused.count)"), ("cause", first.string)])
      }
      let count = stale.count - refused.count
      let renewed = place.renewed + Int64(count)
      var next = place
      next.step += 1
      if orders.count == limit {
        (next.after, next.renewed) = (orders.last?.id, renewed)
        _ = try worker.move(from: place, to: next)
        return .underWay(renewed: count)
      }
      (next.after, next.renewed) = (nil, 0)
      next.isDone = renewed == 0
      next.due = Timestamp(millis: now.millis + SearchRenewal.pauseMs)
      _ = try worker.move(from: place, to: next)
      return next.isDone ? .done : .looked(renewed: renewed)
    }
  }

  /// Has it begin anew; see `SearchRenewer`.
  public func restartSearchRenewal() async throws(StoreError) { try await restartSearchRenewal { _ in } }

  /// The same; `meanwhile` is what others do after each look at the place.
  func restartSearchRenewal(
    meanwhile: @escaping @Sendable (MongoWorker) throws -> Void
  ) async throws(StoreError) {
    try await write { worker in
      for _ in 0..<WalkPlace.restartTries {
        let place = try worker.renewalPlace() ?? RenewalPlace()
        try meanwhile(worker)
        if try worker.move(from: place, to: RenewalPlace(step: place.step + 1)) { return }
      }
      throw WalkPlace.keptMoving("search")
    }
  }
}

/// How far the renewal is: one document, `search` of `migrations`.
struct RenewalPlace: Sendable {
  /// Grows with each change, and guards it: of two that did the same step one moves on.
  var step: Int64 = 0
  /// The last order looked at; nil at the begin of a look.
  var after: OrderID?
  /// How many orders got new words in this look.
  var renewed: Int64 = 0
  /// When the next look may begin.
  var due = Timestamp(millis: 0)
  var isDone = false

  static let key: StaticString = "search"

  fileprivate func write(to writer: inout BSONWriter) {
    writer.string("form", SearchWords.mark)
    writer.int64("step", step)
    if let after { writer.identifier("after", after) } else { writer.null("after") }
    writer.int64("renewed", renewed)
    writer.date("due", due)
    writer.bool("done", isDone)
  }

  /// What stands there; that of another rule has its step alone.
  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> RenewalPlace {
    let step = try reader.integer("step")
    guard try reader.string("form") as Text == SearchWords.mark else { return RenewalPlace(step: step) }
    let after = try reader.find("after")
    return RenewalPlace(
      step: step, after: after?.identifier(Order.self), renewed: try reader.integer("renewed"),
      due: try reader.date("due"), isDone: try reader.bool("done"))
  }
}

/// What the words of an order are made of, and whether they are of today's rule.
private struct NamedOrder {
  let id: OrderID
  let version: Int64
  let number: String
  let name: Text
  let phone: Text?
  let isRenewed: Bool

  init(_ reader: inout BSONReader) throws(BSONError) {
    id = try reader.identifier("_id", Order.self)
    version = try reader.integer("version")
    number = try reader.string("orderNumber")
    var customer = try reader.document("customer")
    name = try customer.string("name")
    phone = try customer.optionalString("phone")
    var words = try reader.optionalDocument("search")
    var isRenewed = false
    while let word = try words?.nextValue() { if word.text == SearchWords.mark { isRenewed = true } }
    self.isRenewed = isRenewed
  }
}

extension MongoWorker {
  /// Notes that all orders have today's words, as there is none yet.
  func noteNothingToRenew() throws {
    _ = try move(from: RenewalPlace(), to: RenewalPlace(step: 1, isDone: true))
  }

  /// Where the renewal is; nil if it never began.
  func renewalPlace() throws -> RenewalPlace? {
    try findOne(.migrations, RenewalPlace.read) { $0.string("_id", RenewalPlace.key) }
  }

  /// Moves on; false if another has.
  func move(from place: RenewalPlace, to next: RenewalPlace) throws -> Bool {
    var reply = try run(.write) {
      $0.string("update", Collection.migrations.rawValue)
      $0.documents("updates", CollectionOfOne(next)) { writer, next in
        writer.document("q") {
          $0.string("_id", RenewalPlace.key)
          $0.int64("step", place.step)
        }
        writer.document("u") { $0.document("$set") { next.write(to: &$0) } }
        // The first step makes it; of two firsts one finds the key taken, which is no failure here.
        writer.bool("upsert", place.step == 0)
      }
    }
    return try reply.integer("n") == 1
  }

  fileprivate func orders(after: OrderID?, limit: Int) throws -> [NamedOrder] {
    try find(
      Find(
        .orders, limit: limit,
        options: {
          $0.document("sort") { $0.int32("_id", 1) }
          $0.document("projection") {
            for field: StaticString in ["version", "orderNumber", "customer.name", "customer.phone", "search"] {
              $0.int32(field, 1)
            }
          }
        },
        filter: { if let after { $0.document("_id") { $0.identifier("$gt", after) } } }), NamedOrder.init)
  }

  /// Gives orders today's words, each unless it was changed since it was read: then it is the next look's. Gives what
  /// the server says of those that it refuses, as one that its validator has come to refuse since.
  fileprivate func renew(_ orders: [NamedOrder]) throws -> [Text] {
    guard !orders.isEmpty else { return [] }
    var reply = try run(.write) {
      $0.string("update", Collection.orders.rawValue)
      $0.documents("updates", orders) { writer, order in
        writer.document("q") {
          $0.identifier("_id", order.id)
          $0.int64("version", order.version)
        }
        writer.document("u") {
          $0.document("$set") {
            $0.strings("search", SearchWords.of(number: order.number, name: order.name, phone: order.phone))
          }
        }
      }
      $0.bool("ordered", false)
    }
    return try reply.documents("writeErrors") { error throws(BSONError) in try error.optionalString("errmsg") ?? "" }
  }
}
