import Orders

/// Where in a JSON text a value stands that is named by its path: `rows[3].effects[0]`.
///
/// The text is one that `JSONParser` has read. A path that leads further than the text stands for the last value on it,
/// so a member that is missing is told at its object.
public struct JSONPlaces {
  private let text: [UInt8]

  /// Looks into a text.
  public init(_ text: [UInt8]) { self.text = text }

  /// The line of a value, from 1.
  public func line(of path: String) -> Int {
    let offset = offset(of: Self.steps(path))
    return 1 + text[..<min(offset, text.count)].count { $0 == UInt8(ascii: "\n") }
  }

  private enum Step {
    case member([UInt8])
    case element(Int)
  }

  private static func steps(_ path: String) -> [Step] {
    path.utf8.split(separator: UInt8(ascii: ".")).flatMap { part -> [Step] in
      let pieces = part.split(separator: UInt8(ascii: "["), omittingEmptySubsequences: false)
      let name = pieces.first.map { [Step.member(Array($0))] } ?? []
      return name
        + pieces.dropFirst().compactMap { Int(String(decoding: $0.dropLast(), as: UTF8.self)).map(Step.element) }
    }
  }

  private func offset(of steps: [Step]) -> Int {
    var at = afterSpace(0)
    for step in steps {
      guard let next = place(of: step, from: at) else { return at }
      at = next
    }
    return at
  }

  /// The value that a step leads to from the value at a place; nil if it has none such.
  private func place(of step: Step, from start: Int) -> Int? {
    var at = start
    guard at < text.count else { return nil }
    switch (step, text[at]) {
    case (.member(let name), UInt8(ascii: "{")):
      at = afterSpace(at + 1)
      while at < text.count, text[at] == UInt8(ascii: "\"") {
        let end = afterValue(at)
        let value = afterSpace(afterSpace(end) + 1)
        if text[(at + 1)..<max(at + 1, end - 1)].elementsEqual(name) { return value }
        at = afterSpace(afterValue(value))
        if at < text.count, text[at] == UInt8(ascii: ",") { at = afterSpace(at + 1) }
      }
      return nil
    case (.element(let index), UInt8(ascii: "[")):
      at = afterSpace(at + 1)
      for _ in 0..<index {
        guard at < text.count, text[at] != UInt8(ascii: "]") else { return nil }
        at = afterSpace(afterValue(at))
        if at < text.count, text[at] == UInt8(ascii: ",") { at = afterSpace(at + 1) }
      }
      return at < text.count && text[at] != UInt8(ascii: "]") ? at : nil
    case (.member, _), (.element, _): return nil
    }
  }

  private func afterSpace(_ start: Int) -> Int {
    var at = start
    while at < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[at]) { at += 1 }
    return at
  }

  /// Behind the value that begins here.
  private func afterValue(_ start: Int) -> Int {
    var at = start
    var depth = 0
    repeat {
      guard at < text.count else { return at }
      switch text[at] {
      case UInt8(ascii: "\""):
        at += 1
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        at += 1
      default:
        at += 1
        while depth == 0, at < text.count, !Self.ends(text[at]) { at += 1 }
      }
    } while depth > 0
    return at
  }

  private static func ends(_ byte: UInt8) -> Bool {
    [0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(byte)
  }
}
