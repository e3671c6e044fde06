public import HubContracts
public import HubRuntime
import HubWire
import Orders

/// Tells Redis and the bus what was committed, in each order's sequence, and notes that it is out.
///
/// Whatever fails here stays marked in the outbox, and the relay does it again. Doing it twice changes nothing.
public final class Publisher: Sendable {
  private let store: any OutboxStore
  private let cache: any HubCache
  private let marks: PublishedMarks
  private let log: Log
  private let failures: HubRuntime.Counter
  private let caughtUp: HubRuntime.Counter
  /// How many events of one order are read and published at a time.
  static let sliceLimit = 200
  /// How many slices of one order are published in a row before others get their turn.
  static let slicesLimit = 2_000
  /// How many bytes of events go to Redis at a time in a catch-up.
  static let partLimitBytes = 512 << 10

  /// A publisher of one process.
  public init(store: any OutboxStore, cache: any HubCache, log: Log, metrics: Metrics) {
    self.store = store
    self.cache = cache
    self.log = log
    marks = PublishedMarks(store: store, log: log)
    failures = metrics.counter(.publishFailures)
    caughtUp = metrics.counter(.publishCatchups)
  }

  /// Publishes what one transaction wrote, and notes that it is out. Bounded by Redis's timeout; it cannot fail, only be
  /// late.
  func publish(_ publications: [Publication], tallies: [TallyShard], entry: OutboxID?) async {
    async let counted: Void = publish(tallies)
    let isOut = await publish(publications)
    await counted
    if let entry, isOut { await marks.note(entry) }
  }

  private func publish(_ tallies: [TallyShard]) async {
    if tallies.isEmpty { return }
    // A counter that is not told falls behind until it is filled again; the worker compares and repairs.
    do { try await cache.publish(tallies) } catch { failures.add() }
    crashPoint(.afterTalliesPublished)
  }

  /// Whether all of it is out.
  private func publish(_ publications: [Publication]) async -> Bool {
    if publications.isEmpty { return true }
    do throws(CacheUnavailable) {
      let outcomes = try await cache.publish(publications)
      crashPoint(.afterOrdersPublished)
      var isOut = outcomes.count == publications.count
      for (publication, outcome) in zip(publications, outcomes) {
        switch outcome {
        case .published, .already: continue
        case .behind, .unknown: if await !catchUp(publication, outcome) { isOut = false }
        }
      }
      return isOut
    } catch {
      failures.add(publications.count)
      cache.distrust(publications.map(\.state.id))
      return false
    }
  }

  /// Publishes what came before a write, then the write. Whether it is out.
  private func catchUp(_ publication: Publication, _ outcome: PublicationOutcome) async -> Bool {
    caughtUp.add()
    do {
      let first = publication.events.first?.seq ?? publication.state.version
      var after = first - 1
      switch outcome {
      case .behind(let version): after = min(after, version)
      case .unknown:
        // Redis has forgotten the order: what still waits before this write has perhaps never been out.
        let waiting = try await store.unpublished(of: publication.state.id)
        after = min(after, (waiting.map(\.firstSeq).min() ?? first) - 1)
      case .published, .already: return true
      }
      if after == first - 1 {
        var direct = publication
        direct.afterCatchUp = true
        return try await isOut(cache.publish([direct]))
      }
      // The publication names only the items that its own write changed; those of the writes before it changed too.
      guard let order = try await store.lastingOrder(publication.state.id),
        // What stands for good may be behind what was committed, right after an election.
        order.version >= publication.state.version
      else { return false }
      return try await publish(order.state(), after: after)
    } catch {
      failures.add()
      log.warning(
        "an order's events wait for the relay", [("order", "\(publication.state.id)"), ("cause", "\(error)")])
      cache.distrust([publication.state.id])
      return false
    }
  }

  private func isOut(_ outcomes: [PublicationOutcome]) -> Bool {
    outcomes.allSatisfy { $0 == .published || $0 == .already }
  }

  /// Publishes an order's stored events after a seq up to the state's version, in slices. Whether all are out.
  func publish(_ state: OrderState, after: Int64) async throws -> Bool {
    var after = after
    for _ in 0..<Self.slicesLimit where after < state.version {
      let events = try await store.events(
        of: state.id, after: after, upTo: state.version, limit: Self.sliceLimit)
      guard let last = events.last else { return false }
      for part in Self.parts(events) {
        guard try await publish(part, of: state) else { return false }
        crashPoint(.betweenCatchUps)
      }
      after = last.seq
    }
    return after >= state.version
  }

  private func publish(_ events: ArraySlice<RecordedEvent>, of state: OrderState) async throws -> Bool {
    guard let last = events.last else { return true }
    var state = state
    state.version = last.seq
    // What cannot be passed on is passed by.
    return isOut(
      try await cache.publish([Publication(state: state, events: events.filter(\.isSound), afterCatchUp: true)]))
  }

  /// Events in parts of at most `partLimitBytes`, or of one event: more would not pass within Redis's timeout, however
  /// often it is tried.
  static func parts(_ events: [RecordedEvent]) -> [ArraySlice<RecordedEvent>] {
    var parts: [ArraySlice<RecordedEvent>] = []
    var start = 0
    var bytes = 0
    for (index, event) in events.enumerated() {
      if index > start, bytes + event.envelope.count > partLimitBytes {
        parts.append(events[start..<index])
        start = index
        bytes = 0
      }
      bytes += event.envelope.count
    }
    if start < events.count { parts.append(events[start...]) }
    return parts
  }

  /// Writes down what is noted and not yet written.
  public func flush() async { await marks.flush() }
}

/// Gathers what was published, and takes it out of the outbox in few writes.
actor PublishedMarks {
  private let store: any OutboxStore
  private let log: Log
  private var waiting: [OutboxID] = []
  private var isFlushing = false
  /// How many wait at most; beyond it entries stay, and the relay finds that their events are out.
  private static let limit = 20_000
  private static let batchLimit = 1_000
  private static let delayMs = 50

  init(store: any OutboxStore, log: Log) {
    self.store = store
    self.log = log
  }

  func note(_ entry: OutboxID) {
    if waiting.count < Self.limit { waiting.append(entry) }
    guard !isFlushing else { return }
    isFlushing = true
    Task {
      try? await Task.sleep(for: .milliseconds(Self.delayMs))
      isFlushing = false
      await flush()
    }
  }

  func flush() async {
    while !waiting.isEmpty {
      let batch = Array(waiting.prefix(Self.batchLimit))
      waiting.removeFirst(batch.count)
      crashPoint(.beforeMark)
      do throws(StoreError) { try await store.markPublished(batch) } catch {
        log.debug("entries stay in the outbox", [("entries", "\(batch.count)"), ("cause", "\(error)")])
        return
      }
      crashPoint(.afterMark)
    }
  }
}
