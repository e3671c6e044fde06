import HubContracts
import HubRuntime
import LiveProtocol
import Orders

/// Reads tenants' streams in Redis: for feeds whose bus was away, and for clients that come back from before the ring.
///
/// Only so many reads run at once; the others wait their turn, at most one a tenant and one a client. Clients' turns are
/// fair by what is read for them, to tenants first and to a tenant's users then: whoever asks for long ways again and again,
/// and is shown nothing of them, stands behind who asks for little.
final class StreamReader: Sendable {
  private let streams: any EventStreams
  /// A feed must not stand in line behind all who come back.
  private let fills = StreamReader.turnstile()
  private let turns = StreamReader.turnstile()
  /// What of an entry is no event, for the log.
  private let complain: @Sendable (JSONFault, TenantID) -> Void

  private static let readsAtOnce = 8
  /// One a client waits, or one a tenant, and there are fewer of both.
  private static let waitingLimit = 1 << 20
  /// What asking costs that reads no entry, in entries.
  private static let questionWork = 1
  /// How many entries are read at once for a feed.
  private static let pageEntries = 200
  /// How many for a client, which is given a portion at a time: what it has no room for is read again.
  static let clientPageEntries = 50
  /// How many bytes are read to fill a gap, and what an entry counts for beside its bytes. A longer gap is not filled: in
  /// its three encodings it would not find room in a loop's mailbox, nor before many a client. Whoever wants it can have it
  /// from the stream, a page at a time, as those do who come back.
  private let gapLimitBytes: Int
  private static let gapEntryBytes = 256
  /// With how many entries it begins, and the bytes past which a page is made smaller.
  private static let firstPageEntries = 25
  private static let pageBytes = 1 << 20
  /// How long to wait while Redis does not answer, in milliseconds.
  private static let retryMs: Int64 = 200

  init(
    _ streams: any EventStreams, gapLimitBytes: Int, complain: @escaping @Sendable (JSONFault, TenantID) -> Void
  ) {
    self.streams = streams
    self.gapLimitBytes = gapLimitBytes
    self.complain = complain
  }

  private static func turnstile() -> Turnstile {
    Turnstile(places: readsAtOnce, queueLimit: waitingLimit, quantum: clientPageEntries)
  }

  // MARK: For a feed

  /// Finds what a feed has missed, or the newest events if nobody knows what. Tries again for as long as it `isWanted`;
  /// nil if it no longer is.
  func fill(_ fill: TenantFeed.Fill, isWanted: @Sendable () -> Bool) async -> TenantFeed.Filled? {
    while isWanted() {
      // Of the hub itself: there is one a tenant, and whoever came first goes first.
      let filled = try? await fills.pass(.hub, work: { _ in Self.questionWork }) { try await read(fill) }
      if let filled { return filled }
      try? await Task.sleep(for: .milliseconds(Self.retryMs))
    }
    return nil
  }

  private func read(_ fill: TenantFeed.Fill) async throws(CacheUnavailable) -> TenantFeed.Filled {
    if let after = fill.after, let missed = try await missed(of: fill.tenant, after: after) { return missed }
    let entries = try await streams.newest(of: fill.tenant, limit: Self.pageEntries)
    guard let newest = entries.last?.offset else { throw CacheUnavailable("the stream has no place") }
    return TenantFeed.Filled(events: encode(entries, fill.tenant), newest: newest, isComplete: fill.after == nil)
  }

  private func missed(
    of tenant: TenantID, after start: StreamOffset
  ) async throws(CacheUnavailable) -> TenantFeed.Filled? {
    var newest = start
    var events: [GrowingBatch] = []
    var (bytes, limit) = (0, Self.firstPageEntries)
    while bytes < gapLimitBytes {
      guard let page = try await streams.entries(of: tenant, after: newest, limit: limit) else { return nil }
      events += encode(page, tenant)
      newest = page.last?.offset ?? newest
      if page.count < limit { return TenantFeed.Filled(events: events, newest: newest, isComplete: true) }
      let size = page.reduce(0) { $0 + ($1.envelope?.count ?? 0) }
      bytes += size + page.count * Self.gapEntryBytes
      limit = size > Self.pageBytes ? max(1, limit / 2) : min(Self.pageEntries, limit * 2)
    }
    return nil
  }

  /// The newest place in each stream; nil if Redis does not answer.
  func heads(of tenants: [TenantID]) async -> [StreamOffset?]? { try? await streams.heads(of: tenants) }

  // MARK: For a client

  /// Events after a client's place.
  enum Page: Sendable {
    /// Some of them, and whether the stream goes on after them.
    case events([EventBatch], last: StreamOffset, goesOn: Bool)
    /// The place is not in the stream any more.
    case gone
    /// Redis does not answer.
    case unavailable
  }

  /// Reads the events after a place, for somebody.
  func page(of tenant: TenantID, after offset: StreamOffset, for party: Party) async -> Page {
    do {
      let found = try await turns.pass(party, work: { ($0?.count ?? 0) + Self.questionWork }) {
        try await streams.entries(of: tenant, after: offset, limit: Self.clientPageEntries)
      }
      guard let entries = found else { return .gone }
      let batches = encode(entries, tenant).compactMap { $0.sealed(tenant: tenant, serial: 0) }
      return .events(batches, last: entries.last?.offset ?? offset, goesOn: entries.count == Self.clientPageEntries)
    } catch {
      return .unavailable
    }
  }

  // MARK: Notes of sessions

  /// What was noted of a session's rooms.
  enum Note: Sendable {
    case none
    case rooms(Text)
    /// Redis does not answer.
    case unavailable
  }

  /// What was noted of a session.
  func note(of session: String, for party: Party) async -> Note {
    do {
      return try await turns.pass(party, work: { _ in Self.questionWork }) {
        try await streams.note(of: session).map { .rooms($0) } ?? .none
      }
    } catch {
      return .unavailable
    }
  }

  /// Notes something of a session; false if Redis does not answer.
  func keep(_ note: String, of session: String, forMs ms: Int64, for party: Party) async -> Bool {
    do {
      try await turns.pass(party, work: { Self.questionWork }) {
        try await streams.keep(note, of: session, seconds: Int(ms / 1_000))
      }
      return true
    } catch {
      return false
    }
  }

  private func encode(_ entries: [StreamEntry], _ tenant: TenantID) -> [GrowingBatch] {
    var batches: [GrowingBatch] = []
    var batch = GrowingBatch()
    for case .some(let envelope) in entries.map(\.envelope) {
      envelope.withUnsafeBytes { message in
        do throws(JSONFault) {
          let envelope = try Envelope.read(message)
          guard envelope.isOf(tenant: tenant.text, in: message) else { throw .wrongMember("tenant") }
          batch.append(envelope, of: message, before: nil)
        } catch {
          complain(error, tenant)
        }
      }
      guard batch.isFull else { continue }
      batches.append(batch)
      batch = GrowingBatch()
    }
    return batch.isEmpty ? batches : batches + [batch]
  }
}
