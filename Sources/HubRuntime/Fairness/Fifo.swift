/// First in, first out; what was taken too early goes back to the front. Each step costs the same, however many wait.
public struct Fifo<Element> {
  /// What was put back, the first one last.
  private var front: [Element] = []
  private var back: [Element?] = []
  private var head = 0

  /// An empty one.
  public init() {}

  /// How many wait.
  public var count: Int { front.count + back.count - head }
  /// Whether none waits.
  public var isEmpty: Bool { front.isEmpty && head == back.count }
  /// The next one.
  public var first: Element? { front.last ?? (head < back.count ? back[head] : nil) }

  /// Puts one behind all others.
  public mutating func append(_ element: Element) { back.append(element) }

  /// Puts one before all others.
  public mutating func prepend(_ element: Element) { front.append(element) }

  /// Takes the next one.
  public mutating func popFirst() -> Element? {
    if let element = front.popLast() { return element }
    guard head < back.count else { return nil }
    let element = back[head]
    back[head] = nil
    head += 1
    // What was taken is cut off in large pieces, so that each element is moved once at most, about.
    if head == back.count || head >= 1_024 && head * 2 >= back.count {
      back.removeFirst(head)
      head = 0
    }
    return element
  }
}
