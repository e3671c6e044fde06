public import Orders

extension WorkflowDefinition {
  /// The table as a Mermaid state diagram (`stateDiagram-v2`), UTF-8: the states in the colours of their phases, and one
  /// arrow for each way from one to another, labelled with the events and who may do them.
  ///
  /// Of more than 1,000 ways, 12 events at one or 3,000 in all the further ones are counted. A tenant's texts stand as
  /// entities wherever Mermaid or HTML would read them.
  public var mermaid: [UInt8] {
    let chart = WorkflowChart(self)
    var text = "stateDiagram-v2\n  direction LR\n"
    text += "  accTitle: Workflow \(Mermaid.escaped(chart.name))\n"
    for (index, state) in chart.states.enumerated() {
      text += "  state \"\(Mermaid.escaped(Text(state.name)))\" as s\(index)\n"
    }
    for arrow in chart.arrows {
      text += "  \(arrow.from.map { "s\($0)" } ?? "[*]") --> s\(arrow.to) : \(Mermaid.label(of: arrow))\n"
    }
    for (index, state) in chart.states.enumerated() where state.isFinal { text += "  s\(index) --> [*]\n" }
    if chart.leftOut > 0 { text += "  %% \(chart.leftOut) further ways are not drawn\n" }
    for phase in Phase.allCases where chart.states.contains(where: { $0.phase == phase }) {
      let colours = phase.colours
      text += "  classDef \(phase.rawValue)Phase fill:\(colours.fill),stroke:\(colours.line),color:\(colours.ink)\n"
      let members = chart.states.indices.filter { chart.states[$0].phase == phase }.map { "s\($0)" }
      text += "  class \(members.joined(separator: ",")) \(phase.rawValue)Phase\n"
    }
    return Array(text.utf8)
  }
}

/// How a text stands in a Mermaid diagram.
private enum Mermaid {
  /// `deliver, pay (staff)<br>credit (admin)`
  static func label(of arrow: WorkflowChart.Arrow) -> String {
    var lines = arrow.groups.map { group in
      "\(group.events.map(shortened).joined(separator: ", ")) (\(escaped(Text(group.who))))"
    }
    if arrow.left > 0 { lines.append("and \(arrow.left) more") }
    return lines.joined(separator: "<br>")
  }

  private static func shortened(_ event: Text) -> String {
    escaped(Text(DrawnText(event, cells: 80, lines: 1).lines[0].text))
  }

  /// Letters, digits and what no grammar reads stand as they are; other ASCII stands as an entity: `#59;`.
  static func escaped(_ text: Text) -> String {
    let scalars = DrawnText.cleaned(text)
    var escaped = ""
    for scalar in scalars {
      switch scalar {
      case "A"..."Z", "a"..."z", "0"..."9", " ", ",", ".", "_", "-": escaped.unicodeScalars.append(scalar)
      case "\0"..."\u{7f}": escaped += "#\(scalar.value);"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return scalars.contains { $0.value > 0x7f } ? "\u{2068}\(escaped)\u{2069}" : escaped
  }
}

extension Phase {
  /// Its colours on light ground: of the area, its border, and what is written on it. They differ also to those who see
  /// no red or green.
  var colours: (fill: String, line: String, ink: String) {
    switch self {
    case .open: ("#e3edfb", "#2f6db5", "#10243d")
    case .active: ("#fdf0cf", "#b07d00", "#3a2a00")
    case .fulfilled: ("#d9f2ea", "#14806a", "#06302a")
    case .closed: ("#e6e6ec", "#5c5c70", "#20202a")
    case .cancelled: ("#f6dfe3", "#a6405a", "#3f0f1d")
    case .problem: ("#f7d9c4", "#b3470a", "#3d1700")
    }
  }

  /// The same on dark ground.
  var darkColours: (fill: String, line: String, ink: String) {
    switch self {
    case .open: ("#16304f", "#7fb2f0", "#e6f0fd")
    case .active: ("#40320a", "#e3b341", "#fdf3d8")
    case .fulfilled: ("#0e3b32", "#5ccfb3", "#dcf7ef")
    case .closed: ("#2c2c36", "#a2a2b5", "#ececf2")
    case .cancelled: ("#43202a", "#e58ba1", "#fbe6eb")
    case .problem: ("#4a240c", "#f0965a", "#fdeadd")
    }
  }
}
