import HubContracts
import Orders
import Testing

@testable import Live

@Suite struct TenantFeedTests {
  private func place(_ number: Int) -> StreamOffset { Samples.place(number) }

  private func found(_ numbers: [Int], newest: Int, isComplete: Bool = true) throws -> TenantFeed.Filled {
    let events = numbers.isEmpty ? [] : [try Samples.growing(numbers)]
    return TenantFeed.Filled(events: events, newest: place(newest), isComplete: isComplete)
  }

  /// A feed that stands, whose stream's newest place is 5.
  private func standing(_ history: [Int] = [4, 5], ringBytes: Int = 1_000_000) throws -> TenantFeed {
    var feed = TenantFeed(tenant: try Samples.tenant(), ringBytes: ringBytes)
    let fill = feed.subscribed()
    #expect(fill.after == nil)
    #expect(feed.filled(try found(history, newest: 5), round: fill.round).map(\.text) == ["standing"])
    return feed
  }

  @Test func hasNothingToGiveBeforeItStands() throws {
    var feed = TenantFeed(tenant: try Samples.tenant(), ringBytes: 1_000)
    #expect(try feed.take(event: Samples.event(1)) == nil)
    #expect(feed.startText(after: nil) == "later")
    let fill = feed.subscribed()
    #expect(try feed.take(event: Samples.event(2)) == nil)
    #expect(!feed.hasWaiting && feed.take() == nil && feed.newest == nil)
    #expect(feed.startText(after: place(1)) == "later")
    #expect(feed.awaits(round: fill.round))
  }

  @Test func givesHistoryToWhoAsksForItAndToNobodyElse() throws {
    var feed = try standing()
    #expect(feed.startText(after: nil) == "from 2 at 5-0 missed []")
    #expect(feed.startText(after: place(5)) == "from 2 at 5-0 missed []")
    #expect(feed.startText(after: place(4)) == "from 2 at 5-0 missed [5]")
    #expect(feed.startText(after: place(3)) == "unknown, from 2 at 5-0")
    #expect(try feed.take(event: Samples.event(6)) == nil)
    #expect(feed.hasWaiting)
    // Whoever comes before the batch is given out gets it as what is new.
    #expect(feed.startText(after: nil) == "from 2 at 5-0 missed []")
    #expect(feed.take().map(TenantFeed.Output.batch)?.text == "2: [6]")
    #expect(feed.startText(after: place(4)) == "from 3 at 6-0 missed [5, 6]")
    #expect(!feed.hasWaiting && feed.take() == nil)
  }

  @Test func ofAnEmptyStreamItKnowsThePlace() throws {
    let feed = try standing([])
    #expect(feed.startText(after: place(5)) == "from 1 at 5-0 missed []")
    #expect(feed.startText(after: place(4)) == "unknown, from 1 at 5-0")
  }

