import Glibc

/// A chart of lines as SVG, without script: for a page, or as a file of its own.
struct LineChart {
  /// One line.
  struct Line {
    let name: String
    /// Where it goes, from left to right.
    let points: [(x: Double, y: Double)]
  }

  let title: String
  let lines: [Line]
  /// Marks below, with what stands there.
  let marks: [(x: Double, text: String)]
  /// What a value on the left is written as.
  let label: (Double) -> String

  /// Whether each rule on the left is ten times the one below: for values that are far apart.
  var isLogarithmic = false

  private static let colours = [
    "#2b6cb0", "#c05621", "#2f855a", "#805ad5", "#b7791f", "#c53030", "#0d9488", "#b83280",
  ]
  private static let size = (width: 860.0, height: 300.0)
  private static let frame = (left: 84.0, right: 40.0, top: 54.0, bottom: 30.0)

  var svg: String {
    let scale = Scale(values: lines.flatMap(\.points).map(\.y), isLogarithmic: isLogarithmic)
    let xs = lines.flatMap(\.points).map(\.x) + marks.map(\.x)
    let (from, to) = (xs.min() ?? 0, xs.max() ?? 1)
    func x(_ value: Double) -> Double {
      let width = Self.size.width - Self.frame.left - Self.frame.right
      return Self.frame.left + (to > from ? (value - from) / (to - from) : 0.5) * width
    }
    func y(_ value: Double) -> Double {
      let height = Self.size.height - Self.frame.top - Self.frame.bottom
      return Self.size.height - Self.frame.bottom - scale.part(value) * height
    }
    var parts = [head, text(Self.frame.left, 18, title, "start", "fill=\"#888\" font-weight=\"bold\"")]
    for value in scale.rules {
      parts.append(rule(y(value)))
      parts.append(text(Self.frame.left - 8, y(value) + 4, label(value), "end"))
    }
    for mark in marks { parts.append(text(x(mark.x), Self.size.height - 10, mark.text, "middle")) }
    var legend = Self.frame.left
    for (index, line) in lines.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      let points = line.points.map { "\(Units.decimal(x($0.x), 1)),\(Units.decimal(y($0.y), 1))" }
      parts.append(
        "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.8\" points=\"\(points.joined(separator: " "))\"/>"
      )
      parts.append(text(legend, 38, line.name, "start", "fill=\"\(colour)\" font-weight=\"bold\""))
      // About the width of the text: SVG without script cannot ask for it.
      legend += Double(line.name.count) * 7.5 + 18
    }
    return (parts + ["</svg>"]).joined(separator: "\n")
  }

  private var head: String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.size.width)) \(Int(Self.size.height))\""
      + " role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">"
  }

  private func rule(_ y: Double) -> String {
    let at = Units.decimal(y, 1)
    return "<line x1=\"\(Self.frame.left)\" x2=\"\(Self.size.width - Self.frame.right)\" y1=\"\(at)\" y2=\"\(at)\""
      + " stroke=\"#8886\"/>"
  }

  private func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String, _ more: String = "fill=\"#888\"")
    -> String
  {
    "<text x=\"\(Units.decimal(x, 1))\" y=\"\(Units.decimal(y, 1))\" text-anchor=\"\(anchor)\" \(more)>"
      + "\(Self.escaped(text))</text>"
  }

  /// A text as it may stand in SVG and HTML.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}

/// The left side of a chart: which values have a rule, and how far up a value is.
struct Scale: Equatable {
  /// From the lowest to the highest.
  let rules: [Double]
  private let isLogarithmic: Bool

  /// A scale on which all values have room; a logarithmic one leaves out those that are not above 0.
  init(values: [Double], isLogarithmic: Bool) {
    self.isLogarithmic = isLogarithmic
    let highest = max(values.max() ?? 0, 1e-9)
    guard isLogarithmic else {
      let step = Self.step(highest)
      rules = (0...Int((highest / step).rounded(.up))).map { Double($0) * step }
      return
    }
    let lowest = values.filter { $0 > 0 }.min() ?? highest
    var rule = 1e-9
    while rule * 10 <= lowest { rule *= 10 }
    var all = [rule]
    while rule < highest || all.count < 2 {
      rule *= 10
      all.append(rule)
    }
    rules = all
  }

  /// How far up a value is, from 0 to 1.
  func part(_ value: Double) -> Double {
    guard let bottom = rules.first, let top = rules.last, top > bottom else { return 0 }
    if !isLogarithmic { return (value - bottom) / (top - bottom) }
    return log10(max(value, bottom) / bottom) / log10(top / bottom)
  }

  /// A round step that gives four to ten rules.
  private static func step(_ highest: Double) -> Double {
    var scale = 1e-9
    while scale * 10 <= highest, scale < 1e15 { scale *= 10 }
    let lead = highest / scale
    return lead < 2 ? scale / 4 : lead < 5 ? scale / 2 : scale
  }
}
