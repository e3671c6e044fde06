public import HubContracts
public import HubRuntime
public import Orders

/// What somebody wants done to an order or a product, and what must be read before it can be decided.
///
/// `decide` is pure: it may run several times, against fresher state each time, before its outcome is written.
public struct Command: Sendable {
  /// What a command is about; it decides which lane serves it, so that writers of one order queue here instead of
  /// colliding in the database.
  public enum Subject: Sendable, Equatable {
    /// An order that does not exist yet, and the products it names.
    case newOrder(products: [Text])
    /// An order that exists.
    case order(OrderID)
    /// A product of the catalogue, existing or not.
    case product(Text)
  }

  /// Further reading that a decision needs.
  public typealias Needs = StepNeeds

  /// What it is about.
  public var subject: Subject
  /// Who wants it.
  public var actor: Actor
  /// What must be read.
  public var needs: Needs
  /// Under which key the answer is kept, if the client gave one.
  public var answer: AnswerSlot?
  /// The request's id, for the log.
  public var requestID: String
  /// How many items or lines it brings.
  let lines: Int
  /// Decides.
  let decide: @Sendable (borrowing Desktop, RuleContext) throws(Refusal) -> Decision

  init(
    _ subject: Subject, actor: Actor, needs: Needs = Needs(), lines: Int = 0, answer: AnswerSlot?, requestID: String,
    decide: @escaping @Sendable (borrowing Desktop, RuleContext) throws(Refusal) -> Decision
  ) {
    self.subject = subject
    self.actor = actor
    self.needs = needs
    self.lines = lines
    self.answer = answer
    self.requestID = requestID
    self.decide = decide
  }

  /// Whether nothing else may be decided in the same transaction.
  var isAlone: Bool { needs.allDeliveries }
  /// Whether it touches what writers of different orders share.
  var isShared: Bool {
    if needs.stock || needs.invoiceNumber || needs.creditNumber { return true }
    if case .product = subject { return true }
    return false
  }
}

/// Where a keyed answer goes.
public struct AnswerSlot: Sendable, Equatable {
  /// The key.
  public var key: AnswerKey
  /// What the request's body and user come to; another one under the same key is refused.
  public var fingerprint: String
  /// What other bodies come to that say the same as this one: none or a few.
  public var others: [String]
  /// Names a slot.
  public init(key: AnswerKey, fingerprint: String, others: [String] = []) {
    self.key = key
    self.fingerprint = fingerprint
    self.others = others
  }

  /// Whether an answer that was kept under the key is one to this request.
  public func fits(_ kept: KeptAnswer) -> Bool {
    kept.fingerprint == fingerprint || others.contains { $0 == kept.fingerprint }
  }
}

/// What a decision comes to.
struct Decision: Sendable {
  /// What to write.
  enum Effect: Sendable {
    case order(Change)
    case product(Product, isNew: Bool, row: LedgerRow?)
  }
  var effect: Effect
  /// The HTTP status of the answer.
  var status: Int
  /// The answer; `orderJSON` is the changed order, encoded once.
  var render: @Sendable (_ orderJSON: [UInt8]) -> [UInt8]
}

/// How a command ended.
public enum Outcome: Sendable {
  /// It is written; this is the answer.
  case done(status: Int, body: SharedBytes)
  /// It was refused, and nothing was written.
  case refused(Refusal)
  /// The key has this answer already.
  case replay(KeptAnswer)
  /// The key belongs to another body.
  case otherBody
  /// The same key is being worked on.
  case running
  /// The store does not answer: nothing was written. The text is for the log.
  case unavailable(String)
  /// The store's answer was lost: it may or may not be written. The text is for the log.
  case unknown(String)
  /// Others changed what it had read, each time it was tried: nothing was written.
  case contended
  /// Too much waits already, of all or of who asked: nothing was written.
  case overloaded(Places.Lack)
  /// A bug: nothing was written. The text is for the log.
  case broken(String)
}
