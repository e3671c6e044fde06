/// Which form of documents a version of the hub writes.
///
/// A version of another form destroys what today's wrote: one that knows no credit notes replaces a credited invoice by one
/// without its note, takes payments of it, and cuts amounts to 10⁻⁸ in orders whose amounts have their currency's decimals.
/// So the database itself refuses each write of an order by such a version. Every such write, and no other, puts an entry
/// into the outbox, in the same transaction. An entry of today names its form; the index `Indexes.formBefore` has those
/// that name none, by a key that none of them can have, so the server takes no such entry and the transaction ends with
/// nothing written. An index, for a process of an older version that starts puts back the validators that it knows and
/// makes the indexes that it misses by name, but takes none away.
///
/// Whoever changes documents in a way that the version before would destroy raises the form, and makes such an index, of
/// another name, for entries of a lower one.
enum DocumentForm {
  /// What entries of the outbox name. Versions before the second named none.
  static let current: Int64 = 2
}

extension MongoWorker {
  /// Has the entries that an older version left name today's form, so that the index that takes none without can be made:
  /// what they tell of is published like any other. How many there were.
  func adoptEntries() throws -> Int {
    var reply = try run(.plain) {
      $0.string("update", Collection.outbox.rawValue)
      $0.documents("updates", CollectionOfOne(DocumentForm.current)) { writer, form in
        writer.document("q") { $0.null("form") }
        writer.document("u") { $0.document("$set") { $0.int64("form", form) } }
        writer.bool("multi", true)
      }
      $0.document("writeConcern") { $0.string("w", "majority" as StaticString) }
    }
    return try reply.int("nModified")
  }
}
