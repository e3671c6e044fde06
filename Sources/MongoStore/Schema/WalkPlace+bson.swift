import HubContracts
import Orders

extension WalkPlace {
  /// What walks do today. One that was done by another rule begins anew; its step goes on.
  private static let form: Int64 = 1

  /// A walk's document in `migrations`.
  static func key(_ walk: MoneyWalk) -> String { "money.\(walk.word)" }

  func write(to writer: inout BSONWriter) {
    writer.int64("form", Self.form)
    writer.int64("step", step)
    if let after { writer.string("after", after) } else { writer.null("after") }
    writer.document("sum") { sum.write(to: &$0) }
    if let last { writer.document("last") { last.write(to: &$0) } } else { writer.null("last") }
    writer.int64("looks", looks)
    writer.date("due", due)
    writer.bool("done", isDone)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> WalkPlace {
    var place = WalkPlace()
    place.step = try reader.integer("step")
    guard try reader.integer("form") == form else { return place }
    place.after = try reader.find("after")?.text
    var sum = try reader.document("sum")
    place.sum = try Sum.read(&sum)
    if let last = try reader.find("last"), last.type == .document {
      var reader = try last.reader()
      place.last = try Sum.read(&reader)
    }
    place.looks = try reader.integer("looks")
    place.due = try reader.date("due")
    place.isDone = try reader.bool("done")
    return place
  }
}

extension WalkPlace.Sum {
  fileprivate func write(to writer: inout BSONWriter) {
    writer.int64("changed", changed)
    writer.int64("left", left)
    writer.int64("postponed", postponed)
    writer.strings("names", names)
  }

  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> WalkPlace.Sum {
    var sum = WalkPlace.Sum()
    sum.changed = try reader.integer("changed")
    sum.left = try reader.integer("left")
    sum.postponed = try reader.integer("postponed")
    var names = try reader.document("names")
    while let name = try names.nextValue() {
      guard let text = name.text else { throw .wrong("names") }
      sum.names.append(text)
    }
    return sum
  }
}

extension MongoWorker {
  /// Where a walk is; at its begin if it never began.
  func place(of walk: MoneyWalk) throws -> WalkPlace {
    try findOne(.migrations, WalkPlace.read) { $0.string("_id", WalkPlace.key(walk)) } ?? WalkPlace()
  }

  /// Moves on; false if another has.
  func move(_ walk: MoneyWalk, from place: WalkPlace, to next: WalkPlace) throws -> Bool {
    var reply = try run(.write) {
      $0.string("update", Collection.migrations.rawValue)
      $0.documents("updates", CollectionOfOne(next)) { writer, next in
        writer.document("q") {
          $0.string("_id", WalkPlace.key(walk))
          $0.int64("step", place.step)
        }
        writer.document("u") { $0.document("$set") { next.write(to: &$0) } }
        // The first step makes it; of two firsts one finds the key taken.
        writer.bool("upsert", place.step == 0)
      }
    }
    return try reply.integer("n") == 1
  }

  /// Notes that older versions left nothing, as there is nothing yet.
  func noteNoMoneyBefore() throws {
    for walk in MoneyWalk.allCases {
      var done = WalkPlace()
      (done.step, done.isDone) = (1, true)
      _ = try move(walk, from: WalkPlace(), to: done)
    }
  }
}
