public import Orders

/// How far a walk over a collection is, by the identities of its documents, so that whoever comes after a worker that was
/// killed goes on where it was, and what is done is not looked for again.
///
/// A look goes over all of them once. What cannot be put right is counted, named and passed: it keeps nobody else waiting.
/// A look that has changed something, or had to leave something for later, is followed by another; when one found nothing
/// more to do the walk is done.
public struct WalkPlace: Sendable, Equatable {
  /// Grows with each change, and guards it: of two that did the same step one moves on.
  public var step: Int64 = 0
  /// The identity of the last document looked at; nil at the begin of a look.
  public var after: Text?
  /// What this look has come to so far.
  public var sum = Sum()
  /// What the last whole look came to; nil before there was one.
  public var last: Sum?
  /// How many whole looks there were.
  public var looks: Int64 = 0
  /// When the next look may begin.
  public var due = Timestamp(millis: 0)
  /// Whether nothing is left to do.
  public var isDone = false

  /// The begin of a walk.
  public init() {}

  /// What a look came to.
  public struct Sum: Sendable, Equatable {
    /// How many documents were put right.
    public var changed: Int64 = 0
    /// How many were not: those that cannot be, and those that the next look tries again.
    public var left: Int64 = 0
    /// How many of these the next look tries again.
    public var postponed: Int64 = 0
    /// The identities of the first of those that are left, at most `WalkPlace.namesLimit`.
    public var names: [Text] = []
    /// Nothing yet.
    public init() {}
  }

  /// How many of what is left are named.
  public static let namesLimit = 100
  /// How long after one look the next one begins, in milliseconds.
  public static let pauseMs: Int64 = 3_600_000
  /// After so many looks what is postponed still is taken for what cannot be put right.
  public static let looksLimit: Int64 = 24

  /// How often a walk is tried to be begun anew while workers move it on.
  public static let restartTries = 100

  /// Why a walk was not begun anew.
  public static func keptMoving(_ walk: String) -> StoreError {
    .broken("workers moved the walk \(walk) on at each of \(restartTries) tries to begin it anew: try again")
  }

  /// How many documents are known to be left: of this look, or of the one before while that is more.
  public var leftCount: Int64 { isDone ? last?.left ?? 0 : max(sum.left, last?.left ?? 0) }

  /// The place after a step.
  public func moved(by step: WalkStep, now: Timestamp) -> WalkPlace {
    var next = self
    next.step += 1
    next.after = step.last
    next.sum.changed += Int64(step.changed)
    next.sum.left += Int64(step.left.count + step.postponed.count)
    next.sum.postponed += Int64(step.postponed.count)
    let room = Self.namesLimit - next.sum.names.count
    next.sum.names += (step.left + step.postponed).prefix(max(0, room))
    guard step.last == nil else { return next }
    next.looks += 1
    next.isDone = next.sum.changed == 0 && (next.sum.postponed == 0 || next.looks >= Self.looksLimit)
    (next.last, next.sum) = (next.sum, Sum())
    next.due = Timestamp(millis: now.millis + Self.pauseMs)
    return next
  }
}

/// What a step of a walk came to.
public struct WalkStep: Sendable, Equatable {
  /// How many documents were put right.
  public var changed = 0
  /// Those that cannot be.
  public var left: [Text] = []
  /// Those that are tried again by the next look.
  public var postponed: [Text] = []
  /// The last document looked at; nil where there are no more.
  public var last: Text?
  /// A step that did nothing.
  public init(last: Text? = nil) { self.last = last }
}

/// What a step of a walk has to do.
public struct WalkPage<Found: Sendable & Equatable>: Sendable, Equatable {
  /// What is to be put right.
  public var found: [Found]
  /// What cannot be read.
  public var unreadable: [Text]
  /// The last document looked at; nil where there are no more.
  public var last: Text?
  /// Describes a page.
  public init(found: [Found], unreadable: [Text], last: Text?) {
    self.found = found
    self.unreadable = unreadable
    self.last = last
  }
}
