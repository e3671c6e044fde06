import Orders

/// The words and bounds of a workflow's JSON. The reader takes what stands here, and the schema describes it.
enum WorkflowWords {
  /// Who may: `staff`, the roles, and what one is to an order.
  static let who = ["staff"] + Role.allCases.map(\.rawValue) + Relation.allCases.map(\.rawValue)
  /// How many of them a row may name.
  static let whoLimit = 16
  /// The conditions that are nothing but a word.
  static let plainConditions = ["stockSuffices"]
  /// The members by which a condition is known that is more than a word, in the order in which they are looked for.
  static let conditions = ["payment", "before", "after", "amountIsDue", "has", "partIs"]
  /// The same of effects; those that are nothing but a word are `WorkflowEffect.plain`.
  static let effects = ["notify", "call", "startTimer", "stopTimer", "set", "addPart", "movePart"]
  /// The same of a value that is set.
  static let values = ["from", "minutesFromNow", "text", "now"]
  /// The most bytes of a label.
  static let labelLimit = 200
  /// The most bytes of a text that is set.
  static let textLimit = 500
  /// The widest bounds of a whole number.
  static let whole: ClosedRange<Int64> = -1_000_000_000_000...1_000_000_000_000
}
