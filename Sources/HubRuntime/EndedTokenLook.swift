public import HubContracts
import Orders

/// Looks again and again for tokens that were ended, page by page: at what has come, at the last minutes once more, for what
/// was begun earlier may be written later, and once a minute at all, for another server's clock may be behind.
///
/// Once nothing new has come for as long as the last minutes reach back, what is written from then on is newer than all that
/// is known: nothing is read twice any more, and a round reads one page.
///
/// However many there are, a round reads a bounded number of pages, and the next goes on where it stopped: many ends of one
/// tenant put off another's, and hide none.
public final class EndedTokenLook: Sendable {
  /// How often a process looks.
  public static let pause = Duration.seconds(1)
  /// How many pages of what has come a round reads at most.
  public static let pagesLimit = 20
  /// How many of the last minutes.
  public static let pagesAgainLimit = 4
  /// How long a look may be past before it is told as a condition, in microseconds.
  public static let patienceMicros: UInt64 = 5_000_000
  private static let roundsToAll = 60
  /// How far what has come reaches back: ends of one second are not written in their order.
  private static let backMs: Int64 = 5_000
  /// How far the last minutes reach back: further than ends run ahead, clocks may differ and a transaction takes, together.
  private static let againMs: Int64 = 120_000

  private struct State {
    /// Where it goes on with what has come; nil at the beginning of all.
    var recent: TokenEnd.Place?
    /// Where it goes on with the last minutes; nil until all that has come was read.
    var again: TokenEnd.Place?
    /// Where it goes on with all, while it looks at all; nil at its beginning.
    var all: TokenEnd.Place?
    var looksAtAll = false
    /// When the pass over the last minutes that is under way began, on the steady clock.
    var againBegan: UInt64 = 0
    /// The moment of the latest end, or that of the look if the end was ahead.
    var newest: Timestamp?
    /// The place behind that end, or moment.
    var newestPlace: TokenEnd.Place?
    /// When a newer end than any before was found, on the steady clock.
    var newsMicros: UInt64 = 0
    var round = 0
    /// When all that has come was read.
    var readMicros: UInt64
    /// Why the last round failed, if it did.
    var cause: String?

    /// The place so far behind the newest; nil if there is none.
    func place(backMs: Int64) -> TokenEnd.Place? {
      newest.map { TokenEnd.Place(behind: Timestamp(millis: $0.millis - backMs)) }
    }

    /// Whether what is written from a moment of the steady clock on is newer than all that was found.
    func isQuiet(at micros: UInt64) -> Bool { micros > newsMicros &+ UInt64(EndedTokenLook.againMs) * 1_000 }

    /// Begins a pass over the last minutes.
    mutating func lookAgain(at micros: UInt64) {
      again = place(backMs: EndedTokenLook.againMs)
      againBegan = micros
    }

    /// Notes the last end of a page that was read.
    mutating func note(_ last: TokenEnd, now: Timestamp, at micros: UInt64) {
      let isAhead = last.before > now
      let moment = isAhead ? now : last.before
      if let newest, moment < newest { return }
      if newest.map({ $0 < moment }) ?? true { newsMicros = micros }
      newest = moment
      newestPlace = isAhead ? TokenEnd.Place(behind: moment) : TokenEnd.Place(behind: last)
    }
  }

  private let state: Locked<State>
  private let clock: any HubClock
  private let steadyMicros: @Sendable () -> UInt64

  /// Has not looked yet. An end that is ahead of `clock` moves no look on: others are still to come before it.
  /// `steadyMicros` is a clock that never jumps.
  public init(clock: any HubClock, steadyMicros: @escaping @Sendable () -> UInt64 = { monotonicMicros() }) {
    self.clock = clock
    self.steadyMicros = steadyMicros
    state = Locked(State(readMicros: steadyMicros()))
  }

  /// One round, of which there is one at a time: `read` gives a page behind a place, or from the beginning, in order and of at
  /// most `TokenEnd.pageLimit`; `end` is given each. Throws what `read` throws; the next round goes on where this one stopped.
  public func round(
    read: (TokenEnd.Place?) async throws -> [TokenEnd], end: ([TokenEnd]) async -> Void
  ) async throws {
    do {
      let begun = steadyMicros()
      if try await walk(\.recent, Self.pagesLimit, begun, read, end) {
        state.with { state in
          state.recent = state.isQuiet(at: begun) ? state.newestPlace : state.place(backMs: Self.backMs)
          if state.again == nil, !state.isQuiet(at: begun) { state.lookAgain(at: begun) }
          state.readMicros = begun
        }
      }
      if state.with({ $0.again != nil }), try await walk(\.again, Self.pagesAgainLimit, begun, read, end) {
        // What was written while this pass was under way may stand before where it was: the last one begins in quiet.
        state.with { state in
          if state.isQuiet(at: state.againBegan) { state.again = nil } else { state.lookAgain(at: begun) }
        }
      }
      let looksAtAll = state.with { state in
        state.round += 1
        if !state.looksAtAll, state.round % Self.roundsToAll == 0 { (state.looksAtAll, state.all) = (true, nil) }
        return state.looksAtAll
      }
      if looksAtAll, try await walk(\.all, 1, begun, read, end) { state.with { $0.looksAtAll = false } }
      state.with { $0.cause = nil }
    } catch {
      state.with { $0.cause = "\(error)" }
      throw error
    }
  }

  /// Reads at most so many pages from a place on, which it moves on; whether it came to the end.
  private func walk(
    _ path: any WritableKeyPath<State, TokenEnd.Place?> & Sendable, _ pages: Int, _ begun: UInt64,
    _ read: (TokenEnd.Place?) async throws -> [TokenEnd], _ end: ([TokenEnd]) async -> Void
  ) async throws -> Bool {
    for _ in 0..<pages {
      let now = clock.now()
      let page = try await read(state.with { $0[keyPath: path] })
      await end(page)
      if let last = page.last {
        state.with { state in
          state[keyPath: path] = TokenEnd.Place(behind: last)
          state.note(last, now: now, at: begun)
        }
      }
      if page.count < TokenEnd.pageLimit { return true }
    }
    return false
  }

  /// Whether all ends are known that were written until a few seconds ago.
  public var condition: Condition {
    let (since, cause) = state.with { ($0.readMicros, $0.cause) }
    let past = steadyMicros() &- since
    let isLate = past > Self.patienceMicros
    return Condition(
      "tokens.ended", isLate ? .unmet : .ok,
      found: isLate
        ? "not known for \(past / 1_000_000) s" + (cause.map { ": \($0)" } ?? ": there are too many")
        : "known until now",
      wanted: "a look into MongoDB each second, for tokens that were ended are taken until then",
      remedy: "see what MongoDB lacks; it goes on by itself")
  }
}
