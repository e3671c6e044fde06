import Orders
import Testing

@testable import HubWire

/// What the layout promises of any table: no two boxes touch, and all of them are in the picture.
private func expectApart(_ definition: WorkflowDefinition) {
  let chart = WorkflowChart(definition)
  let states = chart.states.map(DrawnState.init).map { ($0.width, $0.height) }
  let labels = chart.arrows.map(DrawnLabel.init).map { ($0.width, $0.height) }
  let layout = WorkflowLayout(chart, states: states, labels: labels)
  let name = definition.name
  #expect(layout.boxes.count == 1 + states.count + labels.count)
  for box in layout.boxes {
    let width = box.column < 0 ? box.width : layout.widths[box.column]
    #expect(box.width <= width, "\(name)")
    #expect(box.x >= 0 && box.x + width <= layout.width, "\(name): \(box) in \(layout.width)")
    #expect(box.y - box.height / 2 >= 0 && box.y + box.height / 2 <= layout.height, "\(name): \(box)")
  }
  // Columns beside one another, boxes of a column below one another, lanes below them all.
  for (start, width) in zip(zip(layout.starts, layout.starts.dropFirst()), layout.widths) {
    #expect(start.0 + width < start.1, "\(name)")
  }
  for column in Set(layout.boxes.map(\.column)) {
    let boxes = layout.boxes.filter { $0.column == column }.sorted { $0.y < $1.y }
    for (upper, lower) in zip(boxes, boxes.dropFirst()) {
      #expect(upper.y + upper.height / 2 <= lower.y - lower.height / 2, "\(name): \(upper) \(lower)")
    }
  }
  let foot = layout.boxes.filter { $0.column >= 0 }.map { $0.y + $0.height / 2 }.max() ?? 0
  #expect(layout.boxes.filter { $0.column < 0 }.allSatisfy { $0.y - $0.height / 2 > foot }, "\(name)")
}

/// What is wrong with a text as XML; nil if it is well-formed. It knows what a picture is made of: elements, attributes
/// between double quotes, and text.
private func fault(ofXML bytes: [UInt8]) -> String? {
  let text = String(decoding: bytes, as: UTF8.self)
  if let control = text.unicodeScalars.first(where: { $0.value < 0x20 && $0 != "\n" || $0.value == 0xfffe }) {
    return "a control: \(control.value)"
  }
  for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
  where !["amp;", "lt;", "gt;", "quot;", "#39;"].contains(where: part.hasPrefix) {
    return "an entity: \(part.prefix(20))"
  }
  var open: [Substring] = []
  for part in text.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
    guard let match = part.prefixMatch(of: #/(/?)([a-z]+)((?: [a-zA-Z-]+="[^"<>]*")*)(/?)>[^>]*/#),
      match.0.endIndex == part.endIndex
    else { return "a tag: \(part.prefix(60))" }
    if !match.1.isEmpty {
      guard open.popLast() == match.2 else { return "an end: \(part.prefix(20))" }
    } else if match.4.isEmpty {
      open.append(match.2)
    }
  }
  return open.isEmpty ? nil : "open: \(open)"
}

private let staff: [Role] = [.admin, .employee, .system]

private func event(_ word: String) -> WorkflowEvent { WorkflowEvent(rawValue: word) }

/// A table of so many states and rows, the same for the same seed.
private func table(_ states: Int, rows: Int, targets: Int = 1, seed: UInt64 = 7, label: Text? = nil)
  -> WorkflowDefinition
{
  var state = seed
  func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(limit))
  }
  let words = (0..<states).map { Status(rawValue: "state_\($0)") }
  var made = [WorkflowRow(.place, from: nil, to: [words[0]], roles: staff)]
  for index in 1..<states {
    made.append(
      WorkflowRow(event("step\(index)"), from: words[max(0, index - 1 - below(3))], to: [words[index]], roles: staff))
  }
  while made.count < rows {
    made.append(
      WorkflowRow(
        event("e\(made.count)"), from: words[below(states)], to: (0..<targets).map { _ in words[below(states)] },
        roles: staff, label: label))
  }
  return WorkflowDefinition(
    name: WorkflowName(rawValue: "table-\(states)-\(rows)-\(targets)-\(seed)"),
    states: words.enumerated().map { WorkflowState($1, Phase.allCases[$0 % Phase.allCases.count]) }, rows: made)
}

