extension SettingKey {
  /// How many letters may be wrong, missing or too many in a misspelt name.
  private static let mistakes = 2

  /// The setting whose name is most like `name`, whatever its letters' case; nil if none is near.
  static func nearest(to name: String) -> SettingKey? {
    let name = Array(name.uppercased().utf8)
    let near = allCases.compactMap { key -> (key: SettingKey, distance: Int)? in
      let own = Array(key.rawValue.utf8)
      guard abs(own.count - name.count) <= mistakes else { return nil }
      let distance = distance(from: name, to: own)
      return distance <= mistakes ? (key, distance) : nil
    }
    return near.min { $0.distance < $1.distance }?.key
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
