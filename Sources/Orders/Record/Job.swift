/// Something that is to be done later, or elsewhere, than the write that asks for it: a timer, a notice, a call to a
/// partner.
///
/// It is written in the transaction of the change that asks for it, and taken up by a worker once it is due. It is done
/// at least once: whoever does it may be killed before it is noted, so doing it twice must change nothing.
public struct Job: Sendable, Equatable {
  /// The identity. A timer that is started anew keeps the one it had.
  public var id: JobID
  /// Whose.
  public var tenantID: TenantID
  /// What sort of thing it is, and so who does it.
  public var kind: JobKind
  /// What is to be done, as whoever does it knows it: 1 to 100 bytes.
  public var name: Text
  /// The order that it is about, if it is about one.
  public var orderID: OrderID?
  /// Not before then.
  public var due: Timestamp
  /// How often it was begun since it was asked for, or released.
  public var attempts: Int64
  /// How it stands.
  public var state: JobState
  /// Why it was not done the last time, for people: at most `Job.errorLimitBytes`.
  public var lastError: Text?
  /// What whoever does it needs to know, as JSON or empty; at most `Job.payloadLimitBytes`. Nobody else reads it.
  public var payload: [UInt8]
  /// When it was asked for.
  public var createdAt: Timestamp
  /// When it was given up; nil unless it was.
  public var diedAt: Timestamp?
  /// Who discarded it and why; nil unless somebody did.
  public var discard: Discard?

  /// Why nobody will do it any more.
  public struct Discard: Sendable, Equatable {
    /// In the words of who discarded it: 1 to 500 characters.
    public var reason: Text
    /// Who.
    public var by: UserID
    /// When.
    public var at: Timestamp
    /// Describes it.
    public init(reason: Text, by: UserID, at: Timestamp) {
      self.reason = reason
      self.by = by
      self.at = at
    }
  }

  /// Describes a job that waits to be done for the first time.
  public init(
    id: JobID, tenantID: TenantID, kind: JobKind, name: Text, orderID: OrderID? = nil, due: Timestamp,
    payload: [UInt8] = [], createdAt: Timestamp
  ) {
    self.id = id
    self.tenantID = tenantID
    self.kind = kind
    self.name = name
    self.orderID = orderID
    self.due = due
    attempts = 0
    state = .waiting
    self.payload = payload
    self.createdAt = createdAt
  }

  /// The most bytes of a name.
  public static let nameLimitBytes = 100
  /// The most bytes of a payload.
  public static let payloadLimitBytes = 65_536
  /// The most bytes of an error.
  public static let errorLimitBytes = 500

  /// What an order has one of at most; nil for what it may have several of: notices and calls.
  public var key: JobKey? {
    guard kind == .timer, let orderID else { return nil }
    return JobKey(orderID: orderID, name: name)
  }
}

/// The identity of a job.
public typealias JobID = Identifier<Job>

/// Names one of an order's timers.
public struct JobKey: Hashable, Sendable {
  /// The order.
  public var orderID: OrderID
  /// The timer's name.
  public var name: Text
  /// Names a timer.
  public init(orderID: OrderID, name: Text) {
    self.orderID = orderID
    self.name = name
  }
}

/// How a job stands.
public enum JobState: String, Sendable, CaseIterable {
  /// It is to be done, or is being done.
  case waiting
  /// It was tried as often as is worth it: a dead letter, which somebody may release or discard.
  case dead
  /// Somebody has discarded it; it is kept for a while, with the reason.
  case discarded
}

/// What sort of thing a job is. Open, as a process must be able to read what a newer one has written.
public struct JobKind: Hashable, Sendable, CustomStringConvertible {
  /// 1 to 40 of `a–z 0–9 _ -`.
  public let word: Text
  /// Nil unless the word is 1 to 40 of the allowed characters.
  public init?(_ word: Text) {
    guard (1...40).contains(word.utf8.count), word.utf8.allSatisfy(Self.allows) else { return nil }
    self.word = word
  }
  private init(known word: Text) { self.word = word }
  /// The word.
  public var description: String { word.string }

  /// A time that has come: something happens to an order by itself.
  public static let timer = JobKind(known: "timer")
  /// Somebody is told something.
  public static let notice = JobKind(known: "notice")
  /// Another system is asked for something.
  public static let call = JobKind(known: "call")

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x7a, 0x2d, 0x5f: true
    default: false
    }
  }
}
