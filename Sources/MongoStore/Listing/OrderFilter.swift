import HubContracts
import Orders

/// What a list asks for, as conditions that each stand on an index.
struct OrderFilter {
  let query: OrderQuery

  /// The states that a question without one may meet, so that the index is read in sorted ranges, one a state.
  static let statuses = ["open", "in_progress", "partial_delivered", "delivered", "completed", "cancelled"]

  /// Which index a question without a search stands on.
  var index: StaticString {
    if query.customerID != nil { return Indexes.customer }
    return query.status != nil || query.paymentStatus != nil ? Indexes.state : Indexes.created
  }

  /// All conditions but the search.
  func write(to writer: inout BSONWriter, cursor: Bool = true) {
    writer.tenant("tenantId", query.tenant)
    if let customer = query.customerID { writer.string("customer.id", customer) }
    writeState(to: &writer, whole: query.customerID == nil)
    writeDates(to: &writer, cursor: cursor)
  }

  /// Status and payment; `whole` names all values of the one that is not asked for.
  func writeState(to writer: inout BSONWriter, whole: Bool) {
    guard query.status != nil || query.paymentStatus != nil else { return }
    if let status = query.status {
      writer.string("status", status.rawValue)
    } else if whole {
      writer.document("status") { $0.strings("$in", Self.statuses) }
    }
    if let payment = query.paymentStatus {
      writer.string("paymentStatus", payment.rawValue)
    } else if whole {
      writer.document("paymentStatus") { $0.strings("$in", PaymentStatus.allCases.lazy.map(\.rawValue)) }
    }
  }

  /// The dates, and the place to go on from.
  func writeDates(to writer: inout BSONWriter, cursor: Bool) {
    let cursor = cursor ? query.cursor : nil
    guard query.from != nil || query.before != nil || cursor != nil else { return }
    let after = query.newestFirst ? nil : cursor?.createdAt
    let upTo = query.newestFirst ? cursor?.createdAt : nil
    writer.document("createdAt") {
      if let least = [query.from, after].compactMap({ $0 }).max() { $0.date("$gte", least) }
      if let before = query.before { $0.date("$lt", before) }
      if let upTo { $0.date("$lte", upTo) }
    }
    guard let cursor else { return }
    // Those of the cursor's own moment that were seen: a negation, which no plan turns into a second scan.
    writer.documents("$nor", CollectionOfOne(cursor)) { writer, cursor in
      writer.date("createdAt", cursor.createdAt)
      writer.document("_id") { $0.identifier(query.newestFirst ? "$gte" : "$lte", cursor.id) }
    }
  }

  /// By creation, in the direction asked for.
  func writeOrder(to writer: inout BSONWriter) {
    writer.int32("createdAt", query.newestFirst ? -1 : 1)
    writer.int32("_id", query.newestFirst ? -1 : 1)
  }

  /// Whether a tally cannot know how many there are.
  var needsCount: Bool {
    query.search != nil || query.from != nil || query.before != nil || query.customerID != nil
  }
}
