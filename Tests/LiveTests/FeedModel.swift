import HubContracts
import Orders
import Testing

@testable import Live

/// A tenant's feed between a stream, a bus that lags behind it and fails, a reader that takes its time, and members that
/// come and go; what happens is drawn by chance, and what the members get is judged.
struct FeedModel {
  private var random: Chance
  private var feed: TenantFeed
  /// The numbers of the events in the stream; the place of an event is its number.
  private var stream: [Int] = [1]
  private var newest = 1
  /// What was published and not heard yet.
  private var onBus: [Int] = []
  private var isUp = false
  private var pending: TenantFeed.Fill?
  private var members: [Member] = []
  private(set) var resyncs = 0
  private(set) var recovered = 0
  private(set) var fills = 0

  struct Member {
    /// The first batch that it gets; nil while it waits.
    var from: UInt64?
    /// The last event that it has, or has in what it loaded.
    var last: Int
    /// Whether it loaded since it got an event: what comes next may be in that already.
    var hasLoaded = false
  }

  init(seed: UInt64) throws {
    random = Chance(seed: seed)
    feed = TenantFeed(tenant: try Samples.tenant(), ringBytes: 4_000)
  }

  mutating func step() throws {
    switch random(20) {
    case 0...4: publish()
    case 5...8: try hear(random(4))
    case 9, 10, 11: flush()
    case 12: isUp ? fall() : rise()
    case 13, 14: if let fill = pending { try read(fill) }
    case 15 where random(8) == 0: stream = Array(stream.suffix(1 + random(3)))
    case 16 where random(30) == 0:
      // Redis starts anew: a marker, and no event from before.
      newest += 1
      stream = [newest]
      // Whoever listens is cut off by that.
      if isUp { fall() }
    case 17: join()
    case 18: comeBack()
    default: break
    }
    for at in members.indices where members[at].from == nil { start(at) }
  }

  /// All is well at last: everybody must have everything.
  mutating func settle() throws {
    if !isUp { rise() }
    if let fill = pending { try read(fill) }
    publish()
    try hear(onBus.count)
    flush()
    for at in members.indices {
      if members[at].from == nil { start(at) }
      #expect(members[at].last == newest)
    }
  }

  // MARK: What happens

  private mutating func publish() {
    for _ in 0...random(3) {
      newest += 1
      stream.append(newest)
      if isUp { onBus.append(newest) }
    }
  }

  /// The bus brings the next of what was published.
  private mutating func hear(_ count: Int) throws {
    for number in onBus.prefix(count) {
      if let full = try feed.take(event: Samples.event(number)) { give(.batch(full)) }
    }
    onBus.removeFirst(min(count, onBus.count))
  }

  private mutating func flush() {
    if let batch = feed.take() { give(.batch(batch)) }
  }

  private mutating func fall() {
    isUp = false
    onBus = []
    feed.fall()
  }

  private mutating func rise() {
    isUp = true
    pending = feed.subscribed()
  }

  /// The reader is back, with what stands in the stream now.
  private mutating func read(_ fill: TenantFeed.Fill) throws {
    pending = nil
    fills += 1
    let after = fill.after.map { Int($0.millis) }
    let isKnown = after.map { stream.contains($0) } ?? false
    let found = isKnown ? stream.filter { $0 > (after ?? 0) } : stream.suffix(5)
    let pages = stride(from: 0, to: found.count, by: 3).map { found.dropFirst($0).prefix(3) }
    let filled = TenantFeed.Filled(
      events: try pages.map { try Samples.growing($0) }, newest: Samples.place(stream.last ?? 0),
      isComplete: isKnown || after == nil)
    for output in feed.filled(filled, round: fill.round) { give(output) }
  }

  private mutating func give(_ output: TenantFeed.Output) {
    for at in members.indices {
      guard let from = members[at].from else { continue }
      switch output {
      case .batch(let batch): if batch.serial >= from { take(Samples.numbers(batch), at) }
      case .resync: load(at)
      case .standing: break
      }
    }
  }

  // MARK: Members

  private mutating func take(_ numbers: [Int], _ at: Int) {
    for number in numbers {
      if members[at].hasLoaded {
        // What it loaded may hold this event already, but none after it is left out.
        #expect(number <= members[at].last + 1)
        members[at].hasLoaded = false
      } else {
        #expect(number == members[at].last + 1)
      }
      members[at].last = number
    }
  }

  private mutating func load(_ at: Int) {
    resyncs += 1
    members[at].last = newest
    members[at].hasLoaded = true
  }

  private mutating func join() {
    guard members.count < 12 else { return }
    members.append(Member(from: nil, last: -1))
  }

  /// One is cut, and asks for what follows its last event.
  private mutating func comeBack() {
    guard !members.isEmpty else { return }
    members[random(members.count)].from = nil
  }

  private mutating func start(_ at: Int) {
    let member = members[at]
    let after = member.last < 0 || member.hasLoaded ? nil : Samples.place(member.last)
    switch feed.start(after: after) {
    case .later: break
    case .unknown(let point):
      load(at)
      members[at].from = point.serial
    case .from(let point, let missed):
      members[at].from = point.serial
      if after == nil {
        load(at)
      } else {
        recovered += 1
        take(Samples.numbers(missed), at)
      }
    }
  }
}
