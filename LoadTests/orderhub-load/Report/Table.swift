/// A table of text whose columns line up: the first to the left, the others to the right.
struct Table {
  private var rows: [[String]] = []
  private let header: [String]

  init(_ header: [String]) { self.header = header }

  /// Adds a row; missing cells are empty.
  mutating func add(_ cells: [String]) { rows.append(cells) }

  var isEmpty: Bool { rows.isEmpty }

  /// The lines, the header first.
  func lines() -> [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return all.map { row in
      let cells = header.indices.map { column in
        let cell = column < row.count ? row[column] : ""
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
