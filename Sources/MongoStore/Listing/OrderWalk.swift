import HubContracts
import Orders

/// A search whose word fits more orders than can be gathered and sorted: the orders are walked by creation along an
/// index that gives them so, and the word sieves them. What fits so many is met often, so a page is full early.
///
/// A page looks at `SearchLimits.scanned` orders at most. If they do not fill it, it gives what was found and the last
/// order looked at as the place to go on from.
struct OrderWalk {
  let search: OrderSearch

  private var filter: OrderFilter { search.filter }

  /// Whether the whole word's own range of the search index is walked: nothing else narrows the orders more.
  private var followsWord: Bool {
    search.isExact && filter.query.of == nil && !filter.hasState
  }

  /// Which index is walked.
  var index: StaticString { followsWord ? Indexes.search : filter.index }

  /// What the index decides.
  func writeScanned(to writer: inout BSONWriter, cursor: Bool = true, end: OrderCursor? = nil) {
    writer.tenant("tenantId", filter.query.tenant)
    if followsWord {
      search.writeWord(to: &writer)
    } else if let of = filter.query.of {
      of.write(to: &writer)
    } else if filter.readsStates {
      filter.writeState(to: &writer, whole: true)
    }
    filter.writeDates(to: &writer, cursor: cursor, end: end)
  }

  /// What the documents decide.
  func writeSieve(to writer: inout BSONWriter) {
    if !filter.readsStates { filter.writeState(to: &writer, whole: false) }
    if let fulfilment = filter.query.fulfilment { fulfilment.write(to: &writer) }
    if !followsWord { search.writeWord(to: &writer) }
    search.writeOthers(to: &writer)
  }

  /// How many orders are looked at before the whole limit is: the server reads far ahead of a sieve, so that it must be
  /// told how little mostly suffices.
  var firstScanned: Int { min(search.limits.scanned, 4 * (filter.query.skip + filter.query.limit + 1)) }

  /// The identities of a page, in order, among so many orders; one more than asked for if the list goes on. With an end
  /// it looks at all up to there instead.
  func writePage(to pipeline: inout Aggregation, _ scanned: Int, end: OrderCursor? = nil) {
    pipeline.stage("$match") { writeScanned(to: &$0, end: end) }
    pipeline.stage("$sort") { filter.writeOrder(to: &$0) }
    if end == nil { pipeline.stage("$limit", scanned) }
    pipeline.stage("$match") { writeSieve(to: &$0) }
    if filter.query.skip > 0 { pipeline.stage("$skip", filter.query.skip) }
    pipeline.stage("$limit", filter.query.limit + 1)
    pipeline.stage("$project") { $0.int32("createdAt", 1) }
  }

  /// How many there are among the first orders of the list.
  func writeCount(to pipeline: inout Aggregation) {
    pipeline.stage("$match") { writeScanned(to: &$0, cursor: false) }
    pipeline.stage("$sort") { filter.writeOrder(to: &$0) }
    pipeline.stage("$limit", search.limits.scanned)
    pipeline.stage("$match") { writeSieve(to: &$0) }
    pipeline.stage("$limit", search.limits.matches)
    pipeline.stage("$group") {
      $0.null("_id")
      $0.document("n") { $0.int64("$sum", 1) }
    }
  }

  /// The last order that a page may look at, if there are so many.
  var lastScanned: Find {
    Find(
      .orders, limit: 1,
      options: {
        $0.document("sort") { filter.writeOrder(to: &$0) }
        $0.document("projection") { $0.int32("createdAt", 1) }
        $0.string("hint", index)
        $0.int64("skip", Int64(search.limits.scanned - 1))
      }, filter: { writeScanned(to: &$0) })
  }
}

extension MongoWorker {
  /// What a crowded search finds.
  func walk(_ walk: OrderWalk) throws -> Finding {
    let query = walk.search.filter.query
    let limit = walk.search.limits.scanned
    var places = try page(walk, walk.firstScanned)
    if places.count <= query.limit, walk.firstScanned < limit { places = try page(walk, limit) }
    var end: OrderCursor?
    if places.count <= query.limit {
      end = try find(walk.lastScanned, OrderSort.createdAt.readPlace).first
      // Orders may have come in since the page was read, so that it ended before this place: it is read again up to it.
      if let end { places = try page(walk, limit, end: end) }
    }
    return Finding(places: places, total: try total(of: walk), isCapped: true, end: end)
  }

  /// How many orders are found among the first of the list.
  func total(of walk: OrderWalk) throws -> Int64 {
    guard walk.search.isSieved else { return Int64(walk.search.limits.matches) }
    return try aggregate(.orders, hint: walk.index, stages: walk.writeCount) { row throws(BSONError) in
      try row.integer("n")
    }.first ?? 0
  }

  private func page(_ walk: OrderWalk, _ scanned: Int, end: OrderCursor? = nil) throws -> [OrderCursor] {
    try aggregate(
      .orders, hint: walk.index, stages: { walk.writePage(to: &$0, scanned, end: end) },
      OrderSort.createdAt.readPlace)
  }
}