@Suite struct WorkflowPictureTests {
  @Test func `nothing touches in the pictures of the built-in tables`() {
    expectApart(.delivery)
    expectApart(.pickup)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func `nothing touches in any table`(seed: UInt64) {
    for (states, rows) in [(1, 2), (2, 5), (9, 30), (40, 200)] { expectApart(table(states, rows: rows, seed: seed)) }
    expectApart(table(30, rows: 90, targets: 7, seed: seed))
  }

  @Test func `a table as large as may be is drawn whole`() {
    let large = table(100, rows: 1_000)
    expectApart(large)
    let chart = WorkflowChart(large)
    #expect(chart.states.count == 100 && chart.leftOut == 0)
    #expect(chart.arrows.reduce(0) { $0 + $1.count + $1.left } == 1_000)
    #expect(chart.arrows.allSatisfy { $0.left == 0 })
    #expect(large.svg.count < 512 << 10, "\(large.svg.count)")
    #expect(large.mermaid.count < 64 << 10, "\(large.mermaid.count)")
  }

  @Test func `what would be too much is counted and not drawn`() {
    // Ten rows with a hundred states on both sides lead a hundred thousand ways.
    let vast = table(100, rows: 1_000, targets: 100, label: Text(String(repeating: "<&\">'", count: 40)))
    let chart = WorkflowChart(vast)
    #expect(chart.arrows.count == WorkflowChart.arrowLimit)
    #expect(chart.leftOut > 1_000)
    #expect(chart.arrows.reduce(0) { $0 + $1.count } <= WorkflowChart.allEventLimit)
    #expect(vast.svg.count < 3 << 20, "\(vast.svg.count)")
    #expect(vast.mermaid.count < 2 << 20, "\(vast.mermaid.count)")
    #expect(fault(ofXML: vast.svg) == nil)
    let said = "\(chart.leftOut) further ways are not drawn"
    #expect(String(decoding: vast.svg, as: UTF8.self).contains(said))
    #expect(String(decoding: vast.mermaid, as: UTF8.self).contains(said))
    // Of many events on one way the first ones stand there.
    let one = WorkflowDefinition(
      name: WorkflowName(rawValue: "one"), states: [WorkflowState(Status(rawValue: "a"), .open)],
      rows: [WorkflowRow(.place, from: nil, to: [Status(rawValue: "a")], roles: staff)]
        + (0..<20).map {
          WorkflowRow(event("e\($0)"), from: Status(rawValue: "a"), to: [Status(rawValue: "a")], roles: staff)
        })
    #expect(WorkflowChart(one).arrows.map(\.count) == [1, 12] && WorkflowChart(one).arrows.map(\.left) == [0, 8])
    #expect(String(decoding: one.svg, as: UTF8.self).contains(">and 8 more</text>"))
  }

  @Test func `the chart says how far each state is, who may, and when a timer does`() {
    let chart = WorkflowChart(.pickup)
    #expect(
      chart.states.map { "\($0.name) \($0.distance)\($0.isFinal ? " final" : "")" } == [
        "pending 0", "confirmed 1", "preparing 2", "ready 2", "completed 3 final", "rejected 1 final",
        "cancelled 1 final", "expired 1 final",
      ])
    let expiry = chart.arrows.first { $0.from == 0 && $0.to == 7 }
    #expect(expiry?.groups.map(\.who) == ["timer after 30 min"])
    #expect(chart.arrows.first?.groups.map(\.who) == ["staff, kiosk, owner"])
    // One arrow for all that leads the same way.
    let delivery = WorkflowChart(.delivery)
    let own = delivery.arrows.first { $0.from == 1 && $0.to == 1 }
    #expect(own?.groups.map(\.who) == ["staff", "admin"])
    #expect(own?.groups.first?.events == ["deliver", "move_delivery", "invoice", "pay", "close", "edit"])
  }

