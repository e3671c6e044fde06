import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

/// A look finds every end, however many there are, and says when it cannot.
@Suite struct EndedTokenLookTests {
  private struct Standing: HubClock {
    var millis: Int64 = 2_000_000_000
    func now() -> Timestamp { Timestamp(millis: millis) }
  }

  /// Ends in their order, read as a store gives them.
  private final class Book: Sendable {
    private let ends = Locked<[TokenEnd]>([])
    private let pages = Locked(0)
    /// What was given, and how many pages were read.
    let found = Locked<Set<TokenEnd>>([])
    var pagesRead: Int { pages.with { $0 } }

    func write(_ user: String, _ second: Int) throws {
      let end = TokenEnd(
        tenant: try #require(TenantID("shop")), user: try #require(UserID(user)),
        before: Timestamp(millis: Int64(second) * 1_000))
      ends.with {
        $0.append(end)
        $0.sort { Self.place($0) < Self.place($1) }
      }
    }

    func write(many count: Int, from second: Int) throws {
      let some = try (0..<count).map { number in
        TokenEnd(
          tenant: try #require(TenantID("shop")), user: try #require(UserID("m\(100_000 + number)")),
          before: Timestamp(millis: Int64(second + number / 3_000) * 1_000))
      }
      ends.with { $0 = ($0 + some).sorted { Self.place($0) < Self.place($1) } }
    }

    func read(_ place: TokenEnd.Place?) -> [TokenEnd] {
      pages.with { $0 += 1 }
      return ends.with { ends in
        let first =
          ends.firstIndex { end in
            guard let place else { return true }
            if end.before != place.moment { return end.before > place.moment }
            return place.end.map { Self.place($0) < Self.place(end) } ?? false
          } ?? ends.count
        return Array(ends[first...].prefix(TokenEnd.pageLimit))
      }
    }

    private static func place(_ end: TokenEnd) -> (Int64, String) { (end.before.millis, end.user.text) }

    func round(_ look: EndedTokenLook) async throws {
      try await look.round(read: { self.read($0) }, end: { ends in self.found.with { $0.formUnion(ends) } })
    }
  }

  @Test func whatIsTooMuchForARoundIsReadInTheNext() async throws {
    let (book, look) = (Book(), EndedTokenLook(clock: Standing()))
    let perRound = EndedTokenLook.pagesLimit * TokenEnd.pageLimit
    try book.write(many: 2 * perRound + 500, from: 1_000)
    for round in 1...3 {
      let before = book.pagesRead
      try await book.round(look)
      #expect(book.pagesRead - before <= EndedTokenLook.pagesLimit + EndedTokenLook.pagesAgainLimit)
      #expect(book.found.with { $0.count } == min(round * perRound, 2 * perRound + 500))
    }
    // What comes after very many is found at once: also of the same second, in which it stands before others.
    try book.write("late", 1_014)
    try book.write("a", 1_013)
    try await book.round(look)
    #expect(book.found.with { $0.count } == 2 * perRound + 502)
  }

  @Test func whatIsWrittenLaterThanItsMomentIsFound() async throws {
    let (book, look) = (Book(), EndedTokenLook(clock: Standing()))
    try book.write("ann", 100_000)
    try await book.round(look)
    // Begun earlier, written later: within the next round.
    try book.write("bob", 99_900)
    try await book.round(look)
    #expect(book.found.with { $0.count } == 2)
    // By a server whose clock is an hour behind: with the next look at all.
    try book.write("cy", 96_400)
    for _ in 0..<57 { try await book.round(look) }
    #expect(book.found.with { $0.count } == 2)
    for _ in 0..<2 { try await book.round(look) }
    #expect(book.found.with { $0.count } == 3)
  }

  @Test func aLookAtAllGoesOnPageByPage() async throws {
    let (book, look) = (Book(), EndedTokenLook(clock: Standing()))
    try book.write(many: 5_000, from: 1_000)
    try book.write("ann", 100_000)
    for _ in 0..<59 { try await book.round(look) }
    try book.write("old", 1_001)
    var rounds = 0
    while !book.found.with({ $0.contains { $0.user.text == "old" } }), rounds < 100 {
      let before = book.pagesRead
      try await book.round(look)
      #expect(book.pagesRead - before <= 3)
      rounds += 1
    }
    #expect((4...7).contains(rounds))
  }

  @Test func whatIsKnownIsNotReadForEver() async throws {
    let (book, time) = (Book(), MovedClock())
    let look = EndedTokenLook(clock: Standing(), steadyMicros: { time.now() })
    /// How many pages so many rounds read, with a second before each.
    func pages(_ rounds: Int) async throws -> Int {
      let before = book.pagesRead
      for _ in 0..<rounds {
        time.move(ms: 1_000)
        try await book.round(look)
      }
      return book.pagesRead - before
    }
    // 4,000 within two seconds, and none after.
    try book.write(many: 4_000, from: 100_000)
    try await book.round(look)
    #expect(
      try await pages(30) >= 30 * (1 + EndedTokenLook.pagesAgainLimit), "what is begun earlier may still be written")
    try book.write("early", 99_900)
    #expect(try await pages(2) > 0 && book.found.with { $0.count } == 4_001)
    _ = try await pages(100)
    // With the rounds of a look at all, which comes once a minute and reads each page once, and one more to see the end.
    #expect(try await pages(120) <= 120 + 2 * 5)
    // What comes then is found at once, and what was begun before it and is written after it.
    try book.write("next", 100_300)
    #expect(try await pages(1) > 0 && book.found.with { $0.count } == 4_002)
    try book.write("between", 100_200)
    #expect(try await pages(2) > 0 && book.found.with { $0.count } == 4_003)
    _ = try await pages(130)
    #expect(try await pages(60) <= 60 + 5)
  }

  @Test func anEndThatIsAheadMovesNoLookOn() async throws {
    let (book, look) = (Book(), EndedTokenLook(clock: Standing(millis: 2_000_000)))
    try book.write("ahead", 9_000)
    try await book.round(look)
    try book.write("ann", 1_990)
    try await book.round(look)
    #expect(book.found.with { $0.count } == 2)
  }

  @Test func aLookThatFailsSaysSoUntilItIsDone() async throws {
    let (book, time) = (Book(), MovedClock())
    let look = EndedTokenLook(clock: Standing(), steadyMicros: { time.now() })
    try book.write("ann", 1_000)
    try await book.round(look)
    #expect(look.condition.state == .ok)
    for _ in 0..<3 {
      await #expect(throws: CacheUnavailable.self) {
        try await look.round(read: { _ in throw CacheUnavailable("no route") }, end: { _ in })
      }
      time.move(ms: 2_000)
    }
    #expect(look.condition.state == .unmet && look.condition.name == "tokens.ended")
    #expect(look.condition.found.contains("6 s") && look.condition.found.contains("no route"))
    // It goes on by itself, with what came meanwhile.
    try book.write("bob", 1_001)
    try await book.round(look)
    #expect(look.condition.state == .ok && book.found.with { $0.count } == 2)
    // One that never was, or hangs, is no better.
    let silent = EndedTokenLook(clock: Standing(), steadyMicros: { time.now() })
    time.move(ms: 5_001)
    #expect(silent.condition.state == .unmet && look.condition.state == .unmet)
  }
}
