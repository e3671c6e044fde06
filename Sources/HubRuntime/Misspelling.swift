/// What somebody meant who mistyped a name: a setting, a command, an option.
public enum Misspelling {
  /// How many letters may be wrong, missing or too many in a misspelt name; in a short one fewer, for it is like many.
  private static func mistakes(in name: [UInt8]) -> Int { min(2, (name.count + 2) / 3) }

  /// The name that is most like what was typed, whatever its letters' case; nil if none is near.
  public static func nearest(to typed: String, among names: [String]) -> String? {
    let typed = letters(typed)
    let near = names.compactMap { name -> (name: String, distance: Int)? in
      let own = letters(name)
      let mistakes = mistakes(in: own)
      guard abs(own.count - typed.count) <= mistakes else { return nil }
      let distance = distance(from: typed, to: own)
      return distance <= mistakes ? (name, distance) : nil
    }
    return near.min { $0.distance < $1.distance }?.name
  }

  /// ` (did you mean NAME?)`, to stand behind what was typed; empty if no name is near.
  public static func hint(for typed: String, among names: [String]) -> String {
    nearest(to: typed, among: names).map { " (did you mean \($0)?)" } ?? ""
  }

  private static func letters(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }

  /// Letters to insert, remove, replace or swap with their neighbour until one text is the other.
  private static func distance(from left: [UInt8], to right: [UInt8]) -> Int {
    var before: [Int] = []
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var next = [index + 1]
      for (column, other) in right.enumerated() {
        var least = min(row[column] + (letter == other ? 0 : 1), row[column + 1] + 1, next[column] + 1)
        if index > 0, column > 0, letter == right[column - 1], left[index - 1] == other {
          least = min(least, before[column - 1] + 1)
        }
        next.append(least)
      }
      (before, row) = (row, next)
    }
    return row[right.count]
  }
}
