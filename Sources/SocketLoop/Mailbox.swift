import HubRuntime

/// Letters from other threads to a loop, in order, bounded in number and in weight.
public final class Mailbox<Letter: Sendable>: Sendable {
  private struct State: Sendable {
    var letters: [Letter] = []
    var bytes = 0
    var isClosed = false
  }
  private let waiting: Locked<State>
  private let limit: Int
  private let limitBytes: Int

  /// An empty mailbox for at most `limit` letters of together at most `limitBytes`.
  public init(limit: Int, limitBytes: Int) {
    self.limit = limit
    self.limitBytes = limitBytes
    waiting = Locked(State())
  }

  /// What became of a letter.
  public enum Posting: Sendable, Equatable {
    /// It is the first that waits: the reader must be woken.
    case first
    /// Others wait already.
    case further
    /// There is no room, or the mailbox is closed: it was not taken.
    case full
  }

  /// Puts a letter of so many bytes in. An `urgent` one is taken beyond the limits; only what is rare may be urgent.
  public func post(_ letter: Letter, bytes: Int = 0, urgent: Bool = false) -> Posting {
    waiting.with { waiting in
      if waiting.isClosed { return .full }
      let isFull = waiting.letters.count >= limit || waiting.bytes + bytes > limitBytes
      if isFull, !urgent, !waiting.letters.isEmpty { return .full }
      waiting.letters.append(letter)
      waiting.bytes += bytes
      return waiting.letters.count == 1 ? .first : .further
    }
  }

  /// Takes all that wait.
  public func takeAll() -> [Letter] {
    waiting.with { waiting in
      let taken = waiting.letters
      waiting.letters = []
      waiting.bytes = 0
      return taken
    }
  }

  /// Takes no more letters, urgent or not, and gives those that wait.
  public func close() -> [Letter] {
    waiting.with { $0.isClosed = true }
    return takeAll()
  }
}
