/// Where the parts of a chart stand, in units of one pixel.
///
/// It is laid out in columns from left to right: the beginning, then the states by how far they are from it, with a column
/// of labels before each column of states and one behind the last. A label is a box of its own, and boxes of a column
/// stand below one another, so no two of them touch, whatever the table. A way back over more than one column has a lane
/// below all of them.
///
/// A chart has at most 100 states and 1,000 arrows, and each sweep looks at each of them a few times.
struct WorkflowLayout {
  /// A box: the beginning, a state, or what stands at an arrow.
  struct Box {
    /// The column, from 0: an even one of states, an odd one of labels.
    var column: Int
    var width: Int
    var height: Int
    /// The middle.
    var y = 0
    /// Where its column begins.
    var x = 0
    /// The boxes that it is joined with.
    var neighbours: [Int] = []
  }

  /// How an arrow goes.
  enum Course {
    /// To the next column.
    case onward
    /// To the same state, or one of the same column: by the label to its right, and back.
    case aside
    /// To the column before.
    case back
    /// Further back, by a lane.
    case lane
  }

  /// The boxes: the beginning, the states in their order, then the arrows' labels in theirs.
  private(set) var boxes: [Box]
  private(set) var courses: [Course]
  /// How wide each column is, and where it begins.
  private(set) var widths: [Int] = []
  private(set) var starts: [Int] = []
  private(set) var width = 0
  private(set) var height = 0
  private let stateCount: Int

  /// Between boxes of a column.
  static let gap = 14
  /// Between columns, for the lines.
  static let gutter = 44
  static let margin = 20
  /// How far the ends of lines at a box are from one another.
  static let portStep = 9

  /// Lays out a chart, of whose states and labels these are the sizes.
  init(_ chart: WorkflowChart, states: [(width: Int, height: Int)], labels: [(width: Int, height: Int)]) {
    stateCount = states.count
    courses = chart.arrows.map { Self.course($0, in: chart) }
    boxes = [Box(column: 0, width: 16, height: 16)]
    for (state, size) in zip(chart.states, states) {
      boxes.append(Box(column: 2 * state.distance + 2, width: size.width, height: size.height))
    }
    for (index, arrow) in chart.arrows.enumerated() {
      let from = arrow.from.map { chart.states[$0].distance } ?? -1
      let to = chart.states[arrow.to].distance
      let column =
        switch courses[index] {
        case .onward, .aside: 2 * from + 3
        case .back: 2 * to + 3
        case .lane: -1
        }
      boxes.append(Box(column: column, width: labels[index].width, height: labels[index].height))
    }
    join(chart)
    makeRoomForPorts(chart)
    place()
    settle()
    measure(chart)
  }

  private static func course(_ arrow: WorkflowChart.Arrow, in chart: WorkflowChart) -> Course {
    guard let from = arrow.from else { return .onward }
    switch chart.states[arrow.to].distance - chart.states[from].distance {
    case 1: return .onward
    case 0: return .aside
    case -1: return .back
    // A step leads one column on at most.
    default: return .lane
    }
  }

  /// The place of a state's box; of the beginning's for nil.
  func box(ofState state: Int?) -> Int { state.map { $0 + 1 } ?? 0 }
  /// The place of the box of an arrow's label.
  func box(ofArrow arrow: Int) -> Int { 1 + stateCount + arrow }

  private mutating func join(_ chart: WorkflowChart) {
    for (index, arrow) in chart.arrows.enumerated() where courses[index] != .lane {
      let label = box(ofArrow: index)
      for end in [box(ofState: arrow.from), box(ofState: arrow.to)] {
        boxes[label].neighbours.append(end)
        boxes[end].neighbours.append(label)
      }
    }
  }

  /// A box is as high as the ends of lines on its fuller side need.
  private mutating func makeRoomForPorts(_ chart: WorkflowChart) {
    var left = [Int](repeating: 0, count: boxes.count)
    var right = left
    for (index, arrow) in chart.arrows.enumerated() {
      let (from, to) = (box(ofState: arrow.from), box(ofState: arrow.to))
      switch courses[index] {
      case .onward:
        right[from] += 1
        left[to] += 1
      case .aside:
        right[from] += 1
        right[to] += 1
      case .back, .lane:
        left[from] += 1
        right[to] += 1
      }
    }
    for index in boxes.indices.prefix(1 + stateCount) where index > 0 {
      boxes[index].height = max(boxes[index].height, (max(left[index], right[index]) + 1) * Self.portStep)
    }
  }

  // MARK: Heights

