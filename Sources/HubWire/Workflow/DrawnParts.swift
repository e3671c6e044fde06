import Orders

/// A state as it is drawn: its name in bold, the phase below it; a second border where it is final.
struct DrawnState {
  private let name: DrawnText
  private let phase: Phase
  private let isFinal: Bool
  let width: Int
  let height: Int

  private static let lineHeight = 17
  private static let padding = 12

  init(_ state: WorkflowChart.State) {
    name = DrawnText(Text(state.name), cells: 22, lines: 3)
    phase = state.phase
    isFinal = state.isFinal
    let cells = max(name.lines.map(\.cells).max() ?? 0, phase.rawValue.utf8.count)
    width = cells * 8 + 2 * Self.padding
    height = (name.lines.count * Self.lineHeight + 15 + 2 * Self.padding + 1) / 2 * 2
  }

  func write(in box: WorkflowLayout.Box, width: Int, to svg: inout SVGWriter) {
    let (top, middle) = (box.y - box.height / 2, box.x + width / 2)
    svg.raw("<g class=\"state \(phase.rawValue)\">")
    svg.raw("<rect x=\"\(box.x)\" y=\"\(top)\" width=\"\(width)\" height=\"\(box.height)\" rx=\"8\"/>")
    if isFinal {
      svg.raw("<rect class=\"inner\" x=\"\(box.x + 4)\" y=\"\(top + 4)\" width=\"\(width - 8)\"")
      svg.raw(" height=\"\(box.height - 8)\" rx=\"5\"/>")
    }
    svg.raw("\n")
    var y = box.y - height / 2 + Self.padding + 13
    for line in name.lines {
      svg.line(line, "name", x: middle, y: y, width: width - 8, height: Self.lineHeight)
      y += Self.lineHeight
    }
    svg.element("text", " class=\"phase\" x=\"\(middle)\" y=\"\(y - 1)\"", phase.rawValue)
    svg.raw("</g>\n")
  }
}

/// What stands at an arrow: the events, and below those of the same people who may do them.
struct DrawnLabel {
  private var lines: [(line: DrawnText.Line, style: StaticString)] = []
  let width: Int
  let height: Int

  private static let lineHeight = 15
  private static let padding = 6

  init(_ arrow: WorkflowChart.Arrow) {
    for group in arrow.groups {
      for event in group.events { lines += DrawnText(event, cells: 26, lines: 3).lines.map { ($0, "event") } }
      lines += DrawnText(Text(group.who), cells: 32, lines: 3).lines.map { ($0, "who") }
    }
    if arrow.left > 0 { lines += DrawnText("and \(arrow.left) more", cells: 32, lines: 1).lines.map { ($0, "who") } }
    width = (lines.map(\.line.cells).max() ?? 0) * 8 + 2 * Self.padding
    height = (lines.count * Self.lineHeight + 2 * Self.padding + 1) / 2 * 2
  }

  /// Writes it into the middle of a column of this width.
  func write(in box: WorkflowLayout.Box, _ column: Int, to svg: inout SVGWriter) {
    let (left, top) = (box.x + (column - width) / 2, box.y - box.height / 2)
    svg.raw("<rect class=\"chip\" x=\"\(left)\" y=\"\(top)\" width=\"\(width)\" height=\"\(box.height)\" rx=\"4\"/>\n")
    var y = top + Self.padding + 11
    for (line, style) in lines {
      svg.line(line, style, x: left + width / 2, y: y, width: width - 4, height: Self.lineHeight)
      y += Self.lineHeight
    }
  }
}

/// Where at the states' sides the lines begin and end: in the order of what they lead to, so that few cross.
struct DrawnPorts {
  /// By arrow: the height where it leaves its state…
  private(set) var beginnings: [Int]
  /// …and where it arrives.
  private(set) var ends: [Int]
  /// The place of an arrow's lane among the lanes; 0 of others.
  private(set) var lanes: [Int]

  private struct Port {
    let arrow: Int
    let isEnd: Bool
    let other: Int
  }

  init(_ chart: WorkflowChart, _ layout: WorkflowLayout) {
    beginnings = [Int](repeating: layout.boxes[0].y, count: chart.arrows.count)
    ends = beginnings
    lanes = [Int](repeating: 0, count: chart.arrows.count)
    var left = [[Port]](repeating: [], count: chart.states.count + 1)
    var right = left
    var lane = 0
    for (index, arrow) in chart.arrows.enumerated() {
      let (from, to) = (layout.box(ofState: arrow.from), layout.box(ofState: arrow.to))
      let y = layout.boxes[layout.box(ofArrow: index)].y
      let (begins, ends) = (Port(arrow: index, isEnd: false, other: y), Port(arrow: index, isEnd: true, other: y))
      switch layout.courses[index] {
      case .onward:
        right[from].append(begins)
        left[to].append(ends)
      case .aside:
        right[from].append(begins)
        right[to].append(ends)
      case .back, .lane:
        left[from].append(begins)
        right[to].append(ends)
      }
      if layout.courses[index] == .lane {
        lanes[index] = lane
        lane += 1
      }
    }
    for box in 1..<(chart.states.count + 1) {
      for side in [left[box], right[box]] { spread(side, over: layout.boxes[box]) }
    }
  }

  private mutating func spread(_ ports: [Port], over box: WorkflowLayout.Box) {
    let sorted = ports.sorted { ($0.other, $0.arrow, $0.isEnd ? 1 : 0) < ($1.other, $1.arrow, $1.isEnd ? 1 : 0) }
    for (place, port) in sorted.enumerated() {
      let y = box.y - box.height / 2 + box.height * (place + 1) / (sorted.count + 1)
      if port.isEnd { ends[port.arrow] = y } else { beginnings[port.arrow] = y }
    }
  }
}
