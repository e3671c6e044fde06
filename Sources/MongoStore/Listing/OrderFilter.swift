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
    return hasState ? Indexes.state : Indexes.created
  }

  /// Whether a status or a payment status is asked for.
  var hasState: Bool { !query.statuses.isEmpty || query.paymentStatus != nil }

  /// All conditions but the search.
  func write(to writer: inout BSONWriter, cursor: Bool = true) {
    writer.tenant("tenantId", query.tenant)
    if let customer = query.customerID { writer.string("customer.id", customer) }
    writeState(to: &writer, whole: query.customerID == nil)
    writeDates(to: &writer, cursor: cursor)
  }

  /// Status and payment; `whole` names all values of the one that is not asked for.
  func writeState(to writer: inout BSONWriter, whole: Bool) {
    guard hasState else { return }
    if whole || !query.statuses.isEmpty {
      let statuses = query.statuses.isEmpty ? Self.statuses : query.statuses.map(\.rawValue)
      writer.document("status") { $0.strings("$in", statuses) }
    }
    if let payment = query.paymentStatus {
      writer.string("paymentStatus", payment.rawValue)
    } else if whole {
      writer.document("paymentStatus") { $0.strings("$in", PaymentStatus.allCases.map(\.rawValue)) }
    }
  }

  /// The dates; and in a list by creation the place to go on from, and the last place to look at.
  func writeDates(to writer: inout BSONWriter, cursor: Bool, end: OrderCursor? = nil) {
    let cursor = cursor && query.sort == .createdAt ? query.cursor : nil
    guard query.from != nil || query.before != nil || cursor != nil || end != nil else { return }
    let (earliest, latest) = query.descending ? (end, cursor) : (cursor, end)
    writer.document("createdAt") {
      if let least = [query.from, earliest?.createdAt].compactMap({ $0 }).max() { $0.date("$gte", least) }
      if let before = query.before { $0.date("$lt", before) }
      if let latest { $0.date("$lte", latest.createdAt) }
    }
    // Those of the cursor's own moment that were seen, and those of the end's that lie behind it: negations, which no
    // plan turns into a second scan.
    let (seen, behind): (StaticString, StaticString) = query.descending ? ("$gte", "$lt") : ("$lte", "$gt")
    let edges = [cursor.map { ($0, seen) }, end.map { ($0, behind) }].compactMap { $0 }
    guard !edges.isEmpty else { return }
    writer.documents("$nor", edges) { writer, edge in
      writer.date("createdAt", edge.0.createdAt)
      writer.document("_id") { $0.identifier(edge.1, edge.0.id) }
    }
  }

  /// In the order asked for.
  func writeOrder(to writer: inout BSONWriter) {
    writer.int32(query.sort.field, query.descending ? -1 : 1)
    writer.int32("_id", query.descending ? -1 : 1)
  }

  /// Whether a tally cannot know how many there are.
  var needsCount: Bool {
    query.search != nil || query.from != nil || query.before != nil || query.customerID != nil
  }
}

extension OrderCursor {
  /// When the order was created, in a list by creation.
  fileprivate var createdAt: Timestamp { Timestamp(millis: key ?? 0) }
}