  @Test func `the Mermaid diagram of a table`() {
    let text = String(decoding: WorkflowDefinition.pickup.mermaid, as: UTF8.self)
    #expect(text.hasPrefix("stateDiagram-v2\n  direction LR\n  accTitle: Workflow pickup\n  state \"pending\" as s0\n"))
    #expect(text.contains("\n  [*] --> s0 : place (staff, kiosk, owner)\n"))
    #expect(text.contains("\n  s0 --> s7 : expire (timer after 30 min)\n"))
    #expect(text.contains("\n  s7 --> [*]\n"))
    #expect(text.contains("\n  classDef cancelledPhase fill:#f6dfe3,stroke:#a6405a,color:#3f0f1d\n"))
    #expect(text.hasSuffix("\n  class s5,s6,s7 cancelledPhase\n"))
    let delivery = String(decoding: WorkflowDefinition.delivery.mermaid, as: UTF8.self)
    #expect(
      delivery.contains("\n  s1 --> s1 : deliver, move_delivery, invoice, pay, close, edit (staff)<br>credit (admin)\n")
    )
  }

  @Test func `the SVG picture stands for itself and tells itself to those who hear it`() {
    for definition in [WorkflowDefinition.delivery, .pickup, table(9, rows: 30)] {
      let text = String(decoding: definition.svg, as: UTF8.self)
      #expect(fault(ofXML: definition.svg) == nil)
      #expect(text.contains("role=\"img\" aria-labelledby=\"workflow-title workflow-desc\""))
      #expect(text.contains("<title id=\"workflow-title\">Workflow \(definition.name.rawValue)</title>"))
      #expect(text.contains("@media (prefers-color-scheme:dark)"))
      for foreign in ["<script", "href", "url(", "@import", "<image", "<use", "<foreignObject", " on"] {
        #expect(!text.replacing(#/<(title|desc)[^<]*/#, with: "").contains(foreign), "\(foreign)")
      }
      // The one address is the name of the language.
      #expect(text.ranges(of: "http").count == 1)
      for state in definition.states {
        #expect(text.contains(">\(state.status.rawValue)</text>"))
        #expect(text.contains("class=\"state \(state.phase.rawValue)\""))
      }
    }
    let pickup = String(decoding: WorkflowDefinition.pickup.svg, as: UTF8.self)
    #expect(pickup.contains("8 states; it ends in completed, rejected, cancelled, expired."))
    #expect(pickup.contains("From ready to completed: complete (staff)."))
    #expect(pickup.ranges(of: "class=\"inner\"").count == 4)
  }

  /// A label, and what a reader of the picture must see of it.
  @Test(
    arguments: [
      ("Tom & Jerry", "Tom & Jerry"), ("a<b>c", "a<b>c"), ("say \"hi\"", "say \"hi\""), ("it's", "it's"),
      ("<script>alert(1)</script>", "<script>alert(1)</script>"), ("]]>", "]]>"), ("a\"] --> s1", "a\"] --> s1"),
      ("a\nb\r\nc", "a b  c"), ("a\u{2028}b", "a b"), ("%%{init: {}}%%", "%%{init: {}}%%"), ("x: y; z", "x: y; z"),
      ("style a:#b;", "style a:#b;"), ("a#quot;b", "a#quot;b"), ("nul\u{0}\u{1b}[31m", "nul  [31m"),
      ("קבלת", "\u{2068}קבלת\u{2069}"), ("a\u{202e}b\u{200f}\u{2067}", "ab"), ("注文 受付", "\u{2068}注文 受付\u{2069}"),
      ("\u{ffff}", "\u{2068}\u{fffd}\u{2069}"), ("-", "-"), ("end", "end"),
    ] as [(Text, String)]) func `a label is read as it was written`(label: Text, seen: String) throws
  {
    var definition = WorkflowDefinition.pickup
    definition.rows[0].label = label
    let svg = String(decoding: definition.svg, as: UTF8.self)
    #expect(fault(ofXML: definition.svg) == nil)
    #expect(Self.texts(ofSVG: svg).contains(seen), "\(Self.texts(ofSVG: svg))")
    let plain = String(decoding: WorkflowDefinition.pickup.mermaid, as: UTF8.self).split(separator: "\n")
    let lines = String(decoding: definition.mermaid, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == plain.count, "no line more than with a plain label")
    let line = try #require(lines.first { $0.hasPrefix("  [*] -->") })
    let match = try #require(line.wholeMatch(of: #/  \[\*\] --> s0 : (.*) \(staff, kiosk, owner\)/#))
    // Nothing that Mermaid or HTML reads stands as it is.
    #expect(match.1.wholeMatch(of: #/(?:[A-Za-z0-9 ,._\-]|#[0-9]+;|[^\x00-\x7f])*/#) != nil, "\(match.1)")
    #expect(Self.decoded(match.1) == seen)
  }

  @Test func `long names are cut into lines and stay in their boxes`() {
    let long = Status(rawValue: String(repeating: "W", count: 64))
    var definition = WorkflowDefinition(
      name: WorkflowName(rawValue: Text(String(repeating: "n", count: 64))), states: [WorkflowState(long, .problem)],
      rows: [
        WorkflowRow(.place, from: nil, to: [long], roles: staff),
        WorkflowRow(event(String(repeating: "e", count: 64)), from: long, to: [long], roles: staff),
      ])
    expectApart(definition)
    let texts = Self.texts(ofSVG: String(decoding: definition.svg, as: UTF8.self))
    #expect(texts.filter { $0.hasPrefix("W") }.map(\.count) == [22, 22, 20])
    #expect(texts.filter { $0.hasPrefix("ee") }.map(\.count) == [26, 26, 12])
    let name = String(repeating: "n", count: 64)
    #expect(String(decoding: definition.svg, as: UTF8.self).contains("Workflow \(name)</title>"))
    #expect(String(decoding: definition.mermaid, as: UTF8.self).contains("accTitle: Workflow \(name)\n"))
    #expect(String(decoding: definition.mermaid, as: UTF8.self).contains("\"\(long.rawValue)\" as s0"))
    // A label of 200 bytes ends where its third line does; between words where it can.
    definition.rows[1].label = "Ask the customer by telephone or by letter whether the costs of it are too high for her"
    let cut = Self.texts(ofSVG: String(decoding: definition.svg, as: UTF8.self)).filter { $0.count > 7 }.prefix(3)
    #expect(cut == ["Ask the customer by ", "telephone or by letter ", "\u{2068}whether the costs of it ar…\u{2069}"])
    definition.rows[1].label = Text(String(repeating: "é", count: 100))
    expectApart(definition)
    #expect(fault(ofXML: definition.svg) == nil)
  }

  @Test func `what is not sound is drawn as far as it goes`() {
    let nowhere = Status(rawValue: "nowhere")
    var definition = WorkflowDefinition(name: WorkflowName(rawValue: "empty"), states: [], rows: [])
    #expect(fault(ofXML: definition.svg) == nil && !definition.mermaid.isEmpty)
    definition.states = [WorkflowState(Status(rawValue: "a"), .open), WorkflowState(Status(rawValue: "b"), .open)]
    definition.rows = [WorkflowRow(.place, from: nowhere, to: [nowhere], roles: [])]
    definition.rows.append(WorkflowRow(.place, from: nil, to: [nowhere, Status(rawValue: "a")], roles: []))
    expectApart(definition)
    #expect(WorkflowChart(definition).arrows.count == 1)
  }

  // MARK: Reading what was drawn

  /// What stands between the tags, as it is read.
  private static func texts(ofSVG text: String) -> [String] {
    text.matches(of: #/<text[^>]*>([^<]*)<\/text>/#).map { match in
      String(match.1).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
        .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
  }

  private static func decoded(_ text: Substring) -> String {
    String(text).replacing(#/#([0-9]+);/#) { match in
      UInt32(match.1).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? "?"
    }
  }
}
