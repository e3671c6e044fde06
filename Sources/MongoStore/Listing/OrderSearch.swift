import HubContracts
import Orders
import Spelling

/// How much of the store a search may look at.
struct SearchLimits: Sendable {
  /// A word that more orders have is crowded: what it finds is not gathered and sorted, see `OrderWalk`.
  var matches = OrderQuery.searchLimit
  /// How many orders one page of a crowded search looks at.
  var scanned = 20_000
}

/// A search: one word is looked up in the index, the others and the filters sieve what it gives.
struct OrderSearch {
  let filter: OrderFilter
  let limits: SearchLimits
  let word: Text
  let others: [Text]
  /// Which orders' words the words were made for; nil if it is the same for all.
  var rule: WordRule?
  /// Whether the word must stand whole, so that its orders come by creation out of the index.
  var isExact = false

  init(
    _ query: OrderQuery, lookingUp word: Text, of words: [Text], rule: WordRule? = nil, _ limits: SearchLimits
  ) {
    filter = OrderFilter(query: query)
    self.limits = limits
    self.rule = rule
    self.word = word
    others = words.filter { $0 != word }
  }

  /// Whether anything but the word decides how many there are.
  var isSieved: Bool {
    !others.isEmpty || rule != nil || filter.query.of != nil || filter.hasState
      || filter.query.fulfilment != nil || hasDates && !isExact
  }

  private var hasDates: Bool { filter.query.from != nil || filter.query.before != nil }

  /// What the index decides.
  func writeCandidates(to writer: inout BSONWriter, cursor: Bool = true) {
    writer.tenant("tenantId", filter.query.tenant)
    writeWord(to: &writer)
    if isExact { filter.writeDates(to: &writer, cursor: cursor) }
  }

  /// What the documents decide.
  func writeSieve(to writer: inout BSONWriter, cursor: Bool = true) {
    filter.query.of?.write(to: &writer)
    filter.writeState(to: &writer, whole: false)
    if let fulfilment = filter.query.fulfilment { fulfilment.write(to: &writer) }
    if !isExact { filter.writeDates(to: &writer, cursor: cursor) }
    if cursor { filter.writePlace(to: &writer) }
    writeOthers(to: &writer)
  }

  /// The words that are not looked up, and whose words are meant.
  func writeOthers(to writer: inout BSONWriter) {
    guard !others.isEmpty || rule != nil else { return }
    let conditions = others.map(Condition.start) + (rule.map { [Condition.rule($0)] } ?? [])
    writer.documents("$and", conditions) { writer, condition in
      switch condition {
      case .start(let word): writer.document("search") { Self.writeStart(word, to: &$0) }
      case .rule(.today): writer.string("search", SearchWords.mark)
      case .rule(.former): writer.document("search") { $0.string("$ne", SearchWords.mark) }
      }
    }
  }

  private enum Condition {
    case start(Text)
    case rule(WordRule)
  }

  /// The word that is looked up.
  func writeWord(to writer: inout BSONWriter) {
    if isExact {
      writer.string("search", word)
    } else {
      writer.document("search") { Self.writeStart(word, to: &$0) }
    }
  }

  /// One token that begins so: both ends of the range are of one element, else the index would be read from one end on.
  private static func writeStart(_ word: Text, to writer: inout BSONWriter) {
    writer.document("$elemMatch") {
      $0.string("$gte", word)
      $0.string("$lt", "\(word)\u{10ffff}")
    }
  }

  /// The identities of a page, in order; one more than asked for if the list goes on.
  func writePage(to pipeline: inout Aggregation) {
    pipeline.stage("$match") { writeCandidates(to: &$0) }
    let isSorted = isExact && filter.query.sort == .createdAt
    if isSorted { pipeline.stage("$sort") { filter.writeOrder(to: &$0) } }
    pipeline.stage("$limit", limits.matches)
    pipeline.stage("$match") { writeSieve(to: &$0) }
    if !isSorted { pipeline.stage("$sort") { filter.writeOrder(to: &$0) } }
    if filter.query.skip > 0 { pipeline.stage("$skip", filter.query.skip) }
    pipeline.stage("$limit", filter.query.limit + 1)
    pipeline.stage("$project") { $0.int32(filter.query.sort.field, 1) }
  }

  /// How many there are among the candidates.
  func writeCount(to pipeline: inout Aggregation) {
    pipeline.stage("$match") { writeCandidates(to: &$0, cursor: false) }
    pipeline.stage("$limit", limits.matches)
    pipeline.stage("$match") { writeSieve(to: &$0, cursor: false) }
    pipeline.stage("$group") {
      $0.null("_id")
      $0.document("n") { $0.int64("$sum", 1) }
    }
  }
}

extension MongoWorker {
  /// What a search finds: by the longest word that is not crowded; if all are, by the longest.
  func search(_ query: OrderQuery, words: [Text], rule: WordRule? = nil, _ limits: SearchLimits) throws -> Finding {
    let longestFirst = words.sorted { $0.utf8.count > $1.utf8.count }
    var crowded: (search: OrderSearch, whole: Int64)?
    for word in longestFirst {
      var search = OrderSearch(query, lookingUp: word, of: words, rule: rule, limits)
      search.isExact = true
      // Those that have the word whole come first: they are fewer, and if they are too many, so are all.
      let whole = try candidates(search)
      if whole <= limits.matches {
        search.isExact = false
        let all = try candidates(search)
        // Where nobody has more than the word, its own range of the index has them sorted.
        search.isExact = all == whole
        if all <= limits.matches { return try gather(search, all, isCapped: false) }
      }
      if crowded == nil { crowded = (search, whole) }
    }
    guard let crowded else { return Finding(places: [], total: 0, isCapped: false) }
    var search = crowded.search
    // Where the start of a word fits so many, those that have it whole are meant.
    search.isExact = crowded.whole > 0
    if search.isExact, crowded.whole <= limits.matches {
      return try gather(search, crowded.whole, isCapped: true)
    }
    return try query.sort == .createdAt ? walk(OrderWalk(search: search)) : walk(OrderRanking(search))
  }

  /// What is found among all that the word fits.
  private func gather(_ search: OrderSearch, _ candidates: Int64, isCapped: Bool) throws -> Finding {
    let places = try aggregate(
      .orders, hint: Indexes.search, stages: search.writePage, search.filter.query.sort.readPlace)
    var total = candidates
    if search.isSieved, total > 0 {
      total =
        try aggregate(.orders, hint: Indexes.search, stages: search.writeCount) { row throws(BSONError) in
          try row.integer("n")
        }.first ?? 0
    }
    return Finding(places: places, total: total, isCapped: isCapped)
  }

  /// The orders of these identities, in their order.
  func orders(_ ids: [OrderID]) throws -> [Order] {
    guard !ids.isEmpty else { return [] }
    let found = try find(
      Find(.orders, limit: ids.count) { $0.document("_id") { $0.identifiers("$in", ids) } }, Order.read)
    var places: [OrderID: Int] = [:]
    for (place, id) in ids.enumerated() { places[id] = place }
    return found.sorted { places[$0.id, default: 0] < places[$1.id, default: 0] }
  }

  private func candidates(_ search: OrderSearch) throws -> Int64 {
    try count(.orders, hint: Indexes.search, limit: search.limits.matches + 1) {
      search.writeCandidates(to: &$0, cursor: false)
    }
  }
}
