public import HubContracts
import Orders

/// How far the phases are, and the sellers.
public enum PhaseFilling: Sendable, Equatable {
  /// So many of the orders looked at got their phase or their seller; there are more to look at.
  case underWay(filled: Int)
  /// All were looked at, and so many in all had got theirs. Another look finds what processes of the version before
  /// have left as it was meanwhile.
  case looked(filled: Int64)
  /// The last look found nothing to do.
  case done
}

extension MongoStore {
  /// Gives the next orders the phase that their state amounts to, as a field of their documents, where an older version
  /// wrote them without it, or moved them and left it as it was. The hub does not read it of them: it is for those who
  /// read the database themselves. And it gives them the seller that their particulars name as a field of its own, by which
  /// a seller's list finds them. At most `limit` orders (1…1,000) are looked at.
  ///
  /// Any number may do it at once, while the hub works, and whoever comes after one that was killed goes on where it was.
  public func fillPhases(limit: Int = 500) async throws(StoreError) -> PhaseFilling {
    let limit = try Self.page(limit)
    return try await write(with: .long) { worker in
      let place = try worker.phasePlace() ?? PhasePlace()
      if place.isDone { return .done }
      let orders = try worker.phases(after: place.after, limit: limit)
      let filled = try worker.fill(orders.filter { !$0.isFilled })
      var next = PhasePlace(step: place.step + 1, after: orders.last?.id, filled: place.filled + Int64(filled))
      let isWhole = orders.count < limit
      if isWhole { next = PhasePlace(step: next.step, isDone: next.filled == 0) }
      try worker.move(from: place, to: next)
      if !isWhole { return .underWay(filled: filled) }
      return next.isDone ? .done : .looked(filled: place.filled + Int64(filled))
    }
  }

  /// Has it begin anew, whatever was done before: after a process of an older version has written again.
  public func restartPhases() async throws(StoreError) {
    try await write { worker in
      let place = try worker.phasePlace() ?? PhasePlace()
      try worker.move(from: place, to: PhasePlace(step: place.step + 1))
    }
  }
}

/// How far they are: one document, `phase_seller` of `migrations`. Versions before sellers have one of their own.
private struct PhasePlace {
  /// Grows with each change, and guards it: of two that did the same step one moves on.
  var step: Int64 = 0
  /// The last order looked at; nil at the begin of a look.
  var after: OrderID?
  /// How many orders got theirs in this look.
  var filled: Int64 = 0
  var isDone = false

  static let key: StaticString = "phase_seller"

  func write(to writer: inout BSONWriter) {
    writer.int64("step", step)
    if let after { writer.identifier("after", after) } else { writer.null("after") }
    writer.int64("filled", filled)
    writer.bool("done", isDone)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> PhasePlace {
    let after = try reader.find("after")
    return PhasePlace(
      step: try reader.integer("step"), after: after?.identifier(Order.self), filled: try reader.integer("filled"),
      isDone: try reader.bool("done"))
  }
}

/// An order's state and particulars, and the phase and the seller that stand beside them.
private struct StoredPhase {
  let id: OrderID
  let state: Standing
  let phase: Phase?
  /// Who sells it, by its particulars.
  let seller: Text?
  let storedSeller: Text?

  var isFilled: Bool { phase == state.phase && seller == storedSeller }

  init(_ reader: inout BSONReader) throws(BSONError) {
    id = try reader.identifier("_id", Order.self)
    state = Standing(word: try reader.string("status"))
    phase = try reader.optionalString("phase").flatMap { Phase($0) }
    seller = try Particulars.read("particulars", &reader).seller
    storedSeller = try reader.optionalString("seller")
  }
}

extension MongoWorker {
  fileprivate func phasePlace() throws -> PhasePlace? {
    try findOne(.migrations, PhasePlace.read) { $0.string("_id", PhasePlace.key) }
  }

  /// Moves on, unless another has.
  fileprivate func move(from place: PhasePlace, to next: PhasePlace) throws {
    _ = try run(.write) {
      $0.string("update", Collection.migrations.rawValue)
      $0.documents("updates", CollectionOfOne(next)) { writer, next in
        writer.document("q") {
          $0.string("_id", PhasePlace.key)
          $0.int64("step", place.step)
        }
        writer.document("u") { $0.document("$set") { next.write(to: &$0) } }
        // The first step makes it; of two firsts one finds the key taken, which is no failure here.
        writer.bool("upsert", place.step == 0)
      }
    }
  }

  fileprivate func phases(after: OrderID?, limit: Int) throws -> [StoredPhase] {
    try find(
      Find(
        .orders, limit: limit,
        options: {
          $0.document("sort") { $0.int32("_id", 1) }
          $0.document("projection") {
            for field: StaticString in ["status", "phase", "particulars", "seller"] { $0.int32(field, 1) }
          }
        },
        filter: { if let after { $0.document("_id") { $0.identifier("$gt", after) } } }), StoredPhase.init)
  }

  /// Each in the state in which it was read: one that was moved since has its phase from whoever moved it, or is the next
  /// look's. How many got it.
  fileprivate func fill(_ orders: [StoredPhase]) throws -> Int {
    guard !orders.isEmpty else { return 0 }
    var reply = try run(.write) {
      $0.string("update", Collection.orders.rawValue)
      $0.documents("updates", orders) { writer, order in
        writer.document("q") {
          $0.identifier("_id", order.id)
          $0.string("status", order.state.word)
        }
        writer.document("u") {
          $0.document("$set") {
            $0.string("phase", order.state.phase.rawValue)
            // Once set it stays, so nobody can have given it another meanwhile.
            $0.optionalString("seller", order.seller)
          }
        }
      }
      $0.bool("ordered", false)
    }
    return try reply.int("nModified")
  }
}
