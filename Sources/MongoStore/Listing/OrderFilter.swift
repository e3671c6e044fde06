import HubContracts
import Orders

/// What a list asks for, as conditions that each stand on an index, or sieve what stands there.
struct OrderFilter {
  let query: OrderQuery
  /// The states that are asked for, as they are stored, so that the index is read in sorted ranges, one a state.
  let states: [Text]

  /// More ranges of an index than these the server would not merge, but sort all that is in them.
  static let rangesLimit = 200

  /// The states of the query must be all that its tenant's orders are in; see `MongoWorker.resolved`.
  init(query: OrderQuery) {
    self.query = query
    states = query.states.filter(query.admits).map(\.word)
  }

  /// Which index a question without a search stands on.
  var index: StaticString {
    if let of = query.of { return of.index }
    return standsOnState ? Indexes.state : Indexes.created
  }

  /// Whether a state or a payment status is asked for.
  var hasState: Bool { query.namesStates || query.paymentStatus != nil }

  /// Whether the index of the states serves: they are few enough to be merged.
  private var standsOnState: Bool {
    hasState && states.count * (query.paymentStatus == nil ? PaymentStatus.allCases.count : 1) <= Self.rangesLimit
  }

  /// Whether the states decide which part of the index is read.
  var readsStates: Bool { query.of == nil && standsOnState }

  /// Whether the states stand beside what decides about the index: a customer's orders are few, and all looked at.
  private var narrowsByState: Bool { query.of?.areFew ?? standsOnState }

  /// Whether something is asked for that decides nothing about the index, so that what is read of it must be bounded.
  var isSieve: Bool { query.fulfilment != nil || hasState && !narrowsByState }

  /// All conditions but the search.
  func write(to writer: inout BSONWriter, cursor: Bool = true) {
    writeCandidates(to: &writer, cursor: cursor)
    writeSieve(to: &writer)
  }

  /// What decides which part of the index is read, and a customer's states.
  func writeCandidates(to writer: inout BSONWriter, cursor: Bool) {
    writer.tenant("tenantId", query.tenant)
    query.of?.write(to: &writer)
    if narrowsByState { writeState(to: &writer, whole: readsStates) }
    writeDates(to: &writer, cursor: cursor)
  }

  /// What the documents decide.
  func writeSieve(to writer: inout BSONWriter) {
    if !narrowsByState { writeState(to: &writer, whole: false) }
    if let fulfilment = query.fulfilment { fulfilment.write(to: &writer) }
  }

  /// Status and payment; `whole` names all values of the one that is not asked for.
  func writeState(to writer: inout BSONWriter, whole: Bool) {
    guard hasState else { return }
    if whole || query.namesStates { writer.document("status") { $0.strings("$in", states) } }
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
    query.search != nil || query.from != nil || query.before != nil || query.of != nil
      || query.fulfilment != nil
  }
}

extension OrderCursor {
  /// When the order was created, in a list by creation.
  fileprivate var createdAt: Timestamp { Timestamp(millis: key ?? 0) }
}
