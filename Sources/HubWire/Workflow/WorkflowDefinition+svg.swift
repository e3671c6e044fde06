public import Orders

extension WorkflowDefinition {
  /// The table as an SVG picture, UTF-8: states in columns by how far they are from the beginning, in the colours of their
  /// phases, and arrows labelled with the events and who may do them.
  ///
  /// It stands for itself: no script, no reference, readable on light and on dark ground; `<title>` and `<desc>` tell it to
  /// those who hear it. Of more than 1,000 ways, 12 events at one or 3,000 in all the further ones are counted.
  public var svg: [UInt8] { WorkflowDrawing(WorkflowChart(self)).bytes }
}

/// The drawing of a chart.
struct WorkflowDrawing {
  private let chart: WorkflowChart
  private let layout: WorkflowLayout
  private let names: [DrawnState]
  private let labels: [DrawnLabel]

  init(_ chart: WorkflowChart) {
    self.chart = chart
    names = chart.states.map(DrawnState.init)
    labels = chart.arrows.map(DrawnLabel.init)
    layout = WorkflowLayout(
      chart, states: names.map { ($0.width, $0.height) }, labels: labels.map { ($0.width, $0.height) })
  }

  /// The picture.
  var bytes: [UInt8] {
    var svg = SVGWriter(capacity: 4_096 + chart.arrows.count * 512)
    let foot = chart.leftOut > 0 ? 24 : 0
    let (width, height) = (max(layout.width, foot > 0 ? 320 : 0), layout.height + foot)
    svg.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\"")
    svg.raw(" viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-labelledby=\"workflow-title workflow-desc\">\n")
    svg.element("title", " id=\"workflow-title\"", "Workflow \(chart.name)")
    svg.element("desc", " id=\"workflow-desc\"", description)
    svg.raw("<style>\(Self.style)</style>\n")
    svg.raw("<rect class=\"ground\" width=\"\(width)\" height=\"\(height)\"/>\n")
    let ports = DrawnPorts(chart, layout)
    for index in chart.arrows.indices { draw(arrow: index, ports, to: &svg) }
    for (index, label) in labels.enumerated() {
      label.write(in: layout.boxes[layout.box(ofArrow: index)], widthOf(index), to: &svg)
    }
    let start = layout.boxes[0]
    svg.raw("<circle class=\"start\" cx=\"\(start.x + start.width / 2)\" cy=\"\(start.y)\" r=\"8\"/>\n")
    for (index, state) in names.enumerated() {
      let box = layout.boxes[layout.box(ofState: index)]
      state.write(in: box, width: layout.widths[box.column], to: &svg)
    }
    if chart.leftOut > 0 {
      svg.element(
        "text", " class=\"more\" x=\"\(WorkflowLayout.margin)\" y=\"\(height - WorkflowLayout.margin)\"",
        "\(chart.leftOut) further ways are not drawn")
    }
    svg.raw("</svg>\n")
    return svg.bytes
  }

  /// How wide the column is that a label stands in the middle of; of one on a lane its own.
  private func widthOf(_ arrow: Int) -> Int {
    let box = layout.boxes[layout.box(ofArrow: arrow)]
    return box.column < 0 ? box.width : layout.widths[box.column]
  }

  // MARK: For those who hear it

  private static let descriptionLimit = 100

  private var description: String {
    let final = chart.states.filter(\.isFinal).map(\.name)
    var said = ["\(chart.states.count) states; it ends in \(final.isEmpty ? "none" : final.joined(separator: ", "))."]
    for arrow in chart.arrows.prefix(Self.descriptionLimit) {
      let events = arrow.groups.flatMap { group in
        group.events.map { "\(DrawnText($0, cells: 80, lines: 1).lines[0].isolated) (\(group.who))" }
      }
      let from = arrow.from.map { chart.states[$0].name } ?? "the beginning"
      said.append("From \(from) to \(chart.states[arrow.to].name): \(events.joined(separator: ", ")).")
    }
    let more = chart.arrows.count - Self.descriptionLimit + chart.leftOut
    if more > 0 { said.append("And \(more) further ways.") }
    return said.joined(separator: "\n")
  }

  // MARK: Lines

  private func draw(arrow: Int, _ ports: DrawnPorts, to svg: inout SVGWriter) {
    let index = layout.box(ofArrow: arrow)
    let label = layout.boxes[index]
    let way = chart.arrows[arrow]
    let from = edge(of: layout.box(ofState: way.from), isRight: layout.courses[arrow].leavesRight)
    let to = edge(of: layout.box(ofState: way.to), isRight: layout.courses[arrow].arrivesRight)
    let (y1, y2) = (ports.beginnings[arrow], ports.ends[arrow])
    let left = label.x + (widthOf(arrow) - label.width) / 2
    let right = left + label.width
    let columnEnd = label.x + widthOf(arrow)
    switch layout.courses[arrow] {
    case .onward:
      svg.raw("<path class=\"way\" d=\"\(curve(from, y1, label.x, label.y))H\(left)")
      svg.raw("M\(right) \(label.y)H\(columnEnd)\(bend(columnEnd, label.y, to - 7, y2))\"/>")
    case .aside:
      let apart = min(6, label.height / 4)
      svg.raw("<path class=\"way\" d=\"\(curve(from, y1, label.x, label.y - apart))H\(left)")
      svg.raw("M\(left) \(label.y + apart)H\(label.x)\(bend(label.x, label.y + apart, to + 7, y2))\"/>")
    case .back:
      svg.raw("<path class=\"way back\" d=\"\(curve(from, y1, columnEnd, label.y))H\(right)")
      svg.raw("M\(left) \(label.y)H\(label.x)\(bend(label.x, label.y, to + 7, y2))\"/>")
    case .lane:
      let aside = 12 + ports.lanes[arrow] % 40 * 3
      svg.raw("<path class=\"way back\" d=\"M\(from) \(y1)H\(from - aside)V\(label.y)H\(right)")
      svg.raw("M\(left) \(label.y)H\(to + aside)V\(y2)H\(to + 7)\"/>")
    }
    let tip = layout.courses[arrow].arrivesRight ? "l8-4v8z" : "l-8-4v8z"
    svg.raw("<path class=\"tip\" d=\"M\(to) \(y2)\(tip)\"/>\n")
  }

  private func edge(of box: Int, isRight: Bool) -> Int {
    let x = layout.boxes[box].x
    return isRight ? x + (box == 0 ? layout.boxes[0].width : layout.widths[layout.boxes[box].column]) : x
  }

  private func curve(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) -> String { "M\(x1) \(y1)\(bend(x1, y1, x2, y2))" }

  private func bend(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) -> String {
    let middle = (x1 + x2) / 2
    return "C\(middle) \(y1) \(middle) \(y2) \(x2) \(y2)"
  }

  // MARK: Style

  private static let style: String = {
    func rules(_ colours: KeyPath<Phase, (fill: String, line: String, ink: String)>) -> String {
      Phase.allCases.map { phase in
        let (fill, line, ink) = phase[keyPath: colours]
        let name = phase.rawValue
        return ".\(name) rect{fill:\(fill);stroke:\(line)}.\(name) text{fill:\(ink)}"
      }.joined()
    }
    return """
      text{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;text-anchor:middle}
      .name{font-size:13px;font-weight:bold}.phase,.who{font-size:11px}.event,.more{font-size:12px}.more{text-anchor:start}
      .state rect{stroke-width:1.5}.state .inner{fill:none}
      .way{fill:none;stroke-width:1.3;stroke-linejoin:round}.back{stroke-dasharray:5 3}
      .ground{fill:#fff}.way{stroke:#6b7280}.tip,.start{fill:#6b7280}.chip{fill:#f4f5f7}.event,.more{fill:#1f2430}.who{fill:#5a6270}
      \(rules(\.colours))
      @media (prefers-color-scheme:dark){
      .ground{fill:#14161b}.way{stroke:#8b93a1}.tip,.start{fill:#8b93a1}.chip{fill:#20242c}.event,.more{fill:#e6e8ec}.who{fill:#a7aebb}
      \(rules(\.darkColours))}
      """
  }()
}

extension WorkflowLayout.Course {
  /// Whether its line leaves the state on its right side.
  fileprivate var leavesRight: Bool {
    switch self {
    case .onward, .aside: true
    case .back, .lane: false
    }
  }
  /// Whether it arrives at the state's right side.
  fileprivate var arrivesRight: Bool {
    switch self {
    case .aside, .back, .lane: true
    case .onward: false
    }
  }
}