  private var columns: [[Int]] {
    let count = (boxes.map(\.column).max() ?? 0) + 1
    var columns = [[Int]](repeating: [], count: count)
    for (index, box) in boxes.enumerated() where box.column >= 0 { columns[box.column].append(index) }
    return columns
  }

  /// Begins with the order of the table.
  private mutating func place() {
    for column in columns {
      var y = 0
      for index in column {
        boxes[index].y = y + boxes[index].height / 2
        y += boxes[index].height + Self.gap
      }
    }
  }

  /// Moves each box to where its neighbours are, first in any order, then within the order that came of it.
  private mutating func settle() {
    let columns = columns
    for sweep in 0..<12 {
      for column in sweep.isMultiple(of: 2) ? columns : columns.reversed() {
        var order = column
        let wanted = column.map(middle)
        if sweep < 8 {
          order = zip(column, wanted).sorted { ($0.1, boxes[$0.0].y, $0.0) < ($1.1, boxes[$1.0].y, $1.0) }.map(\.0)
        } else {
          order.sort { (boxes[$0].y, $0) < (boxes[$1].y, $1) }
        }
        stack(order)
      }
    }
    let top = boxes.lazy.filter { $0.column >= 0 }.map { $0.y - $0.height / 2 }.min() ?? 0
    for index in boxes.indices { boxes[index].y += Self.margin - top }
  }

  /// Where a box would be best: in the middle of its neighbours.
  private func middle(_ index: Int) -> Int {
    let neighbours = boxes[index].neighbours
    guard !neighbours.isEmpty else { return boxes[index].y }
    return neighbours.reduce(0) { $0 + boxes[$1].y } / neighbours.count
  }

  /// Puts a column's boxes in this order, each as near to its best place as the others let it: those that would overlap
  /// stand together around their middle.
  private mutating func stack(_ order: [Int]) {
    // A run of boxes that touch: the first one's place, and where the run's top is best, as a sum over its boxes.
    var runs: [(first: Int, count: Int, sum: Int, height: Int)] = []
    for (place, index) in order.enumerated() {
      let best = middle(index) - boxes[index].height / 2
      var run = (first: place, count: 1, sum: best, height: boxes[index].height + Self.gap)
      while let last = runs.last, last.sum / last.count + last.height > run.sum / run.count {
        runs.removeLast()
        run = (
          last.first, last.count + run.count, last.sum + run.sum - run.count * last.height, last.height + run.height
        )
      }
      runs.append(run)
    }
    var bottom: Int?
    for run in runs {
      // What division cut off must not let two runs touch.
      var y = max(run.sum / run.count, bottom ?? .min)
      for index in order[run.first..<(run.first + run.count)] {
        boxes[index].y = y + boxes[index].height / 2
        y += boxes[index].height + Self.gap
      }
      bottom = y
    }
  }

  // MARK: Sizes

  private mutating func measure(_ chart: WorkflowChart) {
    let lanes = chart.arrows.indices.filter { courses[$0] == .lane }
    let columns = columns
    widths = columns.map { $0.map { boxes[$0].width }.max() ?? 0 }
    var x = Self.margin
    for (column, width) in widths.enumerated() {
      starts.append(x)
      self.width = x + width + Self.margin
      // Many lines need more room to turn; lanes go up and down beside their states.
      let lines = columns[column].reduce(0) { sum, box in
        sum + boxes[box].neighbours.count { boxes[$0].column > column }
      }
      x += width + Self.gutter + min(lines, 60) * 2 + min(lanes.count, 40) * 3
    }
    for index in boxes.indices where boxes[index].column >= 0 { boxes[index].x = starts[boxes[index].column] }
    var y = (boxes.lazy.filter { $0.column >= 0 }.map { $0.y + $0.height / 2 }.max() ?? 0) + Self.gap * 2
    for arrow in lanes.sorted(by: { (span($0, chart), $0) < (span($1, chart), $1) }) {
      let index = box(ofArrow: arrow)
      let (from, to) = (box(ofState: chart.arrows[arrow].from), box(ofState: chart.arrows[arrow].to))
      boxes[index].y = y + boxes[index].height / 2
      // In the middle of its lane.
      let middle = (boxes[from].x + boxes[to].x + widths[boxes[to].column]) / 2
      boxes[index].x = max(Self.margin, middle - boxes[index].width / 2)
      width = max(width, boxes[index].x + boxes[index].width + Self.margin)
      y += boxes[index].height + Self.gap
    }
    height = y - Self.gap + Self.margin
  }

  private func span(_ arrow: Int, _ chart: WorkflowChart) -> Int {
    let way = chart.arrows[arrow]
    return (way.from.map { chart.states[$0].distance } ?? 0) - chart.states[way.to].distance
  }
}
