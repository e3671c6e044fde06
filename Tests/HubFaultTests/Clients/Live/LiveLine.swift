import HubRuntime

/// One of the live side's protocols, as its clients speak it. It keeps its place from one connection to the next, keeps
/// its connection alive, and notices when nobody is there any more. Owner: the thread of the follower that has it.
protocol LiveLine: AnyObject {
  /// What it is called in the history.
  var name: String { get }
  /// Where it is in the tenant's stream; nil before anything came.
  var place: String? { get }
  /// Whether its events say of which order they are, and which of it.
  var isNumbered: Bool { get }
  /// Joins a process where it was before; it blocks for some seconds at most.
  func join(port: Int) throws
  /// What comes next; nothing after a moment in which nothing came.
  func next() -> Heard
  /// Ends the connection without a word.
  func leave()
}

/// What came on a line.
enum Heard {
  case event(EventText)
  /// From here on nothing is missed, but something may have been missed before: it is to be loaded. Why, in a word.
  case missed(String)
  /// Nothing to be done; what is worth a word in the history.
  case aside(String?)
  /// The connection is over.
  case end(String)
  /// What no client knows what to do with.
  case strange(String)
}

/// How long nothing was heard, and what is to be done about it.
struct Patience {
  /// How long a line waits at a time: whoever ends a follower waits as long.
  static let momentMs: Int32 = 500
  /// When it asks whether anybody is there, where a protocol lets it, and when it has waited enough.
  let asksAfterMs: Int
  let endsAfterMs: Int
  private var since = monotonicMicros()
  private var hasAsked = false

  init(asksAfterMs: Int, endsAfterMs: Int) {
    self.asksAfterMs = asksAfterMs
    self.endsAfterMs = endsAfterMs
  }

  mutating func heard() {
    since = monotonicMicros()
    hasAsked = false
  }

  /// After a moment of silence: `ask` is called once in a silence. Whether it has lasted too long.
  mutating func isOver(ask: () -> Void) -> Bool {
    let ms = Int((monotonicMicros() - since) / 1_000)
    if ms >= asksAfterMs, !hasAsked {
      hasAsked = true
      ask()
    }
    return ms >= endsAfterMs
  }
}
