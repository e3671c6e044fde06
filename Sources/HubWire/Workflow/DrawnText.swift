import Orders

/// A text of somebody's as it stands in a picture: without line breaks, controls, and marks that turn the direction of
/// what stands beside it, in lines of at most so many cells. A cell is the width of a letter of a typewriter.
struct DrawnText {
  /// The lines; what did not fit ends with `…`.
  private(set) var lines: [Line] = []

  /// One line of it.
  struct Line {
    var text = ""
    var cells = 0
    /// Whether it is of ASCII alone, so that its width is known.
    var isPlain = true
  }

  /// Sets a text in at most `limit` lines.
  init(_ text: Text, cells width: Int, lines limit: Int) {
    var line = Line()
    // Where a line may end, and what stands behind it.
    var rest: Line?
    for scalar in Self.cleaned(text) {
      let cells = Self.cells(of: scalar)
      if line.cells + cells > width {
        if lines.count + 1 == limit {
          line.text.unicodeScalars.append("…")
          line.cells += 1
          line.isPlain = false
          break
        }
        var next = Line()
        if let behind = rest {
          line.text = String(line.text.unicodeScalars.dropLast(behind.text.unicodeScalars.count))
          line.cells -= behind.cells
          next = behind
        }
        lines.append(line)
        line = next
        rest = nil
      }
      line.append(scalar, cells)
      if scalar == " " || scalar == "-" || scalar == "_" { rest = Line() } else { rest?.append(scalar, cells) }
    }
    lines.append(line)
  }

  /// The scalars that are drawn: a blank for each break and control, nothing for marks of direction.
  static func cleaned(_ text: Text) -> [Unicode.Scalar] {
    text.string.unicodeScalars.compactMap { scalar in
      switch scalar.value {
      case 0x20..<0x7f: return scalar
      case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: return nil
      // No character of XML.
      case 0xfffe, 0xffff: return "\u{fffd}"
      default:
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return " "
        default: return scalar
        }
      }
    }
  }

  private static func cells(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x7f { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return scalar.value < 0x590 ? 1 : 2
    }
  }
}

extension DrawnText.Line {
  fileprivate mutating func append(_ scalar: Unicode.Scalar, _ cells: Int) {
    text.unicodeScalars.append(scalar)
    self.cells += cells
    if scalar.value >= 0x7f { isPlain = false }
  }

  /// The line as it stands beside others: one that may be written from right to left is a run of its own.
  var isolated: String { isPlain ? text : "\u{2068}\(text)\u{2069}" }
}
