import HubContracts
import Orders

/// A search: the longest word is looked up in the index, the others and the filters sieve what it gives.
struct OrderSearch {
  let filter: OrderFilter
  let word: String
  let others: [String]
  /// Whether the word must stand whole, so that its orders come by creation out of the index.
  var isExact = false

  init(_ query: OrderQuery, words: [String]) {
    filter = OrderFilter(query: query)
    let longest = words.max { $0.utf8.count < $1.utf8.count } ?? ""
    word = longest
    others = words.filter { $0 != longest }
  }

  /// Whether anything but the word decides.
  var isSieved: Bool {
    !others.isEmpty || filter.query.customerID != nil || filter.query.status != nil
      || filter.query.paymentStatus != nil || filter.query.cursor != nil && !isExact || hasDates && !isExact
  }

  private var hasDates: Bool { filter.query.from != nil || filter.query.before != nil }

  /// What the index decides.
  func writeCandidates(to writer: inout BSONWriter, cursor: Bool = true) {
    writer.tenant("tenantId", filter.query.tenant)
    if isExact {
      writer.string("search", word)
      filter.writeDates(to: &writer, cursor: cursor)
    } else {
      writer.document("search") { Self.writeStart(word, to: &$0) }
    }
  }

  /// What the documents decide.
  func writeSieve(to writer: inout BSONWriter, cursor: Bool = true) {
    if let customer = filter.query.customerID { writer.string("customer.id", customer) }
    filter.writeState(to: &writer, whole: false)
    if !isExact { filter.writeDates(to: &writer, cursor: cursor) }
    guard !others.isEmpty else { return }
    writer.documents("$and", others) { writer, other in
      writer.document("search") { Self.writeStart(other, to: &$0) }
    }
  }

  /// One token that begins so: both ends of the range are of one element, else the index would be read from one end on.
  private static func writeStart(_ word: String, to writer: inout BSONWriter) {
    writer.document("$elemMatch") {
      $0.string("$gte", word)
      $0.string("$lt", word + "\u{10ffff}")
    }
  }

  /// The identities of a page, in order; one more than asked for if the list goes on.
  func writePage(to pipeline: inout Pipeline) {
    pipeline.stage("$match") { writeCandidates(to: &$0) }
    if isExact { pipeline.stage("$sort") { filter.writeOrder(to: &$0) } }
    pipeline.stage("$limit", OrderQuery.searchLimit)
    if isSieved { pipeline.stage("$match") { writeSieve(to: &$0) } }
    if !isExact { pipeline.stage("$sort") { filter.writeOrder(to: &$0) } }
    if filter.query.skip > 0 { pipeline.stage("$skip", filter.query.skip) }
    pipeline.stage("$limit", filter.query.limit + 1)
    pipeline.stage("$project") { $0.int32("_id", 1) }
  }

  /// How many there are among the candidates.
  func writeCount(to pipeline: inout Pipeline) {
    pipeline.stage("$match") { writeCandidates(to: &$0, cursor: false) }
    pipeline.stage("$limit", OrderQuery.searchLimit)
    pipeline.stage("$match") { writeSieve(to: &$0, cursor: false) }
    pipeline.stage("$group") {
      $0.null("_id")
      $0.document("n") { $0.int64("$sum", 1) }
    }
  }
}

extension MongoWorker {
  /// A page of a search. Where the start of a word fits more orders than are considered, a whole word goes first.
  func list(_ query: OrderQuery, words: [String]) throws -> OrderPage {
    var search = OrderSearch(query, words: words)
    var candidates = try candidates(search)
    let isCrowded = candidates > OrderQuery.searchLimit
    if isCrowded {
      var exact = search
      exact.isExact = true
      let whole = try self.candidates(exact)
      if whole > 0 { (search, candidates) = (exact, whole) }
    }
    let ids = try aggregate(.orders, hint: Indexes.search, stages: search.writePage) { found throws(BSONError) in
      try found.identifier("_id", Order.self)
    }
    let found =
      try ids.isEmpty
      ? [] : find(Find(.orders, limit: ids.count) { $0.document("_id") { $0.identifiers("$in", ids) } }, Order.read)
    var places: [OrderID: Int] = [:]
    for (place, id) in ids.enumerated() { places[id] = place }
    let orders = found.sorted { places[$0.id, default: 0] < places[$1.id, default: 0] }
    var total = min(candidates, Int64(OrderQuery.searchLimit))
    if search.isSieved, total > 0 {
      total =
        try aggregate(.orders, hint: Indexes.search, stages: search.writeCount) { row throws(BSONError) in
          try row.integer("n")
        }.first ?? 0
    }
    return OrderPage(orders, of: query, total: total, isCapped: isCrowded)
  }

  private func candidates(_ search: OrderSearch) throws -> Int64 {
    try count(.orders, hint: Indexes.search, limit: OrderQuery.searchLimit + 1) {
      search.writeCandidates(to: &$0, cursor: false)
    }
  }
}
