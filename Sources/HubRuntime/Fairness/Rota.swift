/// One of those who take turns.
protocol TurnTaker: AnyObject {
  /// How much more work it may have done before it is the next one's turn; below zero: it had more than its part.
  var credit: Int { get set }
  /// Whether it wants nothing now.
  var isIdle: Bool { get }
}

/// Turns among those who want work done: each has a quantum of it, then the next.
///
/// Deficit round robin whose costs may become known only afterwards (M. Shreedhar and G. Varghese, 1995, with the debt
/// of surplus round robin), with the two lists of FQ-CoDel (RFC 8290, 4.1): who newly comes goes first, once. Who wants
/// nothing any more but had too much stays until its turns have made up for it, so nobody sheds a debt by asking for one
/// thing at a time. What a turn costs to find is, over time, a step for each quantum of work.
struct Rota<Node: TurnTaker> {
  private var new = Fifo<Node>()
  private var old = Fifo<Node>()
  private let quantum: Int
  /// The most quanta that somebody can owe: a single thing that costs more delays its owner no longer than that.
  static var debtLimit: Int { 16 }

  init(quantum: Int) { self.quantum = quantum }

  /// Lets one in that is not in.
  mutating func enter(_ node: Node) {
    node.credit = quantum
    new.append(node)
  }

  /// Whose turn it is, of those that are eligible; nil if there is none. `leave` is told who is not in any more.
  mutating func current(where isEligible: (Node) -> Bool, leave: (Node) -> Void) -> Node? {
    var passed = 0
    while passed <= new.count + old.count {
      let isNew = !new.isEmpty
      guard let node = isNew ? new.first : old.first else { return nil }
      if node.credit <= 0 {
        node.credit += quantum
        passed = 0
      } else if !node.isIdle {
        if isEligible(node) { return node }
        passed += 1
      } else if !isNew {
        _ = old.popFirst()
        leave(node)
        continue
      }
      _ = isNew ? new.popFirst() : old.popFirst()
      old.append(node)
    }
    return nil
  }

  /// What `node` had done for it; less than zero gives back.
  func charge(_ work: Int, to node: Node) {
    let credit = node.credit.subtractingReportingOverflow(work)
    node.credit = min(max(credit.overflow ? .min : credit.partialValue, -quantum * Self.debtLimit), quantum)
  }
}