  @Test func firstHoldsWhatCameMeanwhileAndThenFillsTheGapWithoutDoublingAny() throws {
    var feed = try standing()
    _ = try feed.take(event: Samples.event(6))
    _ = feed.take()
    feed.fall()
    #expect(try feed.take(event: Samples.event(7)) == nil)
    #expect(feed.startText(after: nil) == "later")
    #expect(feed.newest == place(6))
    let fill = feed.subscribed()
    #expect(fill == TenantFeed.Fill(tenant: try Samples.tenant(), round: fill.round, after: place(6)))
    for number in 8...11 { #expect(try feed.take(event: Samples.event(number)) == nil) }
    let outputs = feed.filled(try found([7, 8, 9], newest: 9), round: fill.round)
    #expect(outputs.map(\.text) == ["3: [7, 8, 9]", "4: [10, 11]", "standing"])
    #expect(feed.startText(after: place(8)) == "from 5 at 11-0 missed [9, 10, 11]")
    // The reader may also be ahead of the bus, or find nothing.
    feed.fall()
    let next = feed.subscribed()
    #expect(feed.filled(try found([], newest: 11), round: next.round).map(\.text) == ["standing"])
  }

  /// The reader and the bus are different connections: what the one has read the other may bring only then.
  @Test func whatTheReaderFoundBeforeTheBusBroughtItIsNotDoubled() throws {
    var feed = try standing()
    // Those who began at its first place have all up to it.
    for number in [4, 5] { #expect(try feed.take(event: Samples.event(number)) == nil && !feed.hasWaiting) }
    feed.fall()
    let fill = feed.subscribed()
    _ = try feed.take(event: Samples.event(6))
    let outputs = feed.filled(try found([6, 7, 8], newest: 8), round: fill.round)
    #expect(outputs.map(\.text) == ["2: [6, 7, 8]", "standing"])
    for number in [7, 8] { #expect(try feed.take(event: Samples.event(number)) == nil && !feed.hasWaiting) }
    for number in [9, 10] { _ = try feed.take(event: Samples.event(number)) }
    #expect(feed.take().map(TenantFeed.Output.batch)?.text == "3: [9, 10]")
    #expect(feed.startText(after: place(6)) == "from 4 at 10-0 missed [7, 8, 9, 10]")
  }

  @Test func anEventWithoutAPlaceIsKeptWhileTheBusIsBehindTheReader() throws {
    var feed = try standing()
    for (number, hasPlace) in [(5, true), (6, false), (5, true), (7, true), (8, false)] {
      _ = try feed.take(event: Samples.event(number, hasPlace: hasPlace))
    }
    #expect(feed.take().map(TenantFeed.Output.batch)?.text == "2: [6, 7, 8]")
  }

  @Test func keepsHeldEventsWithoutAPlace() throws {
    var feed = try standing()
    feed.fall()
    let fill = feed.subscribed()
    for (number, hasPlace) in [(6, false), (7, true), (8, false), (9, true)] {
      _ = try feed.take(event: Samples.event(number, hasPlace: hasPlace))
    }
    let outputs = feed.filled(try found([7], newest: 7), round: fill.round)
    #expect(outputs.map(\.text) == ["2: [7]", "3: [6, 8, 9]", "standing"])
  }

  @Test func placesOfEventsWithoutOneNeverGoBack() throws {
    var feed = try standing()
    func places(_ batch: EventBatch?) -> [String] {
      guard let batch else { return [] }
      return batch.events.indices.map { index in
        let bytes = batch[.socketIO].bytes[batch.range(of: index..<(index + 1), in: .socketIO)]
        return String(String(decoding: bytes, as: UTF8.self).split(separator: "\"").dropLast().last ?? "")
      }
    }
    for number in [-6, 7, -8, 9, -10] {
      _ = try feed.take(event: Samples.event(abs(number), hasPlace: number > 0))
    }
    #expect(places(feed.take()) == ["5-0", "7-0", "7-0", "9-0", "9-0"])
    _ = try feed.take(event: Samples.event(11, hasPlace: false))
    #expect(places(feed.take()) == ["9-0"])
    feed.fall()
    let fill = feed.subscribed()
    for number in [12, -13] { _ = try feed.take(event: Samples.event(abs(number), hasPlace: number > 0)) }
    guard case .batch(let held) = feed.filled(try found([], newest: 9), round: fill.round).first else {
      throw Missing()
    }
    #expect(places(held) == ["12-0", "12-0"])
  }

  private struct Missing: Error {}

  @Test func saysSoWhenTheGapCannotBeFilled() throws {
    var feed = try standing()
    feed.fall()
    let fill = feed.subscribed()
    _ = try feed.take(event: Samples.event(30))
    _ = try feed.take(event: Samples.event(31))
    let outputs = feed.filled(try found([29, 30], newest: 30, isComplete: false), round: fill.round)
    #expect(outputs.map(\.text) == ["resync gap 30-0", "3: [31]", "standing"])
    // What was before is not joined to what is now.
    #expect(feed.startText(after: place(5)) == "unknown, from 4 at 31-0")
    #expect(feed.startText(after: place(29)) == "from 4 at 31-0 missed [30, 31]")
  }

  @Test func aStreamThatBeganAnewIsAGapToo() throws {
    var feed = try standing()
    feed.fall()
    let fill = feed.subscribed()
    let outputs = feed.filled(try found([], newest: 1, isComplete: false), round: fill.round)
    #expect(outputs.map(\.text) == ["resync gap 1-0", "standing"])
    #expect(feed.startText(after: place(1)) == "from 2 at 1-0 missed []")
  }

  @Test func aFallWhileItFillsMakesTheReaderAnswerUseless() throws {
    var feed = try standing()
    feed.fall()
    let first = feed.subscribed()
    _ = try feed.take(event: Samples.event(7))
    feed.fall()
    #expect(!feed.awaits(round: first.round))
    #expect(feed.filled(try found([6], newest: 6), round: first.round).isEmpty)
    let second = feed.subscribed()
    #expect(second.after == place(5) && second.round != first.round)
    #expect(feed.filled(try found([6], newest: 6), round: first.round).isEmpty)
    // Seven was held for the first: it will be read again.
    #expect(
      feed.filled(try found([6, 7], newest: 7), round: second.round).map(\.text) == ["2: [6, 7]", "standing"])
    // A confirmation that comes twice begins a new round, too.
    let (third, fourth) = (feed.subscribed(), feed.subscribed())
    #expect(feed.filled(try found([], newest: 7), round: third.round).isEmpty)
    #expect(feed.filled(try found([], newest: 7), round: fourth.round).map(\.text) == ["standing"])
  }

  @Test func aFallWhileBatchesWaitLosesNoneOfThem() throws {
    var feed = try standing()
    _ = try feed.take(event: Samples.event(6))
    feed.fall()
    #expect(feed.take() == nil)
    let fill = feed.subscribed()
    #expect(fill.after == place(5))
    #expect(feed.filled(try found([6], newest: 6), round: fill.round).map(\.text) == ["2: [6]", "standing"])
  }

  @Test func whatIsTooMuchToHoldIsLostAndSaid() throws {
    var feed = try standing()
    feed.fall()
    let fill = feed.subscribed()
    let filler = String(repeating: "x", count: 120_000)
    // Each is held three times: as a frame, a packet, and a message.
    for number in 6...40 { _ = try feed.take(event: Samples.event(number, filler: filler)) }
    var outputs = feed.filled(try found([], newest: 5), round: fill.round).map(\.text)
    #expect(outputs.removeLast() == "standing")
    #expect(outputs.removeFirst().hasPrefix("resync overload "))
    let rest = outputs.flatMap { $0.split { !$0.isNumber }.dropFirst().compactMap { Int($0) } }
    #expect(rest.last == 40 && rest.count < 35 && rest == Array((41 - rest.count)...40))
    #expect(feed.startText(after: place(5)).hasPrefix("unknown"))
    // It is over with that.
    feed.fall()
    let next = feed.subscribed()
    #expect(feed.filled(try found([], newest: 40), round: next.round).map(\.text) == ["standing"])
  }

  @Test func givesOutAFullBatchWithoutBeingAsked() throws {
    var feed = try standing()
    let filler = String(repeating: "x", count: 50_000)
    var given: [Int] = []
    for number in 6...20 {
      if let batch = try feed.take(event: Samples.event(number, filler: filler)) { given += Samples.numbers(batch) }
    }
    if let batch = feed.take() { given += Samples.numbers(batch) }
    #expect(given == Array(6...20))
  }

  // MARK: A model

  @Test(arguments: 1...20)
  func everyMemberGetsEachEventOnceAndInOrderOrIsTold(seed: Int) throws {
    var model = try FeedModel(seed: UInt64(seed))
    for _ in 0..<2_000 { try model.step() }
    try model.settle()
    #expect(model.resyncs > 0 && model.recovered > 0 && model.fills > 0)
  }
}
