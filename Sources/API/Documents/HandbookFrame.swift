import Orders

/// What stands around each page of the handbook: the head, and the list of all pages.
struct HandbookFrame {
  /// A page, for the list.
  struct Entry {
    let name: String
    let title: String
  }

  /// The documents, in their order; the first is the start.
  let entries: [Entry]
  /// The page that is shown.
  let here: String
  /// Whether that is the start, which is one step above the others.
  let isStart: Bool
  let version: String

  /// The whole page. `main` is HTML.
  func html(title: String, main: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTML.escaped(title)) – OrderHub</title>
    <link rel="stylesheet" href="\(below)style.css">
    </head>
    <body>
    <a class="skip" href="#main">To the text</a>
    <nav aria-label="All pages">
    <p><strong>OrderHub</strong> \(HTML.escaped(version))</p>
    <ul>
    \(list)
    </ul>
    </nav>
    <main id="main">
    \(main)
    </main>
    </body>
    </html>

    """
  }

  /// Where the other pages are, from here: links are relative, so that a proxy may put a path before all of it.
  private var below: String { isStart ? "docs/" : "" }

  private var list: String {
    var rows = entries.enumerated().map { index, entry in
      row(entry.name, entry.title, index > 0 ? below + entry.name : isStart ? "docs" : "../docs")
    }
    rows.append(row(Handbook.apiName.string, APIPage.title, below + Handbook.apiName.string))
    return rows.joined(separator: "\n")
  }

  private func row(_ name: String, _ title: String, _ address: String) -> String {
    let mark = Text(name) == Text(here) ? #" aria-current="page""# : ""
    return #"<li><a href="\#(HTML.escaped(address))"\#(mark)>\#(HTML.escaped(title))</a></li>"#
  }
}

/// How a text stands in HTML.
enum HTML {
  /// The text where an element's text or a quoted attribute is.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
