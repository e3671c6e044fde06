import HubContracts
import Orders

/// Which indexes and validators a version of the hub makes, as a number that grows: one document, `schema` of `migrations`,
/// has that of the newest version that made its own.
///
/// A process of a lower number changes nothing that the newer one made, else both would undo each other's work for as long
/// as they run side by side. When it starts it makes what it cannot work without: collections, and indexes that its reads
/// name. No index that keeps documents out or removes them is one of these, for the newer version may have dropped it to
/// write what it would not allow.
///
/// Whoever changes indexes or validators raises it; a test holds it against them. The new validators take what the version
/// before writes, or the form is raised too: see `DocumentForm`.
enum SchemaNumber {
  /// This version's.
  static let current: Int64 = 3
  /// Its document in `migrations`, whose `step` it is.
  static let key: StaticString = "schema"
}

extension MongoWorker {
  /// Whether a newer version has made its indexes and validators.
  func isSchemaNewer() throws -> Bool {
    // As it is, so that the primary tells: one that is behind would have this process undo the newer one's work.
    var reply = try run(.plain) {
      $0.string("find", Collection.migrations.rawValue)
      $0.document("filter") { $0.string("_id", SchemaNumber.key) }
      $0.int64("limit", 1)
      $0.bool("singleBatch", true)
    }
    var cursor = try reply.document("cursor")
    let numbers = try cursor.documents("firstBatch") { found throws(BSONError) in try found.integer("step") }
    return (numbers.first ?? 0) > SchemaNumber.current
  }

  /// Notes this version's number, unless there is a higher one.
  func noteSchema() throws {
    _ = try run(.write) {
      $0.string("update", Collection.migrations.rawValue)
      $0.documents("updates", CollectionOfOne(SchemaNumber.current)) { writer, number in
        writer.document("q") { $0.string("_id", SchemaNumber.key) }
        writer.document("u") { $0.document("$max") { $0.int64("step", number) } }
        // Of two that make it one finds the key taken: the next look raises it, if it is the lower one.
        writer.bool("upsert", true)
      }
    }
  }
}

extension Indexes.Index {
  /// Whether it only makes reads quick: documents stand or fall without it.
  var onlyServesReads: Bool { !isUnique && refusesWithout == nil && !expires }
}
