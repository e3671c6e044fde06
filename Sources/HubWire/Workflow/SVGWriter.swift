import Orders

/// Writes an SVG picture into bytes. Texts are escaped here and nowhere else; names and attributes are our own.
struct SVGWriter {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// Markup of our own, as it stands.
  mutating func raw(_ markup: String) { bytes.append(contentsOf: markup.utf8) }

  /// A text of somebody's, as it is read and not as it is marked up.
  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      case UInt8(ascii: "'"): raw("&#39;")
      default: bytes.append(byte)
      }
    }
  }

  /// An element with a text in it.
  mutating func element(_ name: StaticString, _ attributes: String = "", _ text: String) {
    raw("<\(name)\(attributes)>")
    self.text(text)
    raw("</\(name)>\n")
  }

  /// A line of text, its middle at a place and its foot at `y`. One whose width is not known is cut where its box ends.
  mutating func line(_ line: DrawnText.Line, _ style: StaticString, x: Int, y: Int, width: Int, height: Int) {
    guard !line.isPlain else { return element("text", " class=\"\(style)\" x=\"\(x)\" y=\"\(y)\"", line.text) }
    raw("<svg x=\"\(x - width / 2)\" y=\"\(y - height + 4)\" width=\"\(width)\" height=\"\(height)\">")
    element("text", " class=\"\(style)\" x=\"\(width / 2)\" y=\"\(height - 4)\"", line.isolated)
    raw("</svg>\n")
  }
}
