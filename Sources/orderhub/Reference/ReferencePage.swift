import Orders

/// The pages of the reference that the program prints from its own tables. Each stands in the catalogue as it is printed,
/// and a test compares the two.
enum ReferencePage: String, CaseIterable {
  case routes, settings, metrics, events, workflows

  /// The page in Markdown; it ends with a line break.
  var text: String {
    switch self {
    case .routes: Self.routesPage
    case .settings: Self.settingsPage
    case .metrics: Self.metricsPage
    case .events: Self.eventsPage
    case .workflows: Self.workflowsPage
    }
  }
}

/// A table in Markdown.
struct MarkdownTable {
  private var lines: [String]

  /// A table with these columns and no rows.
  init(_ columns: String...) {
    lines = [Self.line(columns), Self.line(columns.map { String(repeating: "-", count: max(3, $0.utf8.count)) })]
  }

  /// Adds a row of cells, which are Markdown; what would end a cell is escaped.
  mutating func add(_ cells: String...) {
    lines.append(Self.line(cells.map { $0.unicodeScalars.map { $0 == "|" ? "\\|" : "\($0)" }.joined() }))
  }

  /// The table, with a line break at its end.
  var text: String { lines.joined(separator: "\n") + "\n" }

  private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}

/// A word of the hub's between backticks; nothing for an empty one.
func code(_ word: String) -> String { word.isEmpty ? "" : "`\(word)`" }
